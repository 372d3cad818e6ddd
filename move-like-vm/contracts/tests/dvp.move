/// What a bank's own module may deliver.
#[test_only]
module florin::bond {
    struct Bond has store { units: u64 }

    public fun issue(units: u64): Bond { Bond { units } }
    public fun cancel(bond: Bond): u64 { let Bond { units } = bond; units }
}

#[test_only]
module florin::dvp_tests {
    use florin::bond::{Self, Bond};
    use florin::claim;
    use florin::dvp;
    use florin::scene;
    use florin::testing;

    /// 0xa offers ten bonds to 0xb for 500 dollars.
    fun offer(a: &signer) {
        scene::begin();
        assert!(dvp::offer(a, bond::issue(10), @0xb, b"USD", 500, 2000) == 0, 10);
    }

    #[test(a = @0xa, b = @0xb)]
    fun the_bond_goes_one_way_and_the_money_the_other(a: &signer, b: &signer) {
        offer(a);
        let (bond, owed) = dvp::take<Bond>(b, @0xa, 0);
        let (to, currency, minor) = dvp::owed(&owed);
        assert!(to == @0xa && minor == 500, 11);
        dvp::pay(owed, claim::withdraw(b, currency, minor));
        scene::has(@0xa, b"USD", 500);
        assert!(bond::cancel(bond) == 10, 12);
        scene::end();
    }

    /// The buyer pays with what it gets for the bond in the same call.
    #[test(a = @0xa, b = @0xb, c = @0xc)]
    fun a_bond_is_sold_on_before_it_is_paid(a: &signer, b: &signer, c: &signer) {
        offer(a);
        testing::set_balance(@0xb, b"USD", 0);
        testing::set_balance(@0xc, b"USD", 600);
        let (bond, owed) = dvp::take<Bond>(b, @0xa, 0);
        dvp::offer(b, bond, @0xc, b"USD", 600, 2000);
        let (bond, owed_to_b) = dvp::take<Bond>(c, @0xb, 0);
        dvp::pay(owed_to_b, claim::withdraw(c, b"USD", 600));
        dvp::pay(owed, claim::withdraw(b, b"USD", 500));
        scene::has(@0xb, b"USD", 100);
        scene::has(@0xa, b"USD", 500);
        bond::cancel(bond);
        scene::end();
    }

    /// A claim is a thing too: money against money.
    #[test(a = @0xa, b = @0xb)]
    fun a_claim_is_delivered(a: &signer, b: &signer) {
        scene::begin();
        dvp::offer(a, claim::withdraw(a, b"EUR", 100), @0xb, b"USD", 110, 2000);
        let (euros, owed) = dvp::take<claim::Claim>(b, @0xa, 0);
        dvp::pay(owed, claim::withdraw(b, b"USD", 110));
        claim::deposit(euros, @0xb);
        scene::has(@0xb, b"EUR", 100);
        scene::has(@0xa, b"USD", 110);
        scene::end();
    }

    #[test(a = @0xa)]
    fun the_seller_takes_back_what_nobody_took(a: &signer) {
        offer(a);
        testing::set_time_ms(3000);
        assert!(bond::cancel(dvp::take_back<Bond>(a, 0)) == 10, 11);
    }

    fun take_and_pay(b: &signer, currency: vector<u8>, minor: u128) {
        let (bond, owed) = dvp::take<Bond>(b, @0xa, 0);
        dvp::pay(owed, claim::withdraw(b, currency, minor));
        bond::cancel(bond);
    }

    #[test(a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::dvp::E_NOT_THE_PRICE)]
    fun less_is_not_the_price(a: &signer, b: &signer) {
        offer(a);
        take_and_pay(b, b"USD", 499);
    }

    #[test(a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::dvp::E_NOT_THE_PRICE)]
    fun more_is_not_the_price(a: &signer, b: &signer) {
        offer(a);
        take_and_pay(b, b"USD", 501);
    }

    #[test(a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::dvp::E_NOT_THE_PRICE)]
    fun another_currency_is_not_the_price(a: &signer, b: &signer) {
        offer(a);
        testing::set_balance(@0xb, b"EUR", 500);
        take_and_pay(b, b"EUR", 500);
    }

    #[test(a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::dvp::E_EXPIRED)]
    fun an_offer_has_its_time(a: &signer, b: &signer) {
        offer(a);
        testing::set_time_ms(2000);
        take_and_pay(b, b"USD", 500);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::dvp::E_EXPIRED)]
    fun an_offer_begins_before_it_ends(a: &signer) {
        scene::begin();
        dvp::offer(a, bond::issue(10), @0xb, b"USD", 500, 1000);
    }

    #[test(a = @0xa, c = @0xc)]
    #[expected_failure(abort_code = florin::dvp::E_NOT_BUYER)]
    fun nobody_else_takes_it(a: &signer, c: &signer) {
        offer(a);
        take_and_pay(c, b"USD", 500);
    }

    #[test(a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::dvp::E_NO_OFFERS)]
    fun nobody_else_takes_it_back(a: &signer, b: &signer) {
        offer(a);
        bond::cancel(dvp::take_back<Bond>(b, 0));
    }

    #[test(a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::register::E_UNKNOWN)]
    fun an_offer_is_taken_once(a: &signer, b: &signer) {
        offer(a);
        take_and_pay(b, b"USD", 500);
        take_and_pay(b, b"USD", 500);
    }
}
