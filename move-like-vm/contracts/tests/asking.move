#[test_only]
module florin::asking_tests {
    use florin::chain;
    use florin::iso20022;
    use florin::reserve;
    use florin::status;
    use florin::testing;

    const BANK: vector<u8> = b"BANKA000000000000087";

    #[test]
    fun a_contract_knows_where_in_the_chain_it_is() {
        testing::set_block(4100, 1);
        assert!(chain::height() == 4100 && chain::epoch() == 1, 0);
    }

    #[test]
    fun who_is_frozen_neither_pays_nor_is_paid() {
        assert!(status::may_pay(@0xa, b"EUR") && status::may_be_paid(@0xa, b"EUR"), 0);
        testing::freeze_account(@0xa);
        assert!(!status::may_pay(@0xa, b"EUR") && !status::may_be_paid(@0xa, b"EUR"), 1);
        assert!(status::is_frozen(@0xa, b"EUR") && !status::is_frozen(@0xb, b"EUR"), 2);
    }

    #[test]
    fun a_thing_can_be_kept_to_customers_who_are_known_well() {
        assert!(status::has_level(@0xa, b"EUR", 2) && !status::has_level(@0xa, b"EUR", 3), 0);
        testing::set_level(@0xa, 3);
        assert!(status::has_level(@0xa, b"EUR", 3), 1);
        testing::set_level(@0xa, 0);
        assert!(!status::has_level(@0xa, b"EUR", 0) && !status::may_pay(@0xa, b"EUR"), 2);
    }

    #[test]
    fun a_contract_knows_whose_an_account_is() {
        assert!(!status::is_member(BANK), 0);
        testing::set_member(@0xa, BANK);
        assert!(status::member_of(@0xa) == BANK && status::is_member(BANK), 1);
    }

    #[test]
    fun reserves_cover_what_they_cover() {
        assert!(!reserve::is_covered(b"EUR") && reserve::attested_ms(b"EUR") == 0, 0);
        testing::set_reserves(b"EUR", 1000, true);
        assert!(reserve::is_covered(b"EUR") && reserve::attested_ms(b"EUR") == 1000, 1);
    }

    #[test]
    fun a_message_is_tied_to_a_call() {
        iso20022::anchor(b"pacs.008.001.08", x"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(testing::events() == 1, 0);
    }

    #[test]
    #[expected_failure(abort_code = florin::iso20022::E_HASH)]
    fun a_hash_has_its_length() { iso20022::anchor(b"pacs.008.001.08", b"abc"); }

    #[test]
    #[expected_failure(abort_code = florin::iso20022::E_NAME)]
    fun a_message_has_its_whole_name() { iso20022::anchor(b"pacs.008", b"abc"); }
}
