#[test_only]
module florin::standing_order_tests {
    use florin::scene;
    use florin::standing_order;
    use florin::testing;

    /// 0xa pays 0xb 100 euros at 2000, 2010 and 2020, for which it sets so much aside.
    fun open(a: &signer, minor: u128) {
        scene::begin();
        standing_order::open_from_account(a, @0xb, b"EUR", minor, 100, 2000, 10, 3);
    }

    fun due(time_ms: u64): u64 {
        testing::set_time_ms(time_ms);
        standing_order::due(@0xa, 0)
    }

    #[test(a = @0xa)]
    fun an_instalment_is_due_each_period(a: &signer) {
        open(a, 300);
        assert!(due(0) == 0 && due(1999) == 0 && due(2000) == 1, 10);
        assert!(due(2009) == 1 && due(2010) == 2 && due(2020) == 3, 11);
        assert!(due(2030) == 3 && due(18446744073709551615) == 3, 12);
        testing::set_time_ms(2000);
        standing_order::collect(@0xa, 0);
        assert!(due(2009) == 0 && due(2010) == 1, 13);
        standing_order::cancel(a, 0);
    }

    #[test(a = @0xa)]
    fun what_is_due_is_paid_and_the_rest_goes_back(a: &signer) {
        open(a, 350);
        testing::set_time_ms(2000);
        standing_order::collect(@0xa, 0);
        scene::has(@0xb, b"EUR", 100);
        testing::set_time_ms(2020);
        standing_order::collect(@0xa, 0);
        scene::has(@0xb, b"EUR", 300);
        scene::has(@0xa, b"EUR", 700);
        assert!(!standing_order::is_open(@0xa, 0) && standing_order::next_number(@0xa) == 1, 10);
        scene::end();
    }

    #[test(a = @0xa)]
    fun a_payer_that_cancels_pays_what_is_due(a: &signer) {
        open(a, 300);
        testing::set_time_ms(2010);
        standing_order::cancel(a, 0);
        scene::has(@0xb, b"EUR", 200);
        scene::has(@0xa, b"EUR", 800);
        scene::end();
    }

    #[test(a = @0xa)]
    fun an_order_that_pays_out_all_ends_empty(a: &signer) {
        open(a, 300);
        testing::set_time_ms(3000);
        standing_order::collect(@0xa, 0);
        scene::has(@0xb, b"EUR", 300);
        scene::end();
    }

    #[test(a = @0xa)]
    fun an_order_pays_as_far_as_the_money_goes_until_there_is_more(a: &signer) {
        open(a, 250);
        testing::set_time_ms(3000);
        standing_order::collect(@0xa, 0);
        scene::has(@0xb, b"EUR", 200);
        assert!(standing_order::is_open(@0xa, 0) && standing_order::due(@0xa, 0) == 1, 10);
        standing_order::top_up(a, 0, 50);
        standing_order::collect(@0xa, 0);
        scene::has(@0xb, b"EUR", 300);
        scene::has(@0xa, b"EUR", 700);
        scene::end();
    }

    #[test(a = @0xa)]
    fun an_order_without_money_waits(a: &signer) {
        open(a, 100);
        testing::set_time_ms(3000);
        standing_order::collect(@0xa, 0);
        assert!(testing::in_vaults(@0xa, b"EUR") == 0 && testing::vaults() == 1, 10);
        standing_order::top_up(a, 0, 200);
        standing_order::cancel(a, 0);
        scene::has(@0xb, b"EUR", 300);
        scene::end();
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::standing_order::E_NOTHING_DUE)]
    fun nothing_is_paid_before_its_time(a: &signer) {
        open(a, 300);
        testing::set_time_ms(1999);
        standing_order::collect(@0xa, 0);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::standing_order::E_NOTHING_DUE)]
    fun an_instalment_is_paid_once(a: &signer) {
        open(a, 300);
        testing::set_time_ms(2000);
        standing_order::collect(@0xa, 0);
        standing_order::collect(@0xa, 0);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::standing_order::E_NOTHING_DUE)]
    fun half_an_instalment_is_not_paid(a: &signer) {
        open(a, 99);
        testing::set_time_ms(3000);
        standing_order::collect(@0xa, 0);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::claim::REFUSED_FROZEN)]
    fun a_frozen_payers_order_pays_nobody(a: &signer) {
        open(a, 300);
        testing::set_time_ms(2000);
        testing::freeze_account(@0xa);
        standing_order::collect(@0xa, 0);
    }

    #[test(a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::standing_order::E_NO_BOOK)]
    fun nobody_else_cancels(a: &signer, b: &signer) {
        open(a, 300);
        standing_order::cancel(b, 0);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::standing_order::E_TERMS)]
    fun an_order_has_a_period(a: &signer) {
        scene::begin();
        standing_order::open_from_account(a, @0xb, b"EUR", 300, 100, 2000, 0, 3);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::standing_order::E_TERMS)]
    fun an_order_has_an_amount(a: &signer) {
        scene::begin();
        standing_order::open_from_account(a, @0xb, b"EUR", 300, 0, 2000, 10, 3);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::standing_order::E_TERMS)]
    fun an_order_has_an_instalment(a: &signer) {
        scene::begin();
        standing_order::open_from_account(a, @0xb, b"EUR", 300, 100, 2000, 10, 0);
    }
}
