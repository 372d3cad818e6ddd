//! A call as a core system describes it, and as everybody who signs it reads it.
//!
//! # Invariants V12 the most that it costs is shown before anyone signs; the bytes that are shown are the
//! #            bytes that are signed

use ledger_core::{
    codec::{decode, encode},
    id::{AccountId, PartyId, Text},
    invoke::{Call, Named},
    limits::{GAS_PER_UNIT, MAX_CALL_MS, MAX_COMMAND_BYTES},
    program::TypeTag,
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use verifier::summary::{amount, decimal, rfc3339};

use super::{CallRefused, arguments, code::Code};
use crate::{
    gateway::Gateway,
    keys::random_32,
    openapi::text::{Amount, CurrencyCode, HexBytes, Id, Reference, Time},
    refused::Refused,
};

/// Seconds within which a call is made when nothing is said, and at most: clocks may differ by minutes.
const VALID_S: u64 = 3_600;
const VALID_S_MAX: u64 = MAX_CALL_MS / 1_000 - 300;

/// A call of a function of a contract.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallInput {
    /// Where the module is published: 64 hex digits, or `0x` and fewer.
    pub address: String,
    /// The module.
    #[schema(value_type = Reference)]
    pub module: String,
    /// One of its entry functions.
    #[schema(value_type = Reference)]
    pub function: String,
    /// Type arguments, as in `u64` or `0x2::escrow::Opened`.
    #[serde(default)]
    #[schema(required = false)]
    pub types: Vec<String>,
    /// Arguments behind the signers, by the types of the function: whole numbers as decimal text,
    /// addresses in hex, `vector<u8>` as text or as `0x` and hex; anything as `{"bcs": "hex"}`.
    #[serde(default)]
    #[schema(required = false, value_type = Vec<Value>)]
    pub arguments: Vec<Value>,
    /// The most gas that it may use.
    pub gas_limit: u64,
    /// The most vaults and resources that it may make, change or end.
    pub records: u16,
    /// Seconds from now within which it is made or never, at most a day less five minutes; an hour if
    /// absent.
    pub valid_s: Option<u64>,
    /// Who signs, in the order of the function's parameters: names of holders.
    #[serde(default)]
    #[schema(required = false, value_type = Vec<Id>)]
    pub signers: Vec<String>,
    /// Every account that may be taken from or paid.
    pub holders: Vec<HolderInput>,
}

/// An account that a call may touch.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HolderInput {
    /// The account.
    #[schema(value_type = Id)]
    pub account: String,
    /// How contracts know its holder, an account of the same member; the account itself if absent.
    #[schema(value_type = Option<Id>)]
    pub name: Option<String>,
    /// The customer on whose behalf.
    #[schema(value_type = Id)]
    pub party: String,
    /// Its currency.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
    /// The most that may be taken from it, as decimal text; nothing if absent.
    #[schema(value_type = Option<Amount>)]
    pub cap: Option<String>,
}

fn id_32(text: &str) -> Result<[u8; 32], Refused> {
    let bytes: Option<[u8; 32]> = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or(Refused::Malformed("accounts and customers are 64 lowercase hex digits"))
}

fn text(text: &str) -> Result<Text, Refused> {
    Text::new(text).ok_or(Refused::Malformed("modules and functions are names without blanks"))
}

impl HolderInput {
    fn named(&self, gateway: &Gateway) -> Result<Named, Refused> {
        let account = AccountId::new(id_32(&self.account)?);
        let name = self.name.as_deref().map(id_32).transpose()?.map_or(account, AccountId::new);
        let terms = gateway.terms(&self.currency).ok_or(Refused::CurrencyUnknown)?;
        let own = gateway.own_account(&account);
        if own.is_some_and(|own| own.currency != terms.code) {
            return Err(Refused::Malformed("an own account is in another currency than is said"));
        }
        let cap = match &self.cap {
            Some(text) => iso20022::parse_minor(text, terms.scale).map_err(Refused::Amount)?,
            None => 0,
        };
        Ok(Named { name, account, party: PartyId::new(id_32(&self.party)?), cap })
    }
}

impl CallInput {
    /// The call, with random bytes that make it one of its own.
    ///
    /// # Errors
    /// [`Refused`]; what the ledger would refuse about accounts and amounts it refuses itself.
    pub async fn call(&self, gateway: &Gateway) -> Result<(Call, Code), Refused> {
        let at = arguments::address(&self.address).and_then(|bytes| bytes.try_into().ok());
        let at = at.ok_or(Refused::Malformed("address is 64 hex digits, or 0x and fewer"))?;
        let (address, module) = (AccountId::new(at), text(&self.module)?);
        let function = text(&self.function)?;
        let code = Code::read(gateway, &address, &module).await?;
        let entry = code.entry(&function)?;
        let (signers, count) = (entry.signers, entry.parameters.len());
        if (self.signers.len(), self.arguments.len()) != (signers, count) {
            return Err(CallRefused::WrongCount { signers, arguments: count }.into());
        }
        let types = self.types.iter().map(|name| name.parse::<TypeTag>().ok());
        let types: Option<Vec<TypeTag>> = types.collect();
        let types = types.ok_or(Refused::Malformed("types are written as in Move"))?;
        let signers = self.signers.iter().map(|name| id_32(name).map(AccountId::new));
        let call = Call {
            address,
            module,
            function,
            types: types.iter().map(TypeTag::to_bytes).collect(),
            arguments: arguments::encoded(&entry.parameters, &self.arguments)?,
            gas_limit: self.gas_limit,
            records: self.records,
            signers: signers.collect::<Result<_, _>>()?,
            holders: self.holders.iter().map(|h| h.named(gateway)).collect::<Result<_, _>>()?,
            until: self.until(),
            nonce: random_32(),
        };
        Ok((call, code))
    }

    fn until(&self) -> LedgerTime {
        let seconds = self.valid_s.unwrap_or(VALID_S).min(VALID_S_MAX);
        LedgerTime::new(Gateway::now_ms()).after(seconds.saturating_mul(1_000))
    }
}

/// Reads a call in hex.
///
/// # Errors
/// [`CallRefused::Unreadable`].
pub fn read(text: &str) -> Result<Call, CallRefused> {
    from_hex(text, "the call")
}

/// Reads something in hex.
pub(crate) fn from_hex<T: serde::de::DeserializeOwned>(
    text: &str,
    what: &'static str,
) -> Result<T, CallRefused> {
    let bytes = hex::decode(text).ok();
    let value = bytes.and_then(|bytes| decode(&bytes, MAX_COMMAND_BYTES).ok());
    value.ok_or(CallRefused::Unreadable(what))
}

/// A call as everybody who signs it reads it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CallReport {
    /// Its bytes: what all who have a part in it are given.
    #[schema(value_type = HexBytes)]
    pub call: String,
    /// Their hash: what clearances and consents name.
    #[schema(value_type = Id)]
    pub call_hash: String,
    /// Where the module is published.
    #[schema(value_type = Id)]
    pub address: String,
    /// The module.
    pub module: String,
    /// The function.
    pub function: String,
    /// Type arguments.
    pub types: Vec<String>,
    /// Arguments behind the signers, each in BCS.
    #[schema(value_type = Vec<HexBytes>)]
    pub arguments: Vec<String>,
    /// What it costs at most.
    pub gas: GasReport,
    /// The most vaults and resources that it may make, change or end.
    pub records: u16,
    /// It is made before this time or never.
    #[schema(value_type = Time)]
    pub until: String,
    /// Who signs, by the names of holders.
    #[schema(value_type = Vec<Id>)]
    pub signers: Vec<String>,
    /// What may be taken and who may be paid; from no other account anything is taken.
    pub holders: Vec<HolderReport>,
    /// The block as of which the code was read.
    pub code_height: u64,
}

/// What a call costs at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct GasReport {
    /// It is stopped when it has used so much.
    pub limit: u64,
    /// What the function costs at most, whatever the arguments; absent where its code has no bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound: Option<u64>,
    /// Units of a block that the limit takes, used or not.
    pub units: u64,
}

/// What may be done with an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HolderReport {
    /// The account.
    #[schema(value_type = Id)]
    pub account: String,
    /// How contracts know its holder.
    #[schema(value_type = Id)]
    pub name: String,
    /// The customer.
    #[schema(value_type = Id)]
    pub party: String,
    /// Whether it is this institution's.
    pub own: bool,
    /// Whether its holder signs: its member's gate clears the call.
    pub signs: bool,
    /// The most that is taken from it, in minor units.
    #[schema(value_type = Reference)]
    pub cap_minor: String,
    /// The same as decimal text, of an own account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>)]
    pub cap: Option<String>,
    /// The currency of an own account.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CurrencyCode>)]
    pub currency: Option<String>,
}

/// Shows a call.
///
/// # Errors
/// [`CallRefused::FunctionUnknown`] where the code has no such function, or not with these types.
pub fn report(gateway: &Gateway, call: &Call, code: &Code) -> Result<CallReport, CallRefused> {
    let types = call.types.iter().map(|bytes| TypeTag::from_bytes(bytes).ok());
    let types: Option<Vec<TypeTag>> = types.collect();
    let types = types.ok_or(CallRefused::FunctionUnknown("its types are none"))?;
    code.entry(&call.function)?;
    let gas = GasReport {
        limit: call.gas_limit,
        bound: code.bound(&call.function, &types)?,
        units: call.gas_limit.div_ceil(GAS_PER_UNIT),
    };
    Ok(CallReport {
        call: hex::encode(encode(call)),
        call_hash: call.hash().to_hex(),
        address: call.address.to_hex(),
        module: call.module.get().to_owned(),
        function: call.function.get().to_owned(),
        types: types.iter().map(ToString::to_string).collect(),
        arguments: call.arguments.iter().map(hex::encode).collect(),
        gas,
        records: call.records,
        until: rfc3339(call.until),
        signers: call.signers.iter().map(AccountId::to_hex).collect(),
        holders: call.holders.iter().map(|named| holder(gateway, call, named)).collect(),
        code_height: code.proved(),
    })
}

fn holder(gateway: &Gateway, call: &Call, named: &Named) -> HolderReport {
    let own = gateway.own_account(&named.account);
    let money = own.map(|own| ledger_core::money::Money::new(own.currency, named.cap));
    HolderReport {
        account: named.account.to_hex(),
        name: named.name.to_hex(),
        party: named.party.to_hex(),
        own: money.is_some(),
        signs: call.signers.contains(&named.name),
        cap_minor: decimal(named.cap, 0),
        cap: money.and_then(|money| amount(gateway.genesis(), &money)),
        currency: money.map(|money| money.currency().code().to_owned()),
    }
}
