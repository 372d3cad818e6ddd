//! Records of the state tree and the keys they stand under.
//!
//! # Place      everything that execution may read is one of these, under the state root (I11)
//! # Invariants I11; W7 a record's key is a hash of its kind and name, so a proof that shows a
//! #            neighbour's key shows nothing of the neighbour

use serde::{Deserialize, Serialize};

use crate::{
    account::{Account, CurrencyRecord},
    address::Addresses,
    anchor::Anchors,
    asset::{Asset, AssetCode, Position, SurrenderRecord},
    authority::{KeyRecord, Operators, Person},
    ballot::{Ballot, Membership},
    command::MintRequest,
    controls::MintControls,
    digest::{Domain, Hash32},
    directory::{DirectoryNotice, DirectoryTerms},
    growth::Growth,
    halt::Halt,
    id::{
        AccountId, ChainId, CommandId, EntryId, LegId, Lei, PartyId, PersonId, PolicyId, ReserveId,
    },
    key_limits::KeyLimits,
    member::{Holdings, Member},
    merkle::LogHead,
    misconduct::Misconduct,
    money::Currency,
    movement::MovementControls,
    parameters::Parameters,
    party::Party,
    payment::LegRecord,
    policy::{Policy, PolicyEntry, Subject},
    program::{Module, ModuleKey, Resource, ResourceKey},
    proposal::Proposal,
    quarantine::SignedQuarantine,
    queue::Queue,
    redemption::Redemption,
    reserve::{EntryRecord, Reserve},
    rules::Rules,
    screening::{Clearance, ClearedBy, ScreeningList, ScreeningTerms},
    seizure::Seizure,
    signature::PublicKey,
    signing::{AccountPolicy, MemberPolicy},
    spending::{PaymentControls, Spent},
    sub_account::{SubAccount, SubAccounts},
    time::{Height, LedgerTime},
    validators::{Committee, Expelled},
    vault::{Vault, VaultId},
};

/// Which network it is, and the secret its salts come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainRecord {
    /// The network.
    pub chain: ChainId,
    /// The latest block's blinding secret (W8).
    pub blinding: Hash32,
}

/// A member's request to mint, and whether it was served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// The command that asked.
    pub id: CommandId,
    /// Whose request.
    pub member: Lei,
    /// What was asked.
    pub request: MintRequest,
    /// When it was asked: the time the mint was entered.
    pub entered: LedgerTime,
    /// Whether a mint has used it.
    pub used: bool,
}

/// Ids of the commands of one block, remembered until the last of them has expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The block.
    pub height: Height,
    /// Latest expiry among its commands.
    pub until: LedgerTime,
    /// Commitment to the ids, in the order of execution.
    pub ids: LogHead,
}

/// Anything the state tree holds. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record {
    /// Lower end of the key order; also the record of an empty name.
    Origin,
    /// The network and its secret.
    Chain(ChainRecord),
    /// A currency.
    Currency(CurrencyRecord),
    /// A member's public record.
    Member(Member),
    /// What a member has.
    Holdings(Holdings),
    /// An account.
    Account(Account),
    /// A customer.
    Party(Party),
    /// A person.
    Person(Person),
    /// A key.
    Key(KeyRecord),
    /// A reserve account.
    Reserve(Reserve),
    /// A bank entry.
    Entry(EntryRecord),
    /// A request to mint.
    Request(RequestRecord),
    /// A proposal.
    Proposal(Proposal),
    /// A payment leg.
    Leg(LegRecord),
    /// Ids of one block's commands.
    Window(Window),
    /// Which entry has a sequence number in a reserve account.
    Sequence(EntryId),
    /// A redemption.
    Redemption(Redemption),
    /// Keys that act as operator.
    Operators(Operators),
    /// A member's anchors.
    Anchors(Anchors),
    /// Terms and counters of a currency's mints.
    MintControls(Box<MintControls>),
    /// Terms of a currency's payments; none as long as governance has set none.
    PaymentTerms(PaymentControls),
    /// What was paid lately on behalf of a customer in a currency, if that is limited.
    Spent(Box<Spent>),
    /// Controls of a currency's movements; none as long as nobody has set any.
    MovementControls(MovementControls),
    /// Which lists and rules are recent enough; none as long as there are no lists.
    ScreeningTerms(ScreeningTerms),
    /// A sanctions list.
    ScreeningList(ScreeningList),
    /// What a member's screening said of a payment.
    Clearance(Clearance),
    /// A court's order that was carried out.
    Seizure(Box<Seizure>),
    /// A policy.
    Policy(Policy),
    /// What a policy says of one subject.
    PolicyEntry(PolicyEntry),
    /// How many persons a member's commands need; none as long as it has set nothing.
    MemberPolicy(MemberPolicy),
    /// How many persons debits of an account need, by amount; none as long as its member has set none.
    AccountPolicy(AccountPolicy),
    /// Limits of a person's settlement keys in a currency, if there are any.
    KeyLimits(Box<KeyLimits>),
    /// What makes an account a sub-account.
    SubAccount(SubAccount),
    /// An account's sub-accounts, if it has any.
    SubAccounts(SubAccounts),
    /// What waits to be paid from an account, and its member's terms for that.
    Queue(Box<Queue>),
    /// An asset.
    Asset(Box<Asset>),
    /// What an account holds of an asset.
    Position(Position),
    /// Units that were surrendered.
    Surrender(SurrenderRecord),
    /// What an organisation made lately, if it ever made a record.
    Growth(Box<Growth>),
    /// Parameters of the network.
    Parameters(Box<Parameters>),
    /// How many members there are that may act; none before the first was admitted.
    Membership(Membership),
    /// What members said to a proposal.
    Ballot(Ballot),
    /// The committee, and the one decided for the next epoch.
    Committee(Box<Committee>),
    /// Money on which contracts hold a claim.
    Vault(Box<Vault>),
    /// A published module.
    Module(Box<Module>),
    /// What an account holds of a type that a module defines.
    Resource(Box<Resource>),
    /// What was proved of a validator, if anything was.
    Misconduct(Box<Misconduct>),
    /// Vote keys of the committee whose holders were seen to misbehave; none before the first.
    Expelled(Expelled),
    /// The last halt; none before the first.
    Halt(Box<Halt>),
    /// What the validators of a block set aside of it, if they did.
    Quarantine(Box<SignedQuarantine>),
    /// Which version of the rules acts, and who knows a later one; none before the first signal.
    Rules(Box<Rules>),
    /// Where validators are reached; none before the first address was decided.
    Addresses(Box<Addresses>),
    /// What is decided of a member's directory entry; none before the first change.
    DirectoryNotice(Box<DirectoryNotice>),
    /// Terms of directory changes, and all that waits; none before the first.
    DirectoryTerms(DirectoryTerms),
}

/// A record's name: what it is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Name {
    /// Reserved for [`Record::Origin`].
    Origin,
    /// The network and its secret.
    Chain,
    /// A currency.
    Currency(Currency),
    /// A member's public record.
    Member(Lei),
    /// What a member has.
    Holdings(Lei),
    /// An account.
    Account(AccountId),
    /// A customer.
    Party(PartyId),
    /// A person.
    Person(PersonId),
    /// A key.
    Key(PublicKey),
    /// A reserve account.
    Reserve(ReserveId),
    /// A bank entry.
    Entry(EntryId),
    /// A request to mint.
    Request(CommandId),
    /// A proposal.
    Proposal(CommandId),
    /// A payment leg.
    Leg(LegId),
    /// Ids of one block's commands.
    Window(Height),
    /// A sequence number in a reserve account.
    Sequence(ReserveId, u64),
    /// A redemption, by the command that preburned.
    Redemption(CommandId),
    /// Keys that act as operator.
    Operators,
    /// A member's anchors.
    Anchors(Lei),
    /// Terms and counters of a currency's mints.
    MintControls(Currency),
    /// Terms of a currency's payments.
    PaymentTerms(Currency),
    /// What was paid lately on behalf of a customer in a currency.
    Spent(PartyId, Currency),
    /// Controls of a currency's movements.
    MovementControls(Currency),
    /// Which lists and rules are recent enough.
    ScreeningTerms,
    /// A sanctions list, by its version.
    ScreeningList(Hash32),
    /// What a member's screening said of a payment, by the payment's hash.
    Clearance(Hash32, Lei, ClearedBy),
    /// A court's order that was carried out, by the command that did.
    Seizure(CommandId),
    /// A policy.
    Policy(PolicyId),
    /// What a policy says of one subject.
    PolicyEntry(PolicyId, Subject),
    /// How many persons a member's commands need.
    MemberPolicy(Lei),
    /// How many persons debits of an account need.
    AccountPolicy(AccountId),
    /// Limits of a person's settlement keys in a currency.
    KeyLimits(PersonId, Currency),
    /// What makes an account a sub-account.
    SubAccount(AccountId),
    /// An account's sub-accounts, by the account they stand under.
    SubAccounts(AccountId),
    /// What waits to be paid from an account.
    Queue(AccountId),
    /// An asset.
    Asset(AssetCode),
    /// What an account holds of an asset.
    Position(AccountId, AssetCode),
    /// Units that were surrendered, by the command that did.
    Surrender(CommandId),
    /// What an organisation made lately.
    Growth(Lei),
    /// Parameters of the network.
    Parameters,
    /// How many members there are that may act.
    Membership,
    /// What members said to a proposal.
    Ballot(CommandId),
    /// The committee.
    Committee,
    /// Money on which contracts hold a claim.
    Vault(VaultId),
    /// A published module.
    Module(ModuleKey),
    /// What an account holds of a type that a module defines.
    Resource(ResourceKey),
    /// What was proved of a validator, by its identity.
    Misconduct(PublicKey),
    /// Vote keys of the committee whose holders were seen to misbehave.
    Expelled,
    /// The last halt.
    Halt,
    /// What the validators of a block set aside of it.
    Quarantine(Height),
    /// Which version of the rules acts.
    Rules,
    /// Where validators are reached.
    Addresses,
    /// What is decided of a member's directory entry.
    DirectoryNotice(Lei),
    /// Terms of directory changes.
    DirectoryTerms,
}

/// A key of the state tree.
pub type Key = Hash32;

impl Name {
    /// The key: zero for [`Name::Origin`], else `florin/key/1` hash of the name's canonical bytes.
    #[must_use]
    pub fn key(&self) -> Key {
        match self {
            Self::Origin => Hash32::ZERO,
            _ => Domain::Key.hash_of(self),
        }
    }

    /// [`Name::key`] of each, side by side.
    #[must_use]
    pub fn keys(names: &[Self]) -> Vec<Key> {
        let keys = names.iter().zip(Domain::Key.hashes_of(names));
        let zero = |name: &Self| matches!(name, Self::Origin);
        keys.map(|(name, key)| if zero(name) { Hash32::ZERO } else { key }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w7_keys_side_by_side_are_those_of_one_at_a_time() {
        let names = [Name::Origin, Name::Chain, Name::Window(Height::new(7)), Name::Origin];
        assert_eq!(Name::keys(&names), names.map(|name| name.key()));
    }

    #[test]
    fn w7_the_same_bytes_under_two_kinds_have_two_keys() {
        let raw = [9; 32];
        let keys = [
            Name::Account(AccountId::new(raw)).key(),
            Name::Party(PartyId::new(raw)).key(),
            Name::Leg(LegId::new(raw)).key(),
            Name::Key(PublicKey::new(raw)).key(),
        ];
        let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
        assert_eq!(Name::Origin.key(), Hash32::ZERO);
    }
}
