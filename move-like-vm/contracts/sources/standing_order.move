/// The same sum again and again: rent, interest, instalments.
///
/// The payer sets money aside for an order. From its first time on an instalment is due each period, so many in all;
/// whoever asks has what is due paid out, as far as the money goes. What is left after the last instalment, or when
/// the payer cancels, goes back to the owner; what is due when it cancels is paid first.
module florin::standing_order {
    use std::signer;
    use florin::claim::{Self, Claim};
    use florin::ledger;
    use florin::register::{Self, Register};

    /// The orders of one payer.
    struct Book has key { open: Register<Order> }

    struct Order has store {
        payee: address,
        each: u128,
        first_ms: u64,
        period_ms: u64,
        /// How many instalments there are in all.
        times: u64,
        /// How many of them are paid.
        paid: u64,
        claim: Claim,
    }

    /// An order has an amount, a period and at least one instalment.
    const E_TERMS: u64 = 600;
    /// Nothing is due that the order could pay.
    const E_NOTHING_DUE: u64 = 601;
    /// The payer has no orders.
    const E_NO_BOOK: u64 = 602;

    /// Sets a claim aside for an order, and gives the order's number.
    public fun open(
        payer: &signer,
        payee: address,
        claim: Claim,
        each: u128,
        first_ms: u64,
        period_ms: u64,
        times: u64,
    ): u64 acquires Book {
        assert!(each > 0 && period_ms > 0 && times > 0, E_TERMS);
        let at = signer::address_of(payer);
        if (!exists<Book>(at)) move_to(payer, Book { open: register::empty() });
        let order = Order { payee, each, first_ms, period_ms, times, paid: 0, claim };
        register::add(&mut borrow_global_mut<Book>(at).open, order)
    }

    /// The same with money of the payer's account, which need not be enough for all instalments.
    public entry fun open_from_account(
        payer: &signer,
        payee: address,
        currency: vector<u8>,
        minor: u128,
        each: u128,
        first_ms: u64,
        period_ms: u64,
        times: u64,
    ) acquires Book {
        let claim = claim::withdraw(payer, currency, minor);
        open(payer, payee, claim, each, first_ms, period_ms, times);
    }

    /// Sets more money of the payer's account aside.
    public entry fun top_up(payer: &signer, number: u64, minor: u128) acquires Book {
        let at = signer::address_of(payer);
        assert!(exists<Book>(at), E_NO_BOOK);
        let order = register::borrow_mut(&mut borrow_global_mut<Book>(at).open, number);
        let more = claim::withdraw(payer, claim::currency(&order.claim), minor);
        claim::join(&mut order.claim, more);
    }

    /// How many instalments are due now and not paid.
    public fun due(payer: address, number: u64): u64 acquires Book {
        assert!(exists<Book>(payer), E_NO_BOOK);
        due_of(register::borrow(&borrow_global<Book>(payer).open, number))
    }

    /// Pays what is due as far as the money goes, whoever asks. The last instalment ends the order.
    public entry fun collect(payer: address, number: u64) acquires Book {
        assert!(exists<Book>(payer), E_NO_BOOK);
        let orders = &mut borrow_global_mut<Book>(payer).open;
        let order = register::borrow_mut(orders, number);
        assert!(pay_due(order) > 0, E_NOTHING_DUE);
        if (order.paid == order.times) end(register::remove(orders, number));
    }

    /// Pays what is due as far as the money goes, and gives the rest back.
    public entry fun cancel(payer: &signer, number: u64) acquires Book {
        let at = signer::address_of(payer);
        assert!(exists<Book>(at), E_NO_BOOK);
        let order = register::remove(&mut borrow_global_mut<Book>(at).open, number);
        pay_due(&mut order);
        end(order);
    }

    /// Whether an order is neither finished nor cancelled.
    public fun is_open(payer: address, number: u64): bool acquires Book {
        exists<Book>(payer) && register::contains(&borrow_global<Book>(payer).open, number)
    }

    /// The number that the payer's next order gets.
    public fun next_number(payer: address): u64 acquires Book {
        if (exists<Book>(payer)) register::next(&borrow_global<Book>(payer).open) else 0
    }

    fun due_of(order: &Order): u64 {
        let now = ledger::time_ms();
        if (now < order.first_ms) return 0;
        let periods = (now - order.first_ms) / order.period_ms;
        let ripe = if (periods < order.times) periods + 1 else order.times;
        ripe - order.paid
    }

    /// Pays due instalments, and says how many.
    fun pay_due(order: &mut Order): u64 {
        let due = due_of(order);
        let funded = claim::value(&order.claim) / order.each;
        let count = if ((due as u128) < funded) due else (funded as u64);
        if (count > 0) {
            let sum = order.each * (count as u128);
            claim::deposit(claim::split(&mut order.claim, sum), order.payee);
            order.paid = order.paid + count;
        };
        count
    }

    fun end(order: Order) {
        let Order { payee: _, each: _, first_ms: _, period_ms: _, times: _, paid: _, claim } = order;
        if (claim::value(&claim) == 0) {
            claim::destroy_empty(claim);
        } else {
            let owner = claim::owner(&claim);
            claim::deposit(claim, owner);
        }
    }
}
