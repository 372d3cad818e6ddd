#[test_only]
module florin::treasury_tests {
    use florin::scene;
    use florin::testing;
    use florin::treasury;

    /// Under 0xf, two of 0x1, 0x2 and 0xc; pot 0 has 300 euros of 0xa, pot 1 200 of 0xc, pot 2 dollars of 0xb.
    fun open(f: &signer, a: &signer, b: &signer, c: &signer) {
        scene::begin();
        treasury::open(f, vector[@0x1, @0x2, @0xc], 2);
        treasury::fund_from_other(a, c, @0xf, b"EUR", 300);
        treasury::fund_from_account(c, @0xf, b"EUR", 200);
        treasury::fund_from_other(b, c, @0xf, b"USD", 50);
    }

    /// Member 0x1 proposes to pay 0xd.
    fun propose(one: &signer, minor: u128, pots: vector<u64>) {
        treasury::propose(one, @0xf, @0xd, b"EUR", minor, pots, 2000);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc, one = @0x1, two = @0x2)]
    fun two_of_three_pay(f: &signer, a: &signer, b: &signer, c: &signer, one: &signer, two: &signer) {
        open(f, a, b, c);
        propose(one, 400, vector[0, 1]);
        assert!(treasury::approvals(@0xf, 0) == 1, 10);
        treasury::approve(two, @0xf, 0);
        treasury::execute(one, @0xf, 0);
        scene::has(@0xd, b"EUR", 400);
        assert!(testing::in_vaults(@0xa, b"EUR") == 0 && testing::in_vaults(@0xc, b"EUR") == 100, 11);
        assert!(!treasury::is_open(@0xf, 0) && testing::vaults() == 2, 12);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc, one = @0x1, two = @0x2)]
    fun a_frozen_funders_pot_is_left_out(
        f: &signer, a: &signer, b: &signer, c: &signer, one: &signer, two: &signer,
    ) {
        open(f, a, b, c);
        testing::freeze_account(@0xa);
        propose(one, 200, vector[1]);
        treasury::approve(two, @0xf, 0);
        treasury::execute(two, @0xf, 0);
        scene::has(@0xd, b"EUR", 200);
        // All of the pot goes back to its owner.
        treasury::propose(one, @0xf, @0xa, b"EUR", 300, vector[0], 2000);
        treasury::approve(two, @0xf, 1);
        treasury::execute(two, @0xf, 1);
        scene::has(@0xa, b"EUR", 1000);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc, one = @0x1, two = @0x2)]
    #[expected_failure(abort_code = florin::claim::REFUSED_FROZEN)]
    fun a_frozen_funders_pot_pays_nobody(
        f: &signer, a: &signer, b: &signer, c: &signer, one: &signer, two: &signer,
    ) {
        open(f, a, b, c);
        testing::freeze_account(@0xa);
        propose(one, 100, vector[0]);
        treasury::approve(two, @0xf, 0);
        treasury::execute(two, @0xf, 0);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc, one = @0x1)]
    #[expected_failure(abort_code = florin::treasury::E_TOO_FEW)]
    fun one_is_not_enough(f: &signer, a: &signer, b: &signer, c: &signer, one: &signer) {
        open(f, a, b, c);
        propose(one, 100, vector[0]);
        treasury::execute(one, @0xf, 0);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc, one = @0x1)]
    #[expected_failure(abort_code = florin::treasury::E_APPROVED)]
    fun nobody_counts_twice(f: &signer, a: &signer, b: &signer, c: &signer, one: &signer) {
        open(f, a, b, c);
        propose(one, 100, vector[0]);
        treasury::approve(one, @0xf, 0);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc, one = @0x1, two = @0x2)]
    #[expected_failure(abort_code = florin::treasury::E_TOO_FEW)]
    fun an_approval_taken_back_does_not_count(
        f: &signer, a: &signer, b: &signer, c: &signer, one: &signer, two: &signer,
    ) {
        open(f, a, b, c);
        propose(one, 100, vector[0]);
        treasury::approve(two, @0xf, 0);
        treasury::withdraw_approval(one, @0xf, 0);
        treasury::execute(two, @0xf, 0);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc, one = @0x1)]
    fun a_proposal_that_nobody_approves_ends(
        f: &signer, a: &signer, b: &signer, c: &signer, one: &signer,
    ) {
        open(f, a, b, c);
        propose(one, 100, vector[0]);
        treasury::withdraw_approval(one, @0xf, 0);
        assert!(!treasury::is_open(@0xf, 0), 10);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc, one = @0x1, two = @0x2)]
    #[expected_failure(abort_code = florin::treasury::E_NOT_APPROVED)]
    fun only_what_was_given_is_taken_back(
        f: &signer, a: &signer, b: &signer, c: &signer, one: &signer, two: &signer,
    ) {
        open(f, a, b, c);
        propose(one, 100, vector[0]);
        treasury::withdraw_approval(two, @0xf, 0);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc)]
    #[expected_failure(abort_code = florin::treasury::E_NOT_MEMBER)]
    fun the_founder_is_no_member_by_itself(f: &signer, a: &signer, b: &signer, c: &signer) {
        open(f, a, b, c);
        propose(f, 100, vector[0]);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc, one = @0x1)]
    #[expected_failure(abort_code = florin::treasury::E_NOT_MEMBER)]
    fun who_only_funds_does_not_approve(
        f: &signer, a: &signer, b: &signer, c: &signer, one: &signer,
    ) {
        open(f, a, b, c);
        propose(one, 100, vector[0]);
        treasury::approve(a, @0xf, 0);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc, one = @0x1, two = @0x2)]
    #[expected_failure(abort_code = florin::treasury::E_NOT_MEMBER)]
    fun only_members_execute(
        f: &signer, a: &signer, b: &signer, c: &signer, one: &signer, two: &signer,
    ) {
        open(f, a, b, c);
        propose(one, 100, vector[0]);
        treasury::approve(two, @0xf, 0);
        treasury::execute(a, @0xf, 0);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc, one = @0x1, two = @0x2)]
    #[expected_failure(abort_code = florin::treasury::E_EXPIRED)]
    fun a_proposal_has_its_time(
        f: &signer, a: &signer, b: &signer, c: &signer, one: &signer, two: &signer,
    ) {
        open(f, a, b, c);
        propose(one, 100, vector[0]);
        treasury::approve(two, @0xf, 0);
        testing::set_time_ms(2000);
        treasury::execute(two, @0xf, 0);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc, one = @0x1)]
    fun an_expired_proposal_is_cleared(
        f: &signer, a: &signer, b: &signer, c: &signer, one: &signer,
    ) {
        open(f, a, b, c);
        propose(one, 100, vector[0]);
        testing::set_time_ms(2000);
        treasury::clear_expired(@0xf, 0);
        assert!(!treasury::is_open(@0xf, 0), 10);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc, one = @0x1)]
    #[expected_failure(abort_code = florin::treasury::E_NOT_EXPIRED)]
    fun an_open_proposal_is_not_cleared(
        f: &signer, a: &signer, b: &signer, c: &signer, one: &signer,
    ) {
        open(f, a, b, c);
        propose(one, 100, vector[0]);
        testing::set_time_ms(1999);
        treasury::clear_expired(@0xf, 0);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc, one = @0x1, two = @0x2)]
    #[expected_failure(abort_code = florin::treasury::E_POTS)]
    fun the_named_pots_suffice(
        f: &signer, a: &signer, b: &signer, c: &signer, one: &signer, two: &signer,
    ) {
        open(f, a, b, c);
        propose(one, 301, vector[0]);
        treasury::approve(two, @0xf, 0);
        treasury::execute(two, @0xf, 0);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc, one = @0x1, two = @0x2)]
    #[expected_failure(abort_code = florin::treasury::E_CURRENCY)]
    fun a_pot_of_another_currency_does_not_pay(
        f: &signer, a: &signer, b: &signer, c: &signer, one: &signer, two: &signer,
    ) {
        open(f, a, b, c);
        propose(one, 50, vector[2]);
        treasury::approve(two, @0xf, 0);
        treasury::execute(two, @0xf, 0);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc, one = @0x1, two = @0x2)]
    #[expected_failure(abort_code = florin::register::E_UNKNOWN)]
    fun a_proposal_is_executed_once(
        f: &signer, a: &signer, b: &signer, c: &signer, one: &signer, two: &signer,
    ) {
        open(f, a, b, c);
        propose(one, 100, vector[0]);
        treasury::approve(two, @0xf, 0);
        treasury::execute(two, @0xf, 0);
        treasury::execute(two, @0xf, 0);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc)]
    #[expected_failure(abort_code = florin::treasury::E_NOT_MEMBER)]
    fun money_comes_in_by_members_only(f: &signer, a: &signer, b: &signer, c: &signer) {
        open(f, a, b, c);
        treasury::fund_from_account(a, @0xf, b"EUR", 1);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc, one = @0x1, two = @0x2)]
    fun a_member_has_eight_proposals_open_and_more_in_all(
        f: &signer, a: &signer, b: &signer, c: &signer, one: &signer, two: &signer,
    ) {
        open(f, a, b, c);
        let count = 0;
        while (count < 8) {
            propose(one, 1, vector[0]);
            count = count + 1;
        };
        treasury::approve(two, @0xf, 0);
        treasury::execute(one, @0xf, 0);
        propose(one, 1, vector[0]);
        treasury::withdraw_approval(one, @0xf, 8);
        propose(one, 1, vector[0]);
        propose(two, 1, vector[0]);
        assert!(treasury::is_open(@0xf, 10), 10);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc, one = @0x1)]
    #[expected_failure(abort_code = florin::treasury::E_OPEN)]
    fun a_member_has_no_nine_proposals_open(
        f: &signer, a: &signer, b: &signer, c: &signer, one: &signer,
    ) {
        open(f, a, b, c);
        let count = 0;
        while (count < 9) {
            propose(one, 1, vector[0]);
            count = count + 1;
        }
    }

    #[test(f = @0xf)]
    #[expected_failure(abort_code = florin::treasury::E_MEMBERS)]
    fun nobody_is_a_member_twice(f: &signer) { treasury::open(f, vector[@0x1, @0x2, @0x1], 2); }

    #[test(f = @0xf)]
    #[expected_failure(abort_code = florin::treasury::E_MEMBERS)]
    fun a_treasury_has_members(f: &signer) { treasury::open(f, vector[], 0); }

    #[test(f = @0xf)]
    #[expected_failure(abort_code = florin::treasury::E_NEEDED)]
    fun no_more_are_needed_than_there_are(f: &signer) { treasury::open(f, vector[@0x1, @0x2], 3); }

    #[test(f = @0xf)]
    #[expected_failure(abort_code = florin::treasury::E_NEEDED)]
    fun someone_is_needed(f: &signer) { treasury::open(f, vector[@0x1], 0); }

    #[test(f = @0xf)]
    #[expected_failure(abort_code = florin::treasury::E_EXISTS)]
    fun an_account_has_one_treasury(f: &signer) {
        treasury::open(f, vector[@0x1], 1);
        treasury::open(f, vector[@0x1], 1);
    }
}
