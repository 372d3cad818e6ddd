/// Money that waits for a signed attestation: a bill of lading arrived, a register entry was made.
///
/// The payer names the attestor by its Ed25519 key, and the condition by bytes that both understand, as the hash of
/// a contract. Before the deadline the attestor's signature releases the money, whoever brings it; from the deadline
/// on it can only be refunded to its owner. What the attestor signs is `message`: it begins with a domain of its
/// own and names this very lock, so that a signature is good for nothing else on this ledger. A condition that
/// could be met on several networks names the network too.
module florin::attested {
    use std::bcs;
    use std::ed25519;
    use std::signer;
    use florin::claim::{Self, Claim};
    use florin::ledger;
    use florin::register::{Self, Register};

    /// The locks of one payer.
    struct Book has key { open: Register<Lock> }

    struct Lock has store {
        payee: address,
        attestor: vector<u8>,
        condition: vector<u8>,
        deadline_ms: u64,
        claim: Claim,
    }

    /// What the attestor signs, in BCS.
    struct Statement has drop {
        domain: vector<u8>,
        payer: address,
        number: u64,
        payee: address,
        currency: vector<u8>,
        minor: u128,
        condition: vector<u8>,
    }

    /// What sets these statements apart from all else that is signed.
    const DOMAIN: vector<u8> = b"florin/move/attested/1";

    /// The deadline has passed.
    const E_DEADLINE_PAST: u64 = 300;
    /// The deadline has not come.
    const E_NOT_DUE: u64 = 301;
    /// These bytes are no public key.
    const E_BAD_KEY: u64 = 302;
    /// This is not the attestor's signature of the statement.
    const E_BAD_SIGNATURE: u64 = 303;
    /// The payer has no locks.
    const E_NO_BOOK: u64 = 304;

    /// Locks a claim, and gives the number of the lock.
    public fun lock(
        payer: &signer,
        payee: address,
        claim: Claim,
        attestor: vector<u8>,
        condition: vector<u8>,
        deadline_ms: u64,
    ): u64 acquires Book {
        assert!(ledger::time_ms() < deadline_ms, E_DEADLINE_PAST);
        assert!(ed25519::validate_public_key(copy attestor), E_BAD_KEY);
        let at = signer::address_of(payer);
        if (!exists<Book>(at)) move_to(payer, Book { open: register::empty() });
        let lock = Lock { payee, attestor, condition, deadline_ms, claim };
        register::add(&mut borrow_global_mut<Book>(at).open, lock)
    }

    /// The same with money of the payer's account.
    public entry fun lock_from_account(
        payer: &signer,
        payee: address,
        currency: vector<u8>,
        minor: u128,
        attestor: vector<u8>,
        condition: vector<u8>,
        deadline_ms: u64,
    ) acquires Book {
        let claim = claim::withdraw(payer, currency, minor);
        lock(payer, payee, claim, attestor, condition, deadline_ms);
    }

    /// The bytes that the attestor signs to release a lock.
    public fun message(payer: address, number: u64): vector<u8> acquires Book {
        assert!(exists<Book>(payer), E_NO_BOOK);
        let lock = register::borrow(&borrow_global<Book>(payer).open, number);
        let statement = Statement {
            domain: DOMAIN,
            payer,
            number,
            payee: lock.payee,
            currency: claim::currency(&lock.claim),
            minor: claim::value(&lock.claim),
            condition: *&lock.condition,
        };
        bcs::to_bytes(&statement)
    }

    /// Pays the payee against the attestor's signature, before the deadline.
    public entry fun release(payer: address, number: u64, signature: vector<u8>) acquires Book {
        let message = message(payer, number);
        let Lock { payee, attestor, condition: _, deadline_ms, claim } = take(payer, number);
        assert!(ledger::time_ms() < deadline_ms, E_DEADLINE_PAST);
        assert!(ed25519::verify(signature, attestor, message), E_BAD_SIGNATURE);
        claim::deposit(claim, payee);
    }

    /// Gives the money back from the deadline on, whoever asks.
    public entry fun refund(payer: address, number: u64) acquires Book {
        let Lock { payee: _, attestor: _, condition: _, deadline_ms, claim } = take(payer, number);
        assert!(ledger::time_ms() >= deadline_ms, E_NOT_DUE);
        let owner = claim::owner(&claim);
        claim::deposit(claim, owner);
    }

    /// Whether a lock is neither released nor refunded.
    public fun is_locked(payer: address, number: u64): bool acquires Book {
        exists<Book>(payer) && register::contains(&borrow_global<Book>(payer).open, number)
    }

    /// The number that the payer's next lock gets.
    public fun next_number(payer: address): u64 acquires Book {
        if (exists<Book>(payer)) register::next(&borrow_global<Book>(payer).open) else 0
    }

    fun take(payer: address, number: u64): Lock acquires Book {
        assert!(exists<Book>(payer), E_NO_BOOK);
        register::remove(&mut borrow_global_mut<Book>(payer).open, number)
    }
}
