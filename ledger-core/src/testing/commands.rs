//! Commands of a [`World`]: each helper fills in what is right, so that a test changes one thing.

use crate::{
    authority::RoleKey,
    command::{
        Acceptance, Action, Approval, Body, Command, Freeze, GateAttestation, Hold, MintRequest,
        Payment, Post, Preburn, SetStanding, SignedCommand, Transfer, Void, VoidReason,
    },
    controls::{MintControls, MintTerms},
    digest::{Domain, Hash32},
    freeze::FreezeTarget,
    id::{AccountId, CommandId, EntryId, Leg, LegId, Lei, MessageKind, PartyId, Text, Uetr},
    money::{Currency, Money},
    party::{Level, StandingStatus},
    record::{Name, Record},
    reserve::{Attestation, BankEntry, Counterparty, Direction, EvidenceClass, Reserve},
    signature::{Signed, Signer},
    spending::PaymentTerms,
    testing::{Actor, Bank, World, custodian_lei, jpy, usd},
    time::LedgerTime,
};

/// How long holds, clearances, acceptances and proposals of a [`World`] last, in milliseconds.
pub const LASTS_MS: u64 = 60 * 60 * 1_000;

/// What makes the address of a bank's account.
pub(super) fn blind(bank: &Bank, currency: Currency) -> Hash32 {
    Domain::Content.hash_of(&("blind", bank.lei, currency))
}

/// The commitment to the number of the reserve account of a currency.
pub(super) fn iban(currency: Currency) -> Hash32 {
    Domain::Content.hash_of(&("iban", currency))
}

impl World {
    /// A body of this network, fresh and valid for half of what a command may.
    pub fn body(&mut self, organisation: Lei, command: Command) -> Body {
        Body {
            chain: self.genesis.chain_id(),
            organisation,
            signers: Vec::new(),
            nonce: self.nonce(),
            expires: self.now().after(self.limits().command_ttl_ms / 2),
            command,
        }
    }

    /// A command signed by one person for its organisation.
    pub fn sign(&mut self, by: &Actor, command: Command) -> SignedCommand {
        let body = self.body(by.grant.organisation, command);
        sign(body, &[by])
    }

    /// Proposes an action.
    pub fn propose(&mut self, maker: &Actor, action: Action) -> SignedCommand {
        let expires = self.now().after(LASTS_MS);
        self.sign(maker, Command::Propose { action, expires })
    }

    /// Approves what a command proposes.
    ///
    /// # Panics
    /// When the command proposes nothing.
    pub fn approve(&mut self, checker: &Actor, proposal: &SignedCommand) -> SignedCommand {
        let Command::Propose { action, .. } = &proposal.body.command else {
            panic!("not a proposal")
        };
        let approval = Approval {
            proposal: proposal.body.id(),
            content: action.content(),
            policy_version: self.policy_version(&checker.grant.organisation, action.role()),
        };
        self.sign(checker, Command::Approve(approval))
    }

    /// Proposes and approves an action of the operator: two commands, to be applied in order.
    pub fn decide(&mut self, action: Action) -> [SignedCommand; 2] {
        let proposal = self.propose(&Actor::operator(1), action);
        let approval = self.approve(&Actor::operator(2), &proposal);
        [proposal, approval]
    }

    /// Registers a key, by two operators.
    pub fn register_key(&mut self, grant: RoleKey) -> [SignedCommand; 2] {
        self.decide(Action::RegisterKey(grant))
    }

    /// Opens the account of a bank in a currency, by two operators.
    pub fn open_account(&mut self, bank: &Bank, currency: Currency) -> [SignedCommand; 2] {
        let blind = blind(bank, currency);
        self.decide(Action::OpenAccount { member: bank.lei, currency, blind })
    }

    /// Registers the reserve account of a currency, by two operators.
    pub fn register_reserve(&mut self, currency: Currency, haircut: u16) -> [SignedCommand; 2] {
        self.decide(Action::RegisterReserve {
            custodian: custodian_lei(),
            currency,
            account: iban(currency),
            class: EvidenceClass::Custodian,
            haircut,
        })
    }

    /// Sets the terms of a currency's mints, by two operators.
    pub fn set_mint_terms(&mut self, currency: Currency, terms: MintTerms) -> [SignedCommand; 2] {
        self.decide(Action::SetMintTerms { currency, terms })
    }

    /// Sets the terms of a currency's payments, by two operators.
    pub fn set_payment_terms(
        &mut self,
        currency: Currency,
        terms: PaymentTerms,
    ) -> [SignedCommand; 2] {
        self.decide(Action::SetPaymentTerms { currency, terms })
    }

    /// What counts of a customer's payments at the time of the last block; nothing when the ledger
    /// has counted none.
    #[must_use]
    pub fn spent(&self, party: PartyId, currency: Currency) -> u128 {
        let terms = self.record(&Name::PaymentTerms(currency));
        match (terms, self.record(&Name::Spent(party, currency))) {
            (Some(Record::PaymentTerms(terms)), Some(Record::Spent(spent))) => {
                terms.recent(spent, self.now()).sum()
            }
            _ => 0,
        }
    }

    /// Terms and counters of a currency's mints as the ledger has them.
    ///
    /// # Panics
    /// When the network does not have the currency.
    #[must_use]
    pub fn mint_controls(&self, currency: Currency) -> &MintControls {
        match self.record(&Name::MintControls(currency)) {
            Some(Record::MintControls(controls)) => controls,
            _ => panic!("no {currency}"),
        }
    }

    /// Registers the custodian's key and a reserve account per currency, each with an attestation
    /// of nothing. Takes two blocks.
    pub fn open_reserves(&mut self) {
        let mut commands = self.register_key(Actor::custodian().grant).to_vec();
        commands.extend(self.register_reserve(usd(), 0));
        commands.extend(self.register_reserve(jpy(), 0));
        self.apply_all(&commands);
        let attestations = [self.attest(usd(), 0), self.attest(jpy(), 0)];
        self.apply_all(&attestations);
    }

    /// Admits a bank, opens its accounts and gives three customers standing. Takes one block.
    pub fn admit(&mut self, bank: &Bank) {
        let mut commands = self.decide(Action::AdmitMember(bank.directory())).to_vec();
        commands.extend(self.open_account(bank, usd()));
        commands.extend(self.open_account(bank, jpy()));
        for number in 1..=3 {
            commands.push(self.standing(bank, bank.party(number)));
        }
        self.apply_all(&commands);
    }

    /// A standing that is good for a year.
    #[must_use]
    pub fn good_standing(&self, party: PartyId) -> SetStanding {
        SetStanding {
            party,
            level: Level::Full,
            status: StandingStatus::Active,
            expires: self.now().after(365 * 24 * 60 * 60 * 1_000),
            evidence: Hash32::ZERO,
        }
    }

    /// Gives a customer good standing.
    pub fn standing(&mut self, bank: &Bank, party: PartyId) -> SignedCommand {
        let standing = self.good_standing(party);
        self.sign(&bank.compliance(), Command::SetStanding(standing))
    }

    /// The reserve account of a currency as the ledger has it.
    ///
    /// # Panics
    /// When it is not registered.
    #[must_use]
    pub fn reserve_record(&self, currency: Currency) -> &Reserve {
        match self.record(&Name::Reserve(self.reserve(currency))) {
            Some(Record::Reserve(reserve)) => reserve,
            _ => panic!("no reserve account in {currency}"),
        }
    }

    /// The attestation that may follow now: all entries included, everything available.
    #[must_use]
    pub fn attestation(&self, currency: Currency, balance: u128) -> Attestation {
        let reserve = self.reserve_record(currency);
        Attestation {
            reserve: reserve.id,
            balance,
            available: balance,
            as_of: self.now(),
            last_entry: reserve.books.entries,
            statement: Hash32::ZERO,
            previous: reserve.books.attested.as_ref().map_or(Hash32::ZERO, |(last, _)| last.hash()),
        }
    }

    /// The custodian attests a balance.
    pub fn attest(&mut self, currency: Currency, balance: u128) -> SignedCommand {
        let attestation = self.attestation(currency, balance);
        self.sign(&Actor::custodian(), Command::Attest(attestation))
    }

    /// The next entry of a reserve account: a credit from a member under `reference`.
    ///
    /// # Panics
    /// When the reference is no text.
    pub fn credit_from(&mut self, bank: &Bank, money: Money, reference: &str) -> BankEntry {
        let reserve = self.reserve_record(money.currency());
        let (id, sequence) = (reserve.id, reserve.books.entries + 1);
        let servicer = self.nonce().to_hex();
        BankEntry {
            reserve: id,
            sequence,
            servicer_reference: Text::new(&servicer).unwrap(),
            detail: 0,
            direction: Direction::Credit,
            minor: money.minor(),
            counterparty: Counterparty::Member(bank.lei),
            booked: self.now(),
            reference: Text::new(reference).unwrap(),
        }
    }

    /// The custodian records an entry.
    pub fn record_entry(&mut self, entry: &BankEntry) -> SignedCommand {
        self.sign(&Actor::custodian(), Command::RecordEntry(entry.clone()))
    }

    /// The request of a bank for what it paid in under `reference`.
    ///
    /// # Panics
    /// When the reference is no text.
    #[must_use]
    pub fn mint_request(&self, bank: &Bank, money: Money, reference: &str) -> MintRequest {
        MintRequest {
            account: self.account(bank, money.currency()),
            money,
            reserve: self.reserve(money.currency()),
            reference: Text::new(reference).unwrap(),
        }
    }

    /// A bank requests a mint.
    pub fn request_mint(&mut self, bank: &Bank, money: Money, reference: &str) -> SignedCommand {
        let request = self.mint_request(bank, money, reference);
        self.sign(&bank.settlement(), Command::RequestMint(request))
    }

    /// Treasury proposes and approves a mint: two commands, to be applied in order.
    pub fn mint(&mut self, request: CommandId, entry: EntryId) -> [SignedCommand; 2] {
        self.treasure(Action::Mint { request, entry })
    }

    /// A bank pays in, requests, and treasury mints. Takes one block.
    pub fn fund(&mut self, bank: &Bank, money: Money) {
        let reference = self.nonce().to_hex();
        let entry = self.credit_from(bank, money, &reference);
        let request = self.request_mint(bank, money, &reference);
        let mut commands = vec![self.record_entry(&entry), request];
        commands.extend(self.mint(commands[1].body.id(), entry_id(&entry)));
        self.apply_all(&commands);
    }

    /// A bank locks tokens for redemption.
    pub fn preburn(&mut self, bank: &Bank, money: Money) -> SignedCommand {
        let account = self.account(bank, money.currency());
        let asked = Preburn { account, money, reserve: self.reserve(money.currency()) };
        self.sign(&bank.settlement(), Command::Preburn(asked))
    }

    /// A bank takes a redemption back.
    pub fn cancel_redemption(&mut self, bank: &Bank, redemption: CommandId) -> SignedCommand {
        self.sign(&bank.settlement(), Command::CancelRedemption { redemption })
    }

    /// The next entry of a reserve account: the payout of a redemption, which it names.
    ///
    /// # Panics
    /// Never: an id is text.
    pub fn payout_to(&mut self, bank: &Bank, money: Money, redemption: &CommandId) -> BankEntry {
        let credit = self.credit_from(bank, money, &redemption.to_hex());
        BankEntry { direction: Direction::Debit, ..credit }
    }

    /// Network compliance stops an account, a customer or minting.
    ///
    /// # Panics
    /// Never: the reference is text.
    pub fn freeze(&mut self, target: FreezeTarget) -> SignedCommand {
        let reference = Text::new("CASE-1").unwrap();
        self.sign(&Actor::network_compliance(1), Command::Freeze(Freeze { target, reference }))
    }

    /// Two persons of network compliance lift a freeze: two commands, to be applied in order.
    pub fn unfreeze(&mut self, target: FreezeTarget) -> [SignedCommand; 2] {
        let proposal = self.propose(&Actor::network_compliance(1), Action::Unfreeze { target });
        let approval = self.approve(&Actor::network_compliance(2), &proposal);
        [proposal, approval]
    }

    /// Registers two keys of network compliance. Takes one block.
    pub fn appoint_compliance(&mut self) {
        let grants = [1, 2].map(|number| Actor::network_compliance(number).grant);
        let commands = grants.map(|grant| self.register_key(grant)).concat();
        self.apply_all(&commands);
    }

    /// The payee's bank confirms that its customer was credited.
    pub fn confirm_credit(&mut self, by: &Bank, leg: LegId, at: LedgerTime) -> SignedCommand {
        self.sign(&by.settlement(), Command::ConfirmCredit { leg, at })
    }

    /// A member's anchor.
    pub fn anchor(&mut self, by: &Bank, root: Hash32) -> SignedCommand {
        self.sign(&by.settlement(), Command::Anchor { root })
    }

    /// Treasury proposes and approves an action: two commands, to be applied in order.
    pub fn treasure(&mut self, action: Action) -> [SignedCommand; 2] {
        let proposal = self.propose(&Actor::treasury(1), action);
        let approval = self.approve(&Actor::treasury(2), &proposal);
        [proposal, approval]
    }

    /// A payment between the first customers of two banks under a fresh UETR.
    pub fn payment(&mut self, from: &Bank, to: &Bank, money: Money) -> Payment {
        let mut uetr: [u8; 16] = self.nonce().get()[..16].try_into().unwrap();
        uetr[6] = 0x40 | (uetr[6] & 0x0f);
        uetr[8] = 0x80 | (uetr[8] & 0x3f);
        Payment {
            leg: Leg {
                instructing: from.lei,
                uetr: Uetr::new(uetr),
                kind: MessageKind::Pacs008,
                instructed: to.lei,
            },
            debit: self.account(from, money.currency()),
            debtor: from.party(1),
            money,
            message: self.nonce(),
        }
    }

    /// The payer's gate says yes.
    #[must_use]
    pub fn clearance(&self, from: &Bank, payment: &Payment) -> Signed<GateAttestation> {
        let attestation = GateAttestation {
            payment: payment.hash(),
            list_version: Hash32::ZERO,
            rule_version: 1,
            expires: self.now().after(LASTS_MS),
        };
        Signed::new(attestation, &from.gate().signer()).unwrap()
    }

    /// The payee says yes, to its account and its first customer.
    #[must_use]
    pub fn acceptance(&self, to: &Bank, payment: &Payment) -> Signed<Acceptance> {
        let credit: AccountId = self.account(to, payment.money.currency());
        let acceptance = Acceptance {
            payment: payment.hash(),
            credit,
            creditor: to.party(1),
            expires: self.now().after(LASTS_MS),
        };
        Signed::new(acceptance, &to.settlement().signer()).unwrap()
    }

    /// Holds the money of a payment.
    pub fn hold(&mut self, from: &Bank, payment: &Payment) -> SignedCommand {
        let gate = self.clearance(from, payment);
        let expires: LedgerTime = self.now().after(LASTS_MS);
        self.sign(&from.settlement(), Command::Hold(Hold { payment: *payment, gate, expires }))
    }

    /// Posts a held payment, accepted by its payee.
    pub fn post(&mut self, by: &Bank, to: &Bank, payment: &Payment) -> SignedCommand {
        let acceptance = self.acceptance(to, payment);
        self.sign(&by.settlement(), Command::Post(Post { leg: payment.leg.id(), acceptance }))
    }

    /// Voids a held payment.
    pub fn void(&mut self, by: &Bank, payment: &Payment, reason: VoidReason) -> SignedCommand {
        self.sign(&by.settlement(), Command::Void(Void { leg: payment.leg.id(), reason }))
    }

    /// Transfers at once, accepted by the payee.
    pub fn transfer(&mut self, from: &Bank, to: &Bank, payment: &Payment) -> SignedCommand {
        let (gate, acceptance) = (self.clearance(from, payment), self.acceptance(to, payment));
        let transfer = Transfer { payment: *payment, gate, acceptance };
        self.sign(&from.settlement(), Command::Transfer(transfer))
    }

    /// Closes a leg.
    pub fn close(&mut self, by: &Bank, leg: &Leg) -> SignedCommand {
        self.sign(&by.settlement(), Command::Close(*leg))
    }
}

/// Signs a body with the keys of these persons.
#[must_use]
pub fn sign(body: Body, by: &[&Actor]) -> SignedCommand {
    let signers: Vec<_> = by.iter().map(|actor| actor.signer()).collect();
    let signers: Vec<&dyn Signer> = signers.iter().map(|signer| signer as &dyn Signer).collect();
    SignedCommand::sign(body, &signers).unwrap()
}

/// The nullifier that the ledger derives for an entry of the custodian.
#[must_use]
pub fn entry_id(entry: &BankEntry) -> EntryId {
    EntryId::derive(&custodian_lei(), &entry.reserve, &entry.servicer_reference, entry.detail)
}
