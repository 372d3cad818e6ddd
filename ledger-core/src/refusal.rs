//! Refusals: part of the replicated result, so closed, stable and in a documented order.
//!
//! Where several reasons apply, the one listed first in [`Refusal`] wins. A reason about a thing
//! applies only where that thing is found; the reasons of an action come after all reasons about
//! the approval that would complete it. Codes are append-only.
//!
//! # Place      every rule answers with one; receipts carry it; the edge translates it once
//! # Absent     HTTP status and ISO reasons (settlement-api)

use serde::{Deserialize, Serialize};

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// Never: the command is wrong.
    Never,
    /// After the ledger's state has changed.
    AfterStateChange,
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $retry:ident;)*) => {
        /// Why a command had no effect. Order is precedence; append-only within the wire format.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Refusal {
            $($(#[$doc])* $name,)*
        }

        impl Refusal {
            /// All of them, in order of precedence.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The first in order of precedence of those given, for rules whose checks cannot
            /// stand in that order.
            pub(crate) fn first(reasons: impl IntoIterator<Item = Option<Self>>) -> Result<(), Self> {
                reasons.into_iter().flatten().min().map_or(Ok(()), Err)
            }

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// Its number: its place in the order, on the wire and in the codes of aborted calls.
            #[must_use]
            pub fn number(self) -> u64 {
                let at = Self::ALL.binary_search(&self).unwrap_or(usize::MAX);
                u64::try_from(at).unwrap_or(u64::MAX)
            }

            /// Whether trying again can help.
            #[must_use]
            pub const fn retry(self) -> Retry {
                match self { $(Self::$name => Retry::$retry,)* }
            }
        }
    };
}

refusals! {
    /// A signing key is not registered.
    KeyUnknown = "key_unknown", Never;
    /// A signing key was revoked.
    KeyRevoked = "key_revoked", Never;
    /// A signing key belongs to another organisation.
    WrongOrganisation = "wrong_organisation", Never;
    /// No signing key has the role this command needs.
    WrongRole = "wrong_role", Never;
    /// The organisation is not a member.
    MemberUnknown = "member_unknown", Never;
    /// The member is suspended.
    MemberSuspended = "member_suspended", AfterStateChange;

    /// No such proposal.
    ProposalUnknown = "proposal_unknown", Never;
    /// The proposal belongs to another organisation.
    ProposalNotYours = "proposal_not_yours", Never;
    /// The proposal has been executed.
    ProposalExecuted = "proposal_executed", Never;
    /// The proposal's time is over.
    ProposalExpired = "proposal_expired", Never;
    /// The approval names another content than was proposed.
    ApprovalContentMismatch = "approval_content_mismatch", Never;
    /// The approval names another policy version than is in force.
    ApprovalPolicyMismatch = "approval_policy_mismatch", Never;
    /// The same person already said yes.
    SamePerson = "same_person", Never;

    /// The directory entry is malformed, or it or the role has as many keys as it may.
    DirectoryMalformed = "directory_malformed", Never;
    /// What should be created exists.
    AlreadyExists = "already_exists", Never;
    /// The currency is not one of the network.
    CurrencyUnknown = "currency_unknown", Never;
    /// The key is of small order or not canonical.
    KeyUnacceptable = "key_unacceptable", Never;
    /// The person would hold roles that exclude each other.
    RoleConflict = "role_conflict", Never;
    /// The issuer cannot be custodian of its own reserves.
    CustodianIsIssuer = "custodian_is_issuer", Never;
    /// A number lies outside its range.
    OutOfRange = "out_of_range", Never;
    /// The currency has as many reserve accounts as it may.
    ReservesFull = "reserves_full", Never;

    /// The customer belongs to another member.
    PartyNotYours = "party_not_yours", Never;

    /// No such reserve account.
    ReserveUnknown = "reserve_unknown", Never;
    /// Only the account's custodian or agent may say this.
    NotTheCustodian = "not_the_custodian", Never;
    /// The attestation is of the future.
    AttestationFromFuture = "attestation_from_future", Never;
    /// The attestation is older than the one in force.
    AttestationOlder = "attestation_older", Never;
    /// The attestation does not name the one before it.
    AttestationChain = "attestation_chain", Never;
    /// The attestation names an entry that is not recorded, or goes back.
    AttestationEntry = "attestation_entry", AfterStateChange;
    /// The entry was recorded before.
    EntryDuplicate = "entry_duplicate", Never;
    /// The entry is not the next of its account.
    EntrySequence = "entry_sequence", AfterStateChange;

    /// The amount is zero.
    AmountZero = "amount_zero", Never;
    /// No such request to mint.
    MintRequestUnknown = "mint_request_unknown", Never;
    /// The request was served.
    MintRequestUsed = "mint_request_used", Never;
    /// No such bank entry.
    EntryUnknown = "bank_entry_unknown", AfterStateChange;
    /// The bank entry was used.
    EntryUsed = "bank_entry_used", Never;
    /// The bank entry is not an external credit.
    EntryNotExternalCredit = "bank_entry_not_external_credit", Never;
    /// The bank entry was paid by another than the requesting member.
    ThirdPartyPayer = "third_party_payer", Never;
    /// Amount, currency, account or reference of entry and request differ.
    EntryMismatch = "bank_entry_mismatch", Never;
    /// Another institution issues this currency.
    NotTheIssuer = "not_the_issuer", Never;
    /// No fresh attestation supports a mint.
    AttestationStale = "attestation_stale", AfterStateChange;
    /// Supply would exceed reserves (I2).
    ReserveShort = "reserve_short", AfterStateChange;

    /// The UETR is not a version 4 UUID.
    UetrMalformed = "uetr_malformed", Never;
    /// Payer and payee are the same member.
    SameMember = "same_member", Never;
    /// The sender's leg has been used.
    LegUsed = "leg_used", Never;
    /// No such leg, or none that the sender is a party to.
    LegUnknown = "leg_unknown", Never;
    /// The leg is not held.
    LegNotHeld = "leg_not_held", Never;
    /// The hold's time is over.
    HoldExpired = "hold_expired", Never;
    /// The hold's time is not over yet.
    HoldNotExpired = "hold_not_expired", AfterStateChange;
    /// The command is for the leg's other member, or for other members.
    NotYourLeg = "not_your_leg", Never;
    /// The clearance is for another payment, or not by the payer's gate key.
    GateMismatch = "gate_mismatch", Never;
    /// The clearance has expired.
    GateExpired = "gate_expired", Never;
    /// The acceptance is for another payment, or not by the payee's settlement key.
    AcceptanceMismatch = "acceptance_mismatch", Never;
    /// The acceptance has expired.
    AcceptanceExpired = "acceptance_expired", Never;
    /// No such account.
    AccountUnknown = "account_unknown", Never;
    /// The account belongs to another member.
    NotYourAccount = "not_your_account", Never;
    /// The account, or the customer, is frozen.
    AccountFrozen = "account_frozen", AfterStateChange;
    /// The account is in another currency.
    CurrencyMismatch = "currency_mismatch", Never;
    /// The customer has no standing.
    StandingMissing = "standing_missing", AfterStateChange;
    /// The customer's standing was withdrawn.
    StandingRevoked = "standing_revoked", AfterStateChange;
    /// The customer's standing has expired.
    StandingExpired = "standing_expired", AfterStateChange;
    /// The other side cannot take part: the one outward reason for standing, freeze, suspension.
    CounterpartyNotEligible = "counterparty_not_eligible", AfterStateChange;
    /// The account does not hold that much.
    InsufficientFunds = "insufficient_funds", AfterStateChange;
    /// A sum exceeds what the ledger can count.
    AmountOverflow = "amount_overflow", Never;
    /// The command would unbalance the ledger, or execution failed inside: nothing was done.
    InternalFault = "internal_fault", Never;

    // Appended after the wire format was first written: where a rule gives one of these and one of
    // those above, the one above still wins.
    /// No such redemption, or none of the sender's.
    RedemptionUnknown = "redemption_unknown", Never;
    /// The redemption was burned or cancelled.
    RedemptionEnded = "redemption_ended", Never;
    /// The redemption's payout has been instructed.
    PayoutInstructed = "payout_instructed", Never;
    /// The redemption's payout has been booked.
    PayoutBooked = "payout_booked", Never;
    /// The bank entry is not an external debit.
    EntryNotExternalDebit = "bank_entry_not_external_debit", Never;
    /// The bank entry paid another than the redeeming member.
    ThirdPartyPayee = "third_party_payee", Never;
    /// No such customer.
    PartyUnknown = "party_unknown", Never;
    /// It is frozen already.
    AlreadyFrozen = "already_frozen", AfterStateChange;
    /// It is not frozen.
    NotFrozen = "not_frozen", AfterStateChange;
    /// The key to revoke or to replace is not registered, was revoked or replaced before, or is not the
    /// sender's.
    KeyNotActive = "key_not_active", Never;
    /// No organisation would have as many operators as their actions need.
    OperatorsTooFew = "operators_too_few", AfterStateChange;
    /// The leg has not settled.
    LegNotSettled = "leg_not_settled", AfterStateChange;
    /// The credit was confirmed before.
    CreditConfirmed = "credit_already_confirmed", Never;
    /// The payment does not give back what the one it names brought, or its kind is none of payments.
    ReturnMismatch = "return_mismatch", Never;
    /// More would be given back than the payment brought.
    ReturnExceedsPayment = "return_exceeds_payment", Never;
    /// The leg is not scheduled.
    LegNotScheduled = "leg_not_scheduled", Never;
    /// The scheduled payment's time has not come.
    NotDue = "not_due", AfterStateChange;
    /// Minting of the currency is stopped.
    MintingOff = "minting_off", AfterStateChange;
    /// The mint exceeds what is left of the allowance.
    AllowanceExceeded = "allowance_exceeded", AfterStateChange;
    /// The mint exceeds a cap on what is minted per window.
    MintCapReached = "mint_cap_reached", AfterStateChange;
    /// A custodian would hold too great a part of the reserves.
    CustodianConcentration = "custodian_concentration", AfterStateChange;
    /// The payment exceeds the limit on one payment of a customer of this level.
    PaymentLimit = "payment_limit", AfterStateChange;
    /// The payment exceeds what is left of the customer's limit per window.
    WindowLimit = "window_limit", AfterStateChange;
    /// The currency is stopped.
    CurrencyFrozen = "currency_frozen", AfterStateChange;
    /// A clearance names a list or rules older than the network demands.
    ScreeningOutdated = "screening_outdated", AfterStateChange;
    /// The payment is so large that the payee's compliance clears it too, and has not.
    PayeeClearanceMissing = "payee_clearance_missing", AfterStateChange;
    /// A policy of the currency keeps the sender's own side from it.
    PolicyForbids = "policy_forbids", AfterStateChange;
    /// No such policy.
    PolicyUnknown = "policy_unknown", Never;
    /// No such sanctions list.
    ListUnknown = "list_unknown", Never;
    /// The member is not suspended.
    MemberNotSuspended = "member_not_suspended", AfterStateChange;
    /// Fewer persons signed than the account's policy needs.
    SignersTooFew = "signers_too_few", Never;
    /// The command takes more than one who signed it may enter by one command.
    KeyCommandLimit = "key_command_limit", AfterStateChange;
    /// The command takes more than what is left of a limit per window of one who signed it.
    KeyWindowLimit = "key_window_limit", AfterStateChange;
    /// The account has as many sub-accounts as it may; a sub-account may have none.
    SubAccountsFull = "sub_accounts_full", Never;
    /// The account that gives is the one that is given.
    SameAccount = "same_account", Never;
    /// The account's queue holds as many payments as it may.
    QueueFull = "queue_full", AfterStateChange;
    /// The leg is not queued.
    LegNotQueued = "leg_not_queued", Never;
    /// The set names a height that is not past, too far back, or before one of its legs was queued.
    QueueHeight = "queue_height_out_of_reach", AfterStateChange;
    /// The set leaves out an entry that goes before one of its own.
    QueueOrder = "queue_order", AfterStateChange;
    /// The set takes more to a counterparty than its account allows.
    CounterpartyLimit = "counterparty_limit", AfterStateChange;
    /// No such asset.
    AssetUnknown = "asset_unknown", Never;
    /// Another organisation keeps the register of the asset.
    NotTheRegistrar = "not_the_registrar", Never;
    /// The asset is suspended.
    AssetSuspended = "asset_suspended", AfterStateChange;
    /// The asset has matured: its units go to its registrar only.
    AssetMatured = "asset_matured", Never;
    /// No such surrender, or none of the sender's.
    SurrenderUnknown = "surrender_unknown", Never;
    /// The surrendered units were cancelled or taken back.
    SurrenderEnded = "surrender_ended", Never;
    /// The organisation would have made more records within a day than its quota.
    QuotaExceeded = "quota_exceeded", AfterStateChange;
    /// The proposal is before the members: it collects no approvals.
    ProposalNotOpen = "proposal_not_open", Never;
    /// The member's vote stands already.
    AlreadyVoted = "already_voted", AfterStateChange;
    /// There is no yes of theirs to take back.
    NotVoted = "not_voted", AfterStateChange;
    /// The change would act sooner than all who judge blocks can know of it.
    NoticeTooShort = "notice_too_short", Never;
    /// As many changes wait for their block as may.
    ChangesFull = "changes_full", AfterStateChange;
    /// The committee has no such validator.
    ValidatorUnknown = "validator_unknown", Never;
    /// There is still money in the vault.
    VaultNotEmpty = "vault_not_empty", Never;
    /// The two vaults have two owners.
    VaultOwnerMismatch = "vault_owner_mismatch", Never;
    /// More would be taken from an account than the call allows.
    CapExceeded = "cap_exceeded", Never;
    /// The call names no account of the payee in this currency.
    PayeeNotNamed = "payee_not_named", Never;
    /// The call was made before.
    CallUsed = "call_used", Never;
    /// The time until which the call may be made is over.
    CallExpired = "call_expired", Never;
    /// The machine refused a module; the receipt says why.
    ModuleRefused = "module_refused", Never;
    /// The machine stopped the call; the receipt says why.
    CallFailed = "call_failed", AfterStateChange;
    /// As much misconduct of the validator is recorded as may be.
    OffencesFull = "offences_full", Never;
    /// The votes are not two of this validator in this network that contradict each other.
    EvidenceInvalid = "evidence_invalid", Never;
    /// The network is halted.
    LedgerHalted = "ledger_halted", AfterStateChange;
    /// The network is not halted, or by another halt than the one named.
    NotHalted = "not_halted", AfterStateChange;
    /// A quorum of the validators set the command aside: nothing of it was executed.
    Quarantined = "quarantined", Never;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_distinct_snake_case_and_ordered_by_precedence() {
        let codes: BTreeSet<_> = Refusal::ALL.iter().map(|r| r.code()).collect();
        assert_eq!(codes.len(), Refusal::ALL.len());
        assert!(codes.iter().all(|c| c.bytes().all(|b| b == b'_' || b.is_ascii_lowercase())));
        assert!(Refusal::ALL.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
