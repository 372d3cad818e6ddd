#[test_only]
module florin::attested_tests {
    use florin::attested;
    use florin::scene;
    use florin::testing;

    /// The attestor's secret, and another's.
    const SECRET: vector<u8> = x"0101010101010101010101010101010101010101010101010101010101010101";
    const OTHER: vector<u8> = x"0202020202020202020202020202020202020202020202020202020202020202";

    /// A signature of the pinned statement that another program made.
    const PINNED: vector<u8> = x"8264e7bb4b2f5a3780b64e60aeb091232d7450585594c10dab60e55b9522fd3d3c573a1dcfd07c7c3f7cb5ba0a2de29c9ad5a6d8c7686bb8bf6b63dc7de3460a";

    fun lock(a: &signer) {
        let key = testing::public_key(SECRET);
        attested::lock_from_account(a, @0xb, b"EUR", 300, key, b"bill of lading 77", 2000);
    }

    fun signature(number: u64): vector<u8> { testing::sign(SECRET, attested::message(@0xa, number)) }

    #[test(a = @0xa)]
    fun the_attestors_signature_releases(a: &signer) {
        scene::begin();
        lock(a);
        attested::release(@0xa, 0, signature(0));
        scene::has(@0xb, b"EUR", 300);
        assert!(!attested::is_locked(@0xa, 0) && attested::next_number(@0xa) == 1, 10);
        scene::end();
    }

    /// What is signed is pinned byte by byte: attestors write it without this machine.
    #[test(a = @0xa)]
    fun the_statement_names_domain_lock_payee_amount_and_condition(a: &signer) {
        scene::begin();
        lock(a);
        let message = x"16666c6f72696e2f6d6f76652f61747465737465642f31000000000000000000000000000000000000000000000000000000000000000a0000000000000000000000000000000000000000000000000000000000000000000000000000000b034555522c0100000000000000000000000000001162696c6c206f66206c6164696e67203737";
        assert!(attested::message(@0xa, 0) == message, 10);
        attested::release(@0xa, 0, PINNED);
        scene::end();
    }

    #[test(a = @0xa)]
    fun from_the_deadline_on_it_is_refunded(a: &signer) {
        scene::begin();
        lock(a);
        testing::set_time_ms(2000);
        attested::refund(@0xa, 0);
        scene::has(@0xa, b"EUR", 1000);
        scene::end();
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::attested::E_NOT_DUE)]
    fun no_refund_before_the_deadline(a: &signer) {
        scene::begin();
        lock(a);
        testing::set_time_ms(1999);
        attested::refund(@0xa, 0);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::attested::E_DEADLINE_PAST)]
    fun no_release_from_the_deadline_on(a: &signer) {
        scene::begin();
        lock(a);
        let signature = signature(0);
        testing::set_time_ms(2000);
        attested::release(@0xa, 0, signature);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::attested::E_DEADLINE_PAST)]
    fun the_deadline_is_in_the_future(a: &signer) {
        scene::begin();
        testing::set_time_ms(2000);
        lock(a);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::attested::E_BAD_SIGNATURE)]
    fun the_signature_of_one_lock_is_none_of_another(a: &signer) {
        scene::begin();
        lock(a);
        lock(a);
        attested::release(@0xa, 1, signature(0));
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::attested::E_BAD_SIGNATURE)]
    fun nobody_elses_signature_releases(a: &signer) {
        scene::begin();
        lock(a);
        attested::release(@0xa, 0, testing::sign(OTHER, attested::message(@0xa, 0)));
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::attested::E_BAD_SIGNATURE)]
    fun the_condition_alone_is_not_the_statement(a: &signer) {
        scene::begin();
        lock(a);
        attested::release(@0xa, 0, testing::sign(SECRET, b"bill of lading 77"));
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::attested::E_BAD_SIGNATURE)]
    fun malformed_bytes_are_no_signature(a: &signer) {
        scene::begin();
        lock(a);
        attested::release(@0xa, 0, b"yes");
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::attested::E_BAD_KEY)]
    fun an_attestor_has_a_key(a: &signer) {
        scene::begin();
        attested::lock_from_account(a, @0xb, b"EUR", 300, b"key", b"condition", 2000);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::register::E_UNKNOWN)]
    fun a_lock_pays_once(a: &signer) {
        scene::begin();
        lock(a);
        let signature = signature(0);
        attested::release(@0xa, 0, copy signature);
        attested::release(@0xa, 0, signature);
    }

    #[test]
    #[expected_failure(abort_code = florin::attested::E_NO_BOOK)]
    fun who_locked_nothing_has_nothing_to_release() { attested::release(@0xa, 0, b""); }
}
