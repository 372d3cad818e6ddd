//! The evidence pack of a payment, `florin-evidence-1`: what one of its two banks can show to a third
//! party, who needs nothing but this file and the genesis to check it.
//!
//! # Place      gateways write it; anybody reads it, offline
//! # Invariants P4 no byte is free: what was proved is spelled again, and must be the file; the message
//! #            is the payment's by the word of a bank or by a command that the ledger has
//! # Absent     words of a key that the member's record no longer names: they are left out when the
//! #            pack is made (records of an earlier height: planned)

use std::collections::BTreeMap;

use ledger_core::{
    codec::encode,
    command::{Body, Command, Payment},
    digest::Hash32,
    genesis::Genesis,
    id::{Leg, Lei},
    money::Money,
    receipt::{Effect, Kind, Outcome, Receipt},
    signature::{KeySignature, PublicKey, Signed},
    time::LedgerTime,
};
use serde::{Deserialize, Serialize};
use verifier::{
    Committee,
    summary::{amount, outcome_name, rfc3339},
    verify_receipt,
};

use super::{
    EvidenceError,
    shown::{AnchorText, Anchored, Shown, body, hash, read, value},
};
use crate::{
    delivery::{AnchoredMessage, Answer, Decision, Delivery, commitment, kind_name},
    limits::{MAX_PACK_BYTES, MAX_PACK_KEYS, MAX_PACK_RECEIPTS},
};

/// The value of `format`.
pub const FORMAT: &str = "florin-evidence-1";

/// An evidence pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentPack {
    /// The payment, as it was sent to the ledger.
    pub payment: Payment,
    /// What opens its commitment to the message.
    pub salt: Hash32,
    /// The message.
    pub message: String,
    /// The payer's bank signed that it delivered this message.
    pub delivered: Option<KeySignature>,
    /// The payee's bank's signed answer.
    pub answer: Option<Signed<Answer>>,
    /// Bodies of commands about the payment alone.
    pub commands: Vec<Body>,
    /// `florin-receipt-1` files about the leg, in ledger order.
    pub receipts: Vec<String>,
    /// `florin-record-1` files of the two members' records: whose keys are whose.
    pub members: Vec<String>,
    /// That the exchange is under an anchor.
    pub anchor: Option<Anchored<AnchoredMessage>>,
}

/// What a valid pack says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentVerdict {
    /// The payment.
    pub payment: Payment,
    /// When it settled, if it did.
    pub settled: Option<LedgerTime>,
    /// When the ledger had the anchor over the exchange, if one is shown.
    pub anchored: Option<LedgerTime>,
    /// Of which time each member's keys are.
    pub keys_of: BTreeMap<Lei, LedgerTime>,
    /// One line in plain words.
    pub plain: String,
}

/// Whether a file begins as every pack does; whether it is one says [`verify_payment`].
#[must_use]
pub fn is_payment(bytes: &[u8]) -> bool {
    bytes.starts_with(b"{\n  \"format\": \"florin-evidence-1\"")
}

/// Whether a command is about one payment, which evidence of it may show; of others it shows nothing.
#[must_use]
pub const fn is_of_one(command: &Command) -> bool {
    matches!(
        command,
        Command::Hold(_)
            | Command::Transfer(_)
            | Command::Schedule(_)
            | Command::Enqueue(_)
            | Command::Post(_)
            | Command::PostPart(_)
            | Command::Void(_)
            | Command::Release { .. }
            | Command::ConfirmCredit { .. }
            | Command::Close(_)
    )
}

/// Whether a member's record, a `florin-record-1` file, names a key as one that speaks for it.
#[must_use]
pub fn speaks_for(record: &str, key: &PublicKey, committee: &Committee) -> bool {
    let shown = Shown::read(&[record.to_owned()], committee);
    shown.is_ok_and(|shown| shown.0.values().any(|(keys, _)| keys.contains(key)))
}

/// Checks a pack, offline.
///
/// # Errors
/// [`EvidenceError`], naming the first thing that is wrong.
pub fn verify_payment(
    bytes: &[u8],
    committee: &Committee,
) -> Result<PaymentVerdict, EvidenceError> {
    let pack = PaymentPack::parse(bytes)?;
    let genesis = committee.genesis();
    // Cheap before dear: a changed summary is found before any proof is checked.
    if pack.text(genesis).as_bytes() != bytes {
        return Err(EvidenceError::NotCanonical);
    }
    if commitment(&pack.salt, pack.message.as_bytes()) != pack.payment.message {
        return Err(EvidenceError::Commitment);
    }
    let receipts = pack.proved_receipts(committee)?;
    let ordered = pack.check_commands(&receipts)?;
    let keys = Shown::read(&pack.members, committee)?;
    pack.check_words(genesis, &keys)?;
    // A bank that has not accepted signed the message only, not what the ledger was told of it.
    if !ordered && pack.delivered.is_none() && !pack.is_accepted() {
        return Err(EvidenceError::Untied);
    }
    let anchored = pack.anchored(committee)?;
    let settled = receipts.iter().find(|receipt| effect(receipt) == Some(Effect::Settled));
    let settled = settled.map(|receipt| receipt.irrevocable);
    let last = receipts.last().map(|receipt| receipt.outcome);
    let plain = pack.plain(genesis, (last, settled), anchored);
    let payment = pack.payment;
    Ok(PaymentVerdict { payment, settled, anchored, keys_of: keys.times(), plain })
}

const fn effect(receipt: &Receipt) -> Option<Effect> {
    match receipt.outcome {
        Outcome::Applied(effect) => Some(effect),
        Outcome::Refused(_) => None,
    }
}

/// The payment that a command puts on the ledger.
const fn ordered(command: &Command) -> Option<&Payment> {
    match command {
        Command::Hold(hold) => Some(&hold.payment),
        Command::Transfer(transfer) => Some(&transfer.payment),
        Command::Schedule(schedule) => Some(&schedule.payment),
        Command::Enqueue(waiting) => Some(&waiting.payment),
        _ => None,
    }
}

impl PaymentPack {
    /// Writes the file. Proofs are not checked: whoever serves files has checked them before, and
    /// whoever reads them checks them again.
    ///
    /// # Errors
    /// [`EvidenceError::TooLarge`].
    pub fn build(&self, genesis: &Genesis) -> Result<String, EvidenceError> {
        let text = self.text(genesis);
        if text.len() <= MAX_PACK_BYTES { Ok(text) } else { Err(EvidenceError::TooLarge) }
    }

    const fn leg(&self) -> Leg {
        self.payment.leg
    }

    const fn banks(&self) -> [Lei; 2] {
        [self.payment.leg.instructing, self.payment.leg.instructed]
    }

    /// What the payer's bank signed when it delivered the message.
    fn delivery(&self, genesis: &Genesis) -> Delivery {
        let [from, to] = self.banks();
        let message = self.message.clone().into_bytes();
        Delivery {
            chain: genesis.chain_id(),
            from,
            to,
            payment: self.payment,
            salt: self.salt,
            message,
        }
    }

    /// Receipts of this leg, each later than the one before, that say of the payment what it says.
    fn proved_receipts(&self, committee: &Committee) -> Result<Vec<Receipt>, EvidenceError> {
        let mut receipts: Vec<Receipt> = Vec::new();
        for file in &self.receipts {
            let receipt = verify_receipt(file.as_bytes(), committee)?.receipt;
            let place = |receipt: &Receipt| (receipt.height, receipt.index);
            let later = receipts.last().is_none_or(|last| place(last) < place(&receipt));
            if !later || receipt.leg != Some(self.leg()) || !self.is_moved_by(&receipt) {
                return Err(EvidenceError::Receipt);
            }
            receipts.push(receipt);
        }
        Ok(receipts)
    }

    /// Whether a receipt that says that money moved says it of this payment: from its account, and its
    /// sum, or a part of it where a part was posted.
    fn is_moved_by(&self, receipt: &Receipt) -> bool {
        if !matches!(effect(receipt), Some(Effect::Held | Effect::Settled)) {
            return true;
        }
        let own = &self.payment;
        let part = |money: &Money| {
            receipt.kind == Kind::PostPart
                && money.currency() == own.money.currency()
                && money.minor() <= own.money.minor()
        };
        receipt.debit == Some(own.debit)
            && receipt.money.is_some_and(|money| money == own.money || part(&money))
    }

    const fn is_accepted(&self) -> bool {
        match &self.answer {
            Some(answer) => matches!(answer.value.decision, Decision::Accepted(_)),
            None => false,
        }
    }

    /// Whether one of the commands ordered this payment, with or without success.
    fn check_commands(&self, receipts: &[Receipt]) -> Result<bool, EvidenceError> {
        let mut is_ordered = false;
        for body in &self.commands {
            let id = body.id();
            let receipt = receipts.iter().find(|receipt| receipt.command == id);
            let receipt = receipt.filter(|_| is_of_one(&body.command));
            let receipt = receipt.ok_or(EvidenceError::Command)?;
            let Some(payment) = ordered(&body.command) else { continue };
            let its = *payment == self.payment && body.organisation == self.leg().instructing;
            // One that was refused, as a stranger's or another payment's under the leg, did nothing.
            if !its && effect(receipt).is_some() {
                return Err(EvidenceError::Command);
            }
            is_ordered |= its;
        }
        Ok(is_ordered)
    }

    fn check_words(&self, genesis: &Genesis, keys: &Shown) -> Result<(), EvidenceError> {
        let [payer, payee] = self.banks();
        if let Some(by) = self.delivered {
            let delivery = Signed { value: self.delivery(genesis), by };
            if !keys.signed(&delivery, &payer) {
                return Err(EvidenceError::Word("delivery"));
            }
        }
        let Some(answer) = &self.answer else { return Ok(()) };
        let Answer { chain, leg, message, decision } = &answer.value;
        let about = *chain == genesis.chain_id()
            && *leg == self.leg().id()
            && *message == self.payment.message;
        let accepted = match decision {
            Decision::Accepted(yes) => {
                yes.value.payment == self.payment.hash() && keys.signed(yes, &payee)
            }
            Decision::Pending
            | Decision::PendingBecause(..)
            | Decision::Rejected(_)
            | Decision::RejectedBecause(..)
            | Decision::RejectedSaying(..) => true,
        };
        if about && accepted && keys.signed(answer, &payee) {
            Ok(())
        } else {
            Err(EvidenceError::Word("answer"))
        }
    }

    fn anchored(&self, committee: &Committee) -> Result<Option<LedgerTime>, EvidenceError> {
        let Some(anchor) = &self.anchor else { return Ok(None) };
        let row = &anchor.row;
        let own = self.answer.as_ref().map(|answer| answer.value.anchored(row.at));
        if own != Some(*row) {
            return Err(EvidenceError::Anchor);
        }
        anchor.proved(self.banks(), committee).map(Some)
    }

    fn plain(
        &self,
        genesis: &Genesis,
        (last, settled): (Option<Outcome>, Option<LedgerTime>),
        anchored: Option<LedgerTime>,
    ) -> String {
        let Summary { uetr, instructing, instructed, amount, currency, answer, .. } =
            Summary::of(self, genesis);
        let when = |time: Option<LedgerTime>| time.map_or_else(|| "not shown".to_owned(), rfc3339);
        format!(
            "payment {uetr} of {amount} {currency} from {instructing} to {instructed}: \
             the message is the one it commits to, delivery signed: {}, answer: {}, last on the ledger: {}, \
             settled: {}, anchored: {}",
            if self.delivered.is_some() { "yes" } else { "not shown" },
            answer.unwrap_or("not shown"),
            last.as_ref().map_or("not shown", outcome_name),
            when(settled),
            when(anchored),
        )
    }

    fn parse(bytes: &[u8]) -> Result<Self, EvidenceError> {
        let given: Given = read(bytes, FORMAT, |given: &Given| &given.format)?;
        if given.receipts.len() > MAX_PACK_RECEIPTS
            || given.commands.len() > MAX_PACK_RECEIPTS
            || given.members.len() > MAX_PACK_KEYS
        {
            return Err(EvidenceError::TooLarge);
        }
        let commands = given.commands.iter().map(|text| body(text, "commands"));
        Ok(Self {
            payment: value(&given.payment, "payment")?,
            salt: hash(&given.salt, "salt")?,
            message: given.message,
            delivered: given.delivered.map(|text| value(&text, "delivered")).transpose()?,
            answer: given.answer.map(|text| value(&text, "answer")).transpose()?,
            commands: commands.collect::<Result<_, _>>()?,
            receipts: given.receipts,
            members: given.members,
            anchor: given.anchor.as_ref().map(AnchorText::read).transpose()?,
        })
    }

    fn text(&self, genesis: &Genesis) -> String {
        let spelled = Spelled {
            format: FORMAT,
            network: genesis.chain_id().to_hex(),
            summary: Summary::of(self, genesis),
            payment: hex::encode(encode(&self.payment)),
            salt: self.salt.to_hex(),
            message: &self.message,
            delivered: self.delivered.as_ref().map(|by| hex::encode(encode(by))),
            answer: self.answer.as_ref().map(|answer| hex::encode(encode(answer))),
            commands: self.commands.iter().map(|body| hex::encode(encode(body))).collect(),
            receipts: &self.receipts,
            members: &self.members,
            anchor: self.anchor.as_ref().map(AnchorText::of),
        };
        // Plain structs, for which serde_json cannot fail; an empty answer equals no file.
        let mut text = serde_json::to_string_pretty(&spelled).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// What is read from a file. All else in it is derived, and compared as bytes.
#[derive(Deserialize)]
struct Given {
    format: String,
    payment: String,
    salt: String,
    message: String,
    delivered: Option<String>,
    answer: Option<String>,
    commands: Vec<String>,
    receipts: Vec<String>,
    members: Vec<String>,
    anchor: Option<AnchorText>,
}

/// The whole file, in the order of its keys.
#[derive(Serialize)]
struct Spelled<'a> {
    format: &'static str,
    network: String,
    summary: Summary,
    payment: String,
    salt: String,
    message: &'a str,
    delivered: Option<String>,
    answer: Option<String>,
    commands: Vec<String>,
    receipts: &'a [String],
    members: &'a [String],
    anchor: Option<AnchorText>,
}

#[derive(Serialize)]
struct Summary {
    leg: String,
    uetr: String,
    kind: &'static str,
    instructing: String,
    instructed: String,
    amount: String,
    currency: String,
    answer: Option<&'static str>,
}

impl Summary {
    fn of(pack: &PaymentPack, genesis: &Genesis) -> Self {
        let PaymentPack { payment, answer, .. } = pack;
        let minor = || payment.money.minor().to_string();
        Self {
            leg: payment.leg.id().to_hex(),
            uetr: payment.leg.uetr.to_text(),
            kind: kind_name(payment.leg.kind),
            instructing: payment.leg.instructing.to_string(),
            instructed: payment.leg.instructed.to_string(),
            amount: amount(genesis, &payment.money).unwrap_or_else(minor),
            currency: payment.money.currency().code().to_owned(),
            answer: answer.as_ref().map(|answer| match answer.value.decision {
                Decision::Pending | Decision::PendingBecause(..) => "pending",
                Decision::Accepted(_) => "accepted",
                Decision::Rejected(_)
                | Decision::RejectedBecause(..)
                | Decision::RejectedSaying(..) => "rejected",
            }),
        }
    }
}
