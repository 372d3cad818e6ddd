#[test_only]
module florin::standard_tests {
    use std::bls12381;
    use std::hash;
    use std::math;

    #[test]
    fun a_rate_is_applied_without_loss_in_between() {
        let most = 340282366920938463463374607431768211455u128;
        assert!(math::mul_div(most, most, most, math::down()) == most, 0);
        assert!(math::mul_div(5, 1, 2, math::down()) == 2, 1);
        assert!(math::mul_div(5, 1, 2, math::up()) == 3, 2);
        assert!(math::mul_div(5, 1, 2, math::half_up()) == 3, 3);
        assert!(math::mul_div(5, 1, 2, math::half_even()) == 2, 4);
    }

    #[test]
    #[expected_failure(abort_code = 1, location = std::math)]
    fun nothing_is_divided_by_zero() { math::mul_div(1, 1, 0, math::down()); }

    #[test]
    #[expected_failure(abort_code = 2, location = std::math)]
    fun a_result_has_its_range() { math::mul_div(1 << 127, 2, 1, math::down()); }

    #[test]
    fun hashes_have_32_bytes() {
        assert!(
            hash::blake2b_256(b"abc") == x"bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
            0
        );
    }

    /// The points are the generators: a key and a signature, not of this message.
    #[test]
    fun a_key_is_told_from_other_bytes() {
        let key = x"93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8";
        let point = x"97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb";
        assert!(bls12381::validate_public_key(key), 0);
        assert!(!bls12381::validate_public_key(point), 1);
        assert!(!bls12381::verify(point, key, b"m"), 2);
        assert!(!bls12381::verify_possession(point, key), 3);
        assert!(!bls12381::verify_aggregate(point, key, b"m"), 4);
        assert!(bls12381::aggregate(point) == point, 5);
    }

    #[test]
    #[expected_failure(abort_code = 1, location = std::bls12381)]
    fun bytes_that_are_no_signatures_do_not_add_up() { bls12381::aggregate(b"no"); }
}
