/// Money that waits for its payer's word.
///
/// The payer opens an escrow for a payee. It pays out when the payer says so; the payee may decline, and from the
/// deadline on anyone may have it refunded. Refunds go to the owner of the money.
module florin::escrow {
    use std::signer;
    use florin::claim::{Self, Claim};
    use florin::event;
    use florin::ledger;
    use florin::register::{Self, Register};

    /// The escrows of one payer.
    struct Book has key { open: Register<Escrow> }

    struct Escrow has store { payee: address, deadline_ms: u64, claim: Claim }

    /// An escrow was opened.
    struct Opened has copy, drop { payer: address, number: u64, payee: address, minor: u128, deadline_ms: u64 }

    /// An escrow has ended: the payee was paid, or the money went back.
    struct Ended has copy, drop { payer: address, number: u64, paid: bool }

    /// The deadline has passed already.
    const E_DEADLINE_PAST: u64 = 200;
    /// The deadline has not come.
    const E_NOT_DUE: u64 = 201;
    /// Only the payee may decline.
    const E_NOT_PAYEE: u64 = 202;
    /// The payer has no escrows.
    const E_NO_BOOK: u64 = 203;

    /// Opens an escrow over a claim, and gives its number.
    public fun open(payer: &signer, payee: address, claim: Claim, deadline_ms: u64): u64 acquires Book {
        assert!(ledger::time_ms() < deadline_ms, E_DEADLINE_PAST);
        let at = signer::address_of(payer);
        if (!exists<Book>(at)) move_to(payer, Book { open: register::empty() });
        let minor = claim::value(&claim);
        let number = register::add(&mut borrow_global_mut<Book>(at).open, Escrow { payee, deadline_ms, claim });
        event::emit(Opened { payer: at, number, payee, minor, deadline_ms });
        number
    }

    /// The same with money of the payer's account.
    public entry fun open_from_account(
        payer: &signer,
        payee: address,
        currency: vector<u8>,
        minor: u128,
        deadline_ms: u64,
    ) acquires Book {
        open(payer, payee, claim::withdraw(payer, currency, minor), deadline_ms);
    }

    /// Pays the payee. The payer may do so as long as the escrow is open.
    public entry fun release(payer: &signer, number: u64) acquires Book {
        let at = signer::address_of(payer);
        let Escrow { payee, deadline_ms: _, claim } = take(at, number);
        claim::deposit(claim, payee);
        event::emit(Ended { payer: at, number, paid: true });
    }

    /// Gives the money back at any time, which only the payee may do.
    public entry fun decline(payee: &signer, payer: address, number: u64) acquires Book {
        let escrow = take(payer, number);
        assert!(signer::address_of(payee) == escrow.payee, E_NOT_PAYEE);
        give_back(escrow);
        event::emit(Ended { payer, number, paid: false });
    }

    /// Gives the money back from the deadline on, whoever asks.
    public entry fun refund(payer: address, number: u64) acquires Book {
        let escrow = take(payer, number);
        assert!(ledger::time_ms() >= escrow.deadline_ms, E_NOT_DUE);
        give_back(escrow);
        event::emit(Ended { payer, number, paid: false });
    }

    /// Whether an escrow is neither paid nor given back.
    public fun is_open(payer: address, number: u64): bool acquires Book {
        exists<Book>(payer) && register::contains(&borrow_global<Book>(payer).open, number)
    }

    /// The number that the payer's next escrow gets.
    public fun next_number(payer: address): u64 acquires Book {
        if (exists<Book>(payer)) register::next(&borrow_global<Book>(payer).open) else 0
    }

    fun take(payer: address, number: u64): Escrow acquires Book {
        assert!(exists<Book>(payer), E_NO_BOOK);
        register::remove(&mut borrow_global_mut<Book>(payer).open, number)
    }

    fun give_back(escrow: Escrow) {
        let Escrow { payee: _, deadline_ms: _, claim } = escrow;
        let owner = claim::owner(&claim);
        claim::deposit(claim, owner);
    }
}
