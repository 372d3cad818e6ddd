#[test_only]
module florin::standard_tests {
    use std::bls12381;
    use std::hash;
    use std::math;
    use std::option;
    use std::string;

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

    #[test]
    fun an_option_holds_one_value_or_none() {
        let held = option::none<u64>();
        assert!(option::is_none(&held) && option::get_with_default(&held, 3) == 3, 0);
        option::fill(&mut held, 4);
        assert!(option::contains(&held, &4) && option::swap(&mut held, 5) == 4, 1);
        *option::borrow_mut(&mut held) = 6;
        assert!(*option::borrow(&held) == 6 && option::extract(&mut held) == 6, 2);
        option::destroy_none(held);
        assert!(option::destroy_some(option::some(7)) == 7, 3);
    }

    #[test]
    #[expected_failure(abort_code = std::option::E_NONE)]
    fun nothing_is_taken_out_of_none() { option::extract(&mut option::none<u8>()); }

    #[test]
    #[expected_failure(abort_code = std::option::E_SOME)]
    fun one_value_is_not_put_over_another() { option::fill(&mut option::some(1u8), 2); }

    #[test]
    fun text_is_cut_between_characters() {
        let text = string::utf8(b"Z\xc3\xbcrich");
        assert!(string::length(&text) == 7 && !string::is_empty(&text), 0);
        assert!(string::sub_string(&text, 0, 3) == string::utf8(b"Z\xc3\xbc"), 1);
        assert!(string::index_of(&text, &string::utf8(b"rich")) == 3, 2);
        string::append(&mut text, string::utf8(b"!"));
        assert!(*string::bytes(&string::sub_string(&text, 3, 8)) == b"rich!", 3);
        assert!(option::is_none(&string::try_utf8(x"ff")), 4);
    }

    #[test]
    #[expected_failure(abort_code = std::string::E_INDEX)]
    fun no_character_is_cut() { string::sub_string(&string::utf8(b"Z\xc3\xbcrich"), 0, 2); }

    #[test]
    #[expected_failure(abort_code = std::string::E_NOT_UTF8)]
    fun other_bytes_are_no_text() { string::utf8(x"ff"); }
}
