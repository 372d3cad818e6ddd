#[test_only]
module florin::claim_tests {
    use florin::claim;
    use florin::scene;
    use florin::testing;

    #[test(a = @0xa)]
    fun a_claim_is_cut_joined_and_paid(a: &signer) {
        scene::begin();
        let claim = claim::withdraw(a, b"EUR", 300);
        scene::has(@0xa, b"EUR", 700);
        assert!(claim::value(&claim) == 300 && claim::owner(&claim) == @0xa, 10);
        assert!(claim::currency(&claim) == b"EUR", 11);
        let part = claim::split(&mut claim, 100);
        claim::deposit(part, @0xb);
        scene::has(@0xb, b"EUR", 100);
        let (one, other) = (claim::split(&mut claim, 1), claim::split(&mut claim, 199));
        claim::destroy_empty(claim);
        claim::join(&mut one, other);
        claim::deposit(one, @0xa);
        scene::has(@0xa, b"EUR", 900);
        scene::end();
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::claim::REFUSED_FUNDS)]
    fun nobody_has_more_than_is_there(a: &signer) {
        scene::begin();
        claim::deposit(claim::withdraw(a, b"EUR", 1001), @0xb);
    }

    #[test(b = @0xb)]
    #[expected_failure(abort_code = florin::claim::REFUSED_FUNDS)]
    fun another_currency_does_not_count(b: &signer) {
        scene::begin();
        claim::deposit(claim::withdraw(b, b"EUR", 1), @0xa);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::claim::REFUSED_ZERO)]
    fun nothing_is_no_claim(a: &signer) {
        scene::begin();
        claim::destroy_empty(claim::withdraw(a, b"EUR", 0));
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::claim::REFUSED_FUNDS)]
    fun a_part_is_no_more_than_the_whole(a: &signer) {
        scene::begin();
        let claim = claim::withdraw(a, b"EUR", 10);
        claim::deposit(claim::split(&mut claim, 11), @0xb);
        claim::deposit(claim, @0xa);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::claim::REFUSED_NOT_EMPTY)]
    fun money_is_not_destroyed(a: &signer) {
        scene::begin();
        claim::destroy_empty(claim::withdraw(a, b"EUR", 1));
    }

    #[test(a = @0xa, c = @0xc)]
    #[expected_failure(abort_code = florin::claim::REFUSED_OWNER)]
    fun claims_of_two_owners_do_not_mix(a: &signer, c: &signer) {
        scene::begin();
        let claim = claim::withdraw(a, b"EUR", 1);
        claim::join(&mut claim, claim::withdraw(c, b"EUR", 1));
        claim::deposit(claim, @0xd);
    }

    #[test(a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::claim::REFUSED_CURRENCY)]
    fun claims_in_two_currencies_do_not_mix(a: &signer, b: &signer) {
        scene::begin();
        let claim = claim::withdraw(a, b"EUR", 1);
        claim::join(&mut claim, claim::withdraw(b, b"USD", 1));
        claim::deposit(claim, @0xd);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::claim::REFUSED_FROZEN)]
    fun a_frozen_owner_pays_nobody(a: &signer) {
        scene::begin();
        let claim = claim::withdraw(a, b"EUR", 1);
        testing::freeze_account(@0xa);
        claim::deposit(claim, @0xb);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::claim::REFUSED_FROZEN)]
    fun a_frozen_owners_claim_is_not_cut(a: &signer) {
        scene::begin();
        let claim = claim::withdraw(a, b"EUR", 2);
        testing::freeze_account(@0xa);
        claim::deposit(claim::split(&mut claim, 1), @0xa);
        claim::deposit(claim, @0xa);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::claim::REFUSED_PAYEE)]
    fun a_frozen_payee_is_not_paid(a: &signer) {
        scene::begin();
        testing::freeze_account(@0xd);
        claim::deposit(claim::withdraw(a, b"EUR", 1), @0xd);
    }

    #[test(a = @0xa)]
    fun a_frozen_owner_gets_its_own_back(a: &signer) {
        scene::begin();
        let claim = claim::withdraw(a, b"EUR", 1000);
        testing::freeze_account(@0xa);
        claim::deposit(claim, @0xa);
        scene::has(@0xa, b"EUR", 1000);
        testing::unfreeze_account(@0xa);
        claim::deposit(claim::withdraw(a, b"EUR", 1), @0xb);
        scene::end();
    }
}
