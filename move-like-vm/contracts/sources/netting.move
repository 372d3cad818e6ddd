/// A pool in which members owe each other, and settle many debts at once with little money.
///
/// The operator admits members. They put money into the pool as claims, which stay theirs, and enter what they owe.
/// The operator picks a set of debts and settles it: per member and currency only the difference moves, out of the
/// debtors' claims to the creditors' accounts, all of it or nothing. It moves nothing that a
/// debtor did not enter, and per currency what is taken is what is paid.
module florin::netting {
    use std::signer;
    use std::vector;
    use florin::claim::{Self, Claim};
    use florin::register::{Self, Register};

    struct Pool has key {
        members: vector<address>,
        /// At most one claim per owner and currency.
        claims: vector<Claim>,
        debts: Register<Debt>,
    }

    struct Debt has drop, store { debtor: address, creditor: address, currency: vector<u8>, minor: u128 }

    /// What a member gives and gets in one currency within a set.
    struct Position has drop { member: address, currency: vector<u8>, gives: u128, gets: u128 }

    /// How many members a pool has at most.
    const MEMBERS_MAX: u64 = 64;
    /// How many debts a set has at most.
    const SET_MAX: u64 = 64;
    /// How many claims a pool holds at most.
    const CLAIMS_MAX: u64 = 256;

    /// There is a pool already.
    const E_EXISTS: u64 = 800;
    /// There is no pool.
    const E_NO_POOL: u64 = 801;
    /// The claim is of another owner.
    const E_NOT_OWNER: u64 = 802;
    /// The pool holds as many claims as it may.
    const E_FULL: u64 = 803;
    /// The member has no such claim in the pool, or it is too small.
    const E_UNFUNDED: u64 = 804;
    /// A debt has an amount and two sides.
    const E_TERMS: u64 = 805;
    /// Only the creditor and the operator may do this.
    const E_NOT_CREDITOR: u64 = 806;
    /// A set has at least one debt, and not more than the greatest number.
    const E_SET: u64 = 807;
    /// In some currency another sum would be paid than is taken.
    const E_NOT_CONSERVED: u64 = 808;
    /// Only members may do this, and only members are owed.
    const E_NOT_MEMBER: u64 = 809;
    /// The account is a member already, or the pool has as many as it may.
    const E_MEMBERS: u64 = 810;

    /// Opens a pool under the operator's account.
    public entry fun open(operator: &signer) {
        assert!(!exists<Pool>(signer::address_of(operator)), E_EXISTS);
        move_to(operator, Pool { members: vector[], claims: vector[], debts: register::empty() });
    }

    /// Admits a member.
    public entry fun admit(operator: &signer, member: address) acquires Pool {
        let at = signer::address_of(operator);
        assert!(exists<Pool>(at), E_NO_POOL);
        let members = &mut borrow_global_mut<Pool>(at).members;
        assert!(!vector::contains(members, &member), E_MEMBERS);
        assert!(vector::length(members) < MEMBERS_MAX, E_MEMBERS);
        vector::push_back(members, member);
    }

    /// Lets a member go. It puts in and enters nothing more; its money comes back when it takes it.
    public entry fun dismiss(operator: &signer, member: address) acquires Pool {
        let at = signer::address_of(operator);
        assert!(exists<Pool>(at), E_NO_POOL);
        let members = &mut borrow_global_mut<Pool>(at).members;
        let (found, index) = vector::index_of(members, &member);
        assert!(found, E_NOT_MEMBER);
        vector::remove(members, index);
    }

    /// Puts a claim of one's own into a pool.
    public fun put(member: &signer, pool: address, claim: Claim) acquires Pool {
        assert!(exists<Pool>(pool), E_NO_POOL);
        let at = signer::address_of(member);
        assert!(claim::owner(&claim) == at, E_NOT_OWNER);
        let pool = borrow_global_mut<Pool>(pool);
        assert!(vector::contains(&pool.members, &at), E_NOT_MEMBER);
        let claims = &mut pool.claims;
        let (found, index) = find(claims, at, &claim::currency(&claim));
        if (found) {
            claim::join(vector::borrow_mut(claims, index), claim);
        } else {
            assert!(vector::length(claims) < CLAIMS_MAX, E_FULL);
            vector::push_back(claims, claim);
        }
    }

    /// The same with money of the member's account.
    public entry fun put_from_account(
        member: &signer,
        pool: address,
        currency: vector<u8>,
        minor: u128,
    ) acquires Pool {
        put(member, pool, claim::withdraw(member, currency, minor));
    }

    /// Gives a member back all that it has in the pool in a currency. A set that needs it then fails.
    public entry fun take_back(member: &signer, pool: address, currency: vector<u8>) acquires Pool {
        assert!(exists<Pool>(pool), E_NO_POOL);
        let at = signer::address_of(member);
        let claims = &mut borrow_global_mut<Pool>(pool).claims;
        let (found, index) = find(claims, at, &currency);
        assert!(found, E_UNFUNDED);
        claim::deposit(vector::remove(claims, index), at);
    }

    /// Enters what one owes.
    public entry fun owe(
        debtor: &signer,
        pool: address,
        creditor: address,
        currency: vector<u8>,
        minor: u128,
    ) acquires Pool {
        assert!(exists<Pool>(pool), E_NO_POOL);
        let debtor = signer::address_of(debtor);
        assert!(minor > 0 && debtor != creditor, E_TERMS);
        let pool = borrow_global_mut<Pool>(pool);
        assert!(vector::contains(&pool.members, &debtor), E_NOT_MEMBER);
        assert!(vector::contains(&pool.members, &creditor), E_NOT_MEMBER);
        register::add(&mut pool.debts, Debt { debtor, creditor, currency, minor });
    }

    /// Takes a debt out of the pool, which its creditor and the operator may do. What is owed outside stays owed.
    public entry fun strike(by: &signer, pool: address, number: u64) acquires Pool {
        assert!(exists<Pool>(pool), E_NO_POOL);
        let debt = register::remove(&mut borrow_global_mut<Pool>(pool).debts, number);
        let by = signer::address_of(by);
        assert!(by == debt.creditor || by == pool, E_NOT_CREDITOR);
    }

    /// Settles a set of debts by their numbers, all or none.
    public entry fun settle(operator: &signer, numbers: vector<u64>) acquires Pool {
        let at = signer::address_of(operator);
        assert!(exists<Pool>(at), E_NO_POOL);
        let count = vector::length(&numbers);
        assert!(count > 0 && count <= SET_MAX, E_SET);
        let pool = borrow_global_mut<Pool>(at);
        let positions = vector[];
        while (!vector::is_empty(&numbers)) {
            let debt = register::remove(&mut pool.debts, vector::pop_back(&mut numbers));
            let Debt { debtor, creditor, currency, minor } = debt;
            let from = position(&mut positions, debtor, &currency);
            from.gives = from.gives + minor;
            let to = position(&mut positions, creditor, &currency);
            to.gets = to.gets + minor;
        };
        move_money(&mut pool.claims, &positions);
    }

    /// What a member has in the pool in a currency.
    public fun funds(pool: address, member: address, currency: vector<u8>): u128 acquires Pool {
        assert!(exists<Pool>(pool), E_NO_POOL);
        let claims = &borrow_global<Pool>(pool).claims;
        let (found, index) = find(claims, member, &currency);
        if (found) claim::value(vector::borrow(claims, index)) else 0
    }

    /// Whether a debt is neither settled nor struck.
    public fun is_owed(pool: address, number: u64): bool acquires Pool {
        exists<Pool>(pool) && register::contains(&borrow_global<Pool>(pool).debts, number)
    }

    /// The number that the next debt gets.
    public fun next_number(pool: address): u64 acquires Pool {
        assert!(exists<Pool>(pool), E_NO_POOL);
        register::next(&borrow_global<Pool>(pool).debts)
    }

    fun find(claims: &vector<Claim>, owner: address, currency: &vector<u8>): (bool, u64) {
        let index = 0;
        let count = vector::length(claims);
        while (index < count) {
            let claim = vector::borrow(claims, index);
            if (claim::owner(claim) == owner && &claim::currency(claim) == currency) return (true, index);
            index = index + 1;
        };
        (false, 0)
    }

    fun position(positions: &mut vector<Position>, member: address, currency: &vector<u8>): &mut Position {
        let index = 0;
        let count = vector::length(positions);
        while (index < count) {
            let known = vector::borrow(positions, index);
            if (known.member == member && &known.currency == currency) break;
            index = index + 1;
        };
        if (index == count) {
            vector::push_back(positions, Position { member, currency: *currency, gives: 0, gets: 0 });
        };
        vector::borrow_mut(positions, index)
    }

    /// Whether in the currency of a position all differences together are nothing.
    fun is_conserved(positions: &vector<Position>, currency: &vector<u8>): bool {
        let (index, given, got) = (0, 0u128, 0u128);
        while (index < vector::length(positions)) {
            let position = vector::borrow(positions, index);
            if (&position.currency == currency) {
                if (position.gives > position.gets) given = given + (position.gives - position.gets)
                else got = got + (position.gets - position.gives);
            };
            index = index + 1;
        };
        given == got
    }

    /// Takes every difference from those who give, then pays those who get.
    fun move_money(claims: &mut vector<Claim>, positions: &vector<Position>) {
        let count = vector::length(positions);
        let taken = vector[];
        let index = 0;
        while (index < count) {
            let position = vector::borrow(positions, index);
            assert!(is_conserved(positions, &position.currency), E_NOT_CONSERVED);
            if (position.gives > position.gets) {
                vector::push_back(&mut taken, draw(claims, position, position.gives - position.gets));
            };
            index = index + 1;
        };
        index = 0;
        while (index < count) {
            let position = vector::borrow(positions, index);
            if (position.gets > position.gives) {
                pay(&mut taken, position, position.gets - position.gives);
            };
            index = index + 1;
        };
        // Refused if a claim is left: what was taken is paid.
        vector::destroy_empty(taken);
    }

    fun draw(claims: &mut vector<Claim>, position: &Position, minor: u128): Claim {
        let (found, index) = find(claims, position.member, &position.currency);
        assert!(found, E_UNFUNDED);
        let held = claim::value(vector::borrow(claims, index));
        assert!(held >= minor, E_UNFUNDED);
        if (held == minor) {
            vector::remove(claims, index)
        } else {
            claim::split(vector::borrow_mut(claims, index), minor)
        }
    }

    /// Pays one member out of what was taken, whose sum in each currency is what all together get.
    fun pay(taken: &mut vector<Claim>, position: &Position, left: u128) {
        let index = 0;
        while (left > 0) {
            assert!(index < vector::length(taken), E_NOT_CONSERVED);
            let claim = vector::borrow_mut(taken, index);
            if (&claim::currency(claim) != &position.currency) {
                index = index + 1;
                continue
            };
            let value = claim::value(claim);
            if (value <= left) {
                claim::deposit(vector::remove(taken, index), position.member);
                left = left - value;
            } else {
                claim::deposit(claim::split(claim, left), position.member);
                left = 0;
            }
        }
    }

    #[test_only]
    fun move_nothing(positions: vector<Position>) {
        let claims = vector[];
        move_money(&mut claims, &positions);
        vector::destroy_empty(claims);
    }

    #[test]
    #[expected_failure(abort_code = E_NOT_CONSERVED)]
    fun more_would_be_paid_than_is_taken() {
        move_nothing(vector[Position { member: @0xa, currency: b"EUR", gives: 1, gets: 2 }]);
    }

    #[test]
    #[expected_failure(abort_code = E_NOT_CONSERVED)]
    fun one_currency_does_not_make_up_for_another() {
        move_nothing(vector[
            Position { member: @0xa, currency: b"EUR", gives: 5, gets: 0 },
            Position { member: @0xb, currency: b"USD", gives: 0, gets: 5 },
        ]);
    }

    #[test]
    fun what_is_owed_both_ways_moves_nothing() {
        move_nothing(vector[
            Position { member: @0xa, currency: b"EUR", gives: 5, gets: 5 },
            Position { member: @0xb, currency: b"EUR", gives: 5, gets: 5 },
        ]);
    }
}
