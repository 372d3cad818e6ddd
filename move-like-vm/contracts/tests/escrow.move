#[test_only]
module florin::escrow_tests {
    use florin::claim;
    use florin::escrow;
    use florin::scene;
    use florin::testing;

    fun open(a: &signer) {
        scene::begin();
        escrow::open_from_account(a, @0xb, b"EUR", 300, 2000);
    }

    #[test(a = @0xa)]
    fun the_payer_releases(a: &signer) {
        open(a);
        escrow::open_from_account(a, @0xd, b"EUR", 5, 2000);
        assert!(escrow::next_number(@0xa) == 2 && escrow::next_number(@0xb) == 0, 10);
        assert!(testing::in_vaults(@0xa, b"EUR") == 305 && testing::events() == 2, 11);
        escrow::release(a, 0);
        scene::has(@0xb, b"EUR", 300);
        assert!(!escrow::is_open(@0xa, 0) && escrow::is_open(@0xa, 1), 12);
        testing::set_time_ms(5000);
        escrow::release(a, 1);
        scene::has(@0xd, b"EUR", 5);
        assert!(testing::events() == 4, 13);
        scene::end();
    }

    #[test(a = @0xa)]
    fun from_the_deadline_on_anyone_has_it_refunded(a: &signer) {
        open(a);
        testing::set_time_ms(2000);
        escrow::refund(@0xa, 0);
        scene::has(@0xa, b"EUR", 1000);
        scene::end();
    }

    #[test(a = @0xa, b = @0xb)]
    fun the_payee_declines(a: &signer, b: &signer) {
        open(a);
        escrow::decline(b, @0xa, 0);
        scene::has(@0xa, b"EUR", 1000);
        scene::end();
    }

    #[test(a = @0xa, c = @0xc)]
    fun a_refund_goes_to_the_owner_of_the_money(a: &signer, c: &signer) {
        scene::begin();
        escrow::open(a, @0xb, claim::withdraw(c, b"EUR", 7), 2000);
        testing::set_time_ms(2000);
        escrow::refund(@0xa, 0);
        scene::has(@0xc, b"EUR", 1000);
        scene::end();
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::escrow::E_NOT_DUE)]
    fun no_refund_before_the_deadline(a: &signer) {
        open(a);
        testing::set_time_ms(1999);
        escrow::refund(@0xa, 0);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::escrow::E_DEADLINE_PAST)]
    fun the_deadline_is_in_the_future(a: &signer) {
        scene::begin();
        escrow::open_from_account(a, @0xb, b"EUR", 300, 1000);
    }

    #[test(a = @0xa, c = @0xc)]
    #[expected_failure(abort_code = florin::escrow::E_NOT_PAYEE)]
    fun nobody_else_declines(a: &signer, c: &signer) {
        open(a);
        escrow::decline(c, @0xa, 0);
    }

    #[test(a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::escrow::E_NO_BOOK)]
    fun nobody_else_releases(a: &signer, b: &signer) {
        open(a);
        escrow::release(b, 0);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::register::E_UNKNOWN)]
    fun an_escrow_pays_once(a: &signer) {
        open(a);
        escrow::release(a, 0);
        escrow::release(a, 0);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::claim::REFUSED_FROZEN)]
    fun a_frozen_payers_escrow_pays_nobody(a: &signer) {
        open(a);
        testing::freeze_account(@0xa);
        escrow::release(a, 0);
    }

    #[test(a = @0xa)]
    fun a_frozen_payer_is_refunded(a: &signer) {
        open(a);
        testing::freeze_account(@0xa);
        testing::set_time_ms(2000);
        escrow::refund(@0xa, 0);
        scene::has(@0xa, b"EUR", 1000);
        scene::end();
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::register::E_FULL)]
    fun a_payer_has_256_escrows_at_most(a: &signer) {
        scene::begin();
        let count = 0;
        while (count < 257) {
            escrow::open_from_account(a, @0xb, b"EUR", 1, 2000);
            count = count + 1;
        }
    }
}
