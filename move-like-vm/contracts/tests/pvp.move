#[test_only]
module florin::pvp_tests {
    use florin::claim;
    use florin::pvp;
    use florin::scene;
    use florin::testing;

    #[test(a = @0xa, b = @0xb)]
    fun both_payments_are_made(a: &signer, b: &signer) {
        scene::begin();
        pvp::exchange(a, b, b"EUR", 100, b"USD", 110);
        scene::has(@0xa, b"EUR", 900);
        scene::has(@0xa, b"USD", 110);
        scene::has(@0xb, b"EUR", 100);
        scene::has(@0xb, b"USD", 890);
        scene::end();
    }

    #[test(a = @0xa, b = @0xb, c = @0xc)]
    fun another_may_bring_the_money(a: &signer, b: &signer, c: &signer) {
        scene::begin();
        let agreed = pvp::agree(a, b, b"EUR", 100, b"USD", 110);
        let half = pvp::pay_one(agreed, claim::withdraw(c, b"EUR", 100));
        pvp::pay_other(half, claim::withdraw(b, b"USD", 110));
        scene::has(@0xa, b"EUR", 1000);
        scene::has(@0xa, b"USD", 110);
        scene::has(@0xb, b"EUR", 100);
        scene::end();
    }

    #[test(a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::claim::REFUSED_FUNDS)]
    fun neither_is_made_if_one_cannot(a: &signer, b: &signer) {
        scene::begin();
        pvp::exchange(a, b, b"EUR", 100, b"USD", 1001);
    }

    #[test(a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::claim::REFUSED_FROZEN)]
    fun a_side_that_is_frozen_between_the_payments_pays_nobody(a: &signer, b: &signer) {
        scene::begin();
        let agreed = pvp::agree(a, b, b"EUR", 100, b"USD", 110);
        let half = pvp::pay_one(agreed, claim::withdraw(a, b"EUR", 100));
        testing::freeze_account(@0xa);
        pvp::pay_other(half, claim::withdraw(b, b"USD", 110));
    }

    #[test(a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::pvp::E_AMOUNT)]
    fun the_first_amount_is_the_agreed_one(a: &signer, b: &signer) {
        scene::begin();
        let agreed = pvp::agree(a, b, b"EUR", 100, b"USD", 110);
        let half = pvp::pay_one(agreed, claim::withdraw(a, b"EUR", 99));
        pvp::pay_other(half, claim::withdraw(b, b"USD", 110));
    }

    #[test(a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::pvp::E_AMOUNT)]
    fun the_second_amount_is_the_agreed_one(a: &signer, b: &signer) {
        scene::begin();
        let agreed = pvp::agree(a, b, b"EUR", 100, b"USD", 110);
        let half = pvp::pay_one(agreed, claim::withdraw(a, b"EUR", 100));
        pvp::pay_other(half, claim::withdraw(b, b"USD", 111));
    }

    #[test(a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::pvp::E_CURRENCY)]
    fun the_currency_is_the_agreed_one(a: &signer, b: &signer) {
        scene::begin();
        testing::set_balance(@0xa, b"USD", 100);
        let agreed = pvp::agree(a, b, b"EUR", 100, b"USD", 110);
        let half = pvp::pay_one(agreed, claim::withdraw(a, b"USD", 100));
        pvp::pay_other(half, claim::withdraw(b, b"USD", 110));
    }

    #[test(a = @0xa, again = @0xa)]
    #[expected_failure(abort_code = florin::pvp::E_SAME_ACCOUNT)]
    fun an_exchange_has_two_sides(a: &signer, again: &signer) {
        scene::begin();
        pvp::exchange(a, again, b"EUR", 100, b"USD", 110);
    }

    #[test(a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::pvp::E_SAME_CURRENCY)]
    fun an_exchange_has_two_currencies(a: &signer, b: &signer) {
        scene::begin();
        pvp::exchange(a, b, b"EUR", 100, b"EUR", 110);
    }
}
