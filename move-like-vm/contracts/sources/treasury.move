/// Money that several persons dispose of together: m of n.
///
/// A treasury has fixed members and says how many of them a payment needs. Money comes in as pots, each a claim with
/// its own owner, since claims of two owners do not mix. A proposal names payee, amount and the pots to draw on, in
/// their order; members approve the whole of it, and any of them executes it once there are enough. A pot whose
/// owner is frozen pays nobody else: a proposal that draws on it fails, and another names other pots.
module florin::treasury {
    use std::signer;
    use std::vector;
    use florin::claim::{Self, Claim};
    use florin::ledger;
    use florin::register::{Self, Register};

    struct Treasury has key {
        members: vector<address>,
        /// How many proposals each member has open.
        open: vector<u64>,
        needed: u64,
        pots: Register<Claim>,
        proposals: Register<Proposal>,
    }

    struct Proposal has drop, store {
        payee: address,
        currency: vector<u8>,
        minor: u128,
        pots: vector<u64>,
        until_ms: u64,
        /// The proposer by its place among the members, and those who approve.
        proposer: u64,
        approvals: vector<u64>,
    }

    /// How many members a treasury has at most.
    const MEMBERS_MAX: u64 = 32;
    /// How many proposals a member has open at most, so that nobody keeps the others from proposing.
    const OPEN_MAX: u64 = 8;
    /// How many pots a proposal draws on at most.
    const POTS_MAX: u64 = 32;

    /// There are no members, too many, or one is named twice.
    const E_MEMBERS: u64 = 700;
    /// At least one approval is needed, and no more than there are members.
    const E_NEEDED: u64 = 701;
    /// There is a treasury already.
    const E_EXISTS: u64 = 702;
    /// There is no treasury.
    const E_NO_TREASURY: u64 = 703;
    /// Only members may do this.
    const E_NOT_MEMBER: u64 = 704;
    /// The proposal's time is over.
    const E_EXPIRED: u64 = 705;
    /// The proposal's time is not over.
    const E_NOT_EXPIRED: u64 = 706;
    /// This member has approved.
    const E_APPROVED: u64 = 707;
    /// This member has not approved.
    const E_NOT_APPROVED: u64 = 708;
    /// Too few members have approved.
    const E_TOO_FEW: u64 = 709;
    /// A pot has another currency.
    const E_CURRENCY: u64 = 710;
    /// The pots hold less, or the amount is zero, or the pots are too many.
    const E_POTS: u64 = 711;
    /// The member has as many proposals open as it may.
    const E_OPEN: u64 = 712;

    /// Opens a treasury under the founder's account. The founder is a member only if it is named.
    public entry fun open(founder: &signer, members: vector<address>, needed: u64) {
        let count = vector::length(&members);
        assert!(count > 0 && count <= MEMBERS_MAX, E_MEMBERS);
        assert!(needed > 0 && needed <= count, E_NEEDED);
        let (index, open) = (0, vector[]);
        while (index < count) {
            vector::push_back(&mut open, 0);
            let (_, first) = vector::index_of(&members, vector::borrow(&members, index));
            assert!(first == index, E_MEMBERS);
            index = index + 1;
        };
        assert!(!exists<Treasury>(signer::address_of(founder)), E_EXISTS);
        let (pots, proposals) = (register::empty(), register::empty());
        move_to(founder, Treasury { members, open, needed, pots, proposals });
    }

    /// Adds a claim as a pot, and gives the pot's number. Members decide what comes in.
    public fun fund(member: &signer, treasury: address, claim: Claim): u64 acquires Treasury {
        assert!(exists<Treasury>(treasury), E_NO_TREASURY);
        let treasury = borrow_global_mut<Treasury>(treasury);
        place_of(treasury, member);
        register::add(&mut treasury.pots, claim)
    }

    /// The same with money of the member's account.
    public entry fun fund_from_account(
        member: &signer,
        treasury: address,
        currency: vector<u8>,
        minor: u128,
    ) acquires Treasury {
        fund(member, treasury, claim::withdraw(member, currency, minor));
    }

    /// The same with money of another's account, which signs too.
    public entry fun fund_from_other(
        owner: &signer,
        member: &signer,
        treasury: address,
        currency: vector<u8>,
        minor: u128,
    ) acquires Treasury {
        fund(member, treasury, claim::withdraw(owner, currency, minor));
    }

    /// Proposes a payment, which its proposer approves.
    public entry fun propose(
        member: &signer,
        treasury: address,
        payee: address,
        currency: vector<u8>,
        minor: u128,
        pots: vector<u64>,
        until_ms: u64,
    ) acquires Treasury {
        assert!(ledger::time_ms() < until_ms, E_EXPIRED);
        assert!(minor > 0 && vector::length(&pots) <= POTS_MAX, E_POTS);
        assert!(exists<Treasury>(treasury), E_NO_TREASURY);
        let treasury = borrow_global_mut<Treasury>(treasury);
        let proposer = place_of(treasury, member);
        let open = vector::borrow_mut(&mut treasury.open, proposer);
        assert!(*open < OPEN_MAX, E_OPEN);
        *open = *open + 1;
        let approvals = vector[proposer];
        let proposal = Proposal { payee, currency, minor, pots, until_ms, proposer, approvals };
        register::add(&mut treasury.proposals, proposal);
    }

    /// Approves a proposal.
    public entry fun approve(member: &signer, treasury: address, number: u64) acquires Treasury {
        assert!(exists<Treasury>(treasury), E_NO_TREASURY);
        let treasury = borrow_global_mut<Treasury>(treasury);
        let approver = place_of(treasury, member);
        let proposal = register::borrow_mut(&mut treasury.proposals, number);
        assert!(ledger::time_ms() < proposal.until_ms, E_EXPIRED);
        assert!(!vector::contains(&proposal.approvals, &approver), E_APPROVED);
        vector::push_back(&mut proposal.approvals, approver);
    }

    /// Takes an approval back. A proposal that nobody approves any more ends.
    public entry fun withdraw_approval(member: &signer, treasury: address, number: u64) acquires Treasury {
        assert!(exists<Treasury>(treasury), E_NO_TREASURY);
        let treasury = borrow_global_mut<Treasury>(treasury);
        let approver = place_of(treasury, member);
        let proposal = register::borrow_mut(&mut treasury.proposals, number);
        let (found, index) = vector::index_of(&proposal.approvals, &approver);
        assert!(found, E_NOT_APPROVED);
        vector::remove(&mut proposal.approvals, index);
        if (vector::is_empty(&proposal.approvals)) {
            take(treasury, number);
        }
    }

    /// Pays what enough members have approved, from the pots that the proposal names.
    public entry fun execute(member: &signer, treasury: address, number: u64) acquires Treasury {
        assert!(exists<Treasury>(treasury), E_NO_TREASURY);
        let treasury = borrow_global_mut<Treasury>(treasury);
        place_of(treasury, member);
        let Proposal { payee, currency, minor, pots, until_ms, proposer: _, approvals } =
            take(treasury, number);
        assert!(ledger::time_ms() < until_ms, E_EXPIRED);
        assert!(vector::length(&approvals) >= treasury.needed, E_TOO_FEW);
        let (left, index) = (minor, 0);
        while (left > 0) {
            assert!(index < vector::length(&pots), E_POTS);
            left = left - draw(&mut treasury.pots, *vector::borrow(&pots, index), &currency, left, payee);
            index = index + 1;
        }
    }

    /// Ends a proposal whose time is over, whoever asks.
    public entry fun clear_expired(treasury: address, number: u64) acquires Treasury {
        assert!(exists<Treasury>(treasury), E_NO_TREASURY);
        let proposal = take(borrow_global_mut<Treasury>(treasury), number);
        assert!(ledger::time_ms() >= proposal.until_ms, E_NOT_EXPIRED);
    }

    /// How many members approve a proposal.
    public fun approvals(treasury: address, number: u64): u64 acquires Treasury {
        assert!(exists<Treasury>(treasury), E_NO_TREASURY);
        let proposals = &borrow_global<Treasury>(treasury).proposals;
        vector::length(&register::borrow(proposals, number).approvals)
    }

    /// Whether a proposal is neither executed nor ended.
    public fun is_open(treasury: address, number: u64): bool acquires Treasury {
        exists<Treasury>(treasury)
            && register::contains(&borrow_global<Treasury>(treasury).proposals, number)
    }

    /// The place of a member among the members.
    fun place_of(treasury: &Treasury, member: &signer): u64 {
        let (found, place) = vector::index_of(&treasury.members, &signer::address_of(member));
        assert!(found, E_NOT_MEMBER);
        place
    }

    /// Takes a proposal out, which its proposer then has open no more.
    fun take(treasury: &mut Treasury, number: u64): Proposal {
        let proposal = register::remove(&mut treasury.proposals, number);
        let open = vector::borrow_mut(&mut treasury.open, proposal.proposer);
        *open = *open - 1;
        proposal
    }

    /// Pays from one pot: all of it if no more is asked, else a part. Says how much.
    fun draw(pots: &mut Register<Claim>, number: u64, currency: &vector<u8>, left: u128, payee: address): u128 {
        let pot = register::borrow_mut(pots, number);
        assert!(&claim::currency(pot) == currency, E_CURRENCY);
        let value = claim::value(pot);
        if (value <= left) {
            claim::deposit(register::remove(pots, number), payee);
            value
        } else {
            claim::deposit(claim::split(pot, left), payee);
            left
        }
    }
}
