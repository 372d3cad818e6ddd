#[test_only]
module florin::netting_tests {
    use florin::claim;
    use florin::netting;
    use florin::scene;
    use florin::testing;

    /// 0xf operates; 0xa has 100 euros in the pool, 0xb 50 dollars, 0xc nothing.
    fun open(f: &signer, a: &signer, b: &signer) {
        scene::begin();
        netting::open(f);
        netting::admit(f, @0xa);
        netting::admit(f, @0xb);
        netting::admit(f, @0xc);
        netting::admit(f, @0xd);
        netting::put_from_account(a, @0xf, b"EUR", 60);
        netting::put_from_account(a, @0xf, b"EUR", 40);
        netting::put_from_account(b, @0xf, b"USD", 50);
        assert!(testing::vaults() == 2 && netting::funds(@0xf, @0xa, b"EUR") == 100, 10);
    }

    /// 0xa owes 500, is owed 430: 70 euros settle what comes to 1380.
    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc)]
    fun only_differences_move(f: &signer, a: &signer, b: &signer, c: &signer) {
        open(f, a, b);
        netting::owe(a, @0xf, @0xb, b"EUR", 500);
        netting::owe(b, @0xf, @0xc, b"EUR", 450);
        netting::owe(c, @0xf, @0xa, b"EUR", 430);
        assert!(netting::next_number(@0xf) == 3, 11);
        netting::settle(f, vector[0, 1, 2]);
        scene::has(@0xb, b"EUR", 50);
        scene::has(@0xc, b"EUR", 1020);
        assert!(netting::funds(@0xf, @0xa, b"EUR") == 30, 12);
        assert!(!netting::is_owed(@0xf, 0) && !netting::is_owed(@0xf, 2), 13);
        netting::take_back(a, @0xf, b"EUR");
        netting::take_back(b, @0xf, b"USD");
        scene::has(@0xa, b"EUR", 930);
        scene::end();
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc)]
    fun currencies_are_settled_together_and_apart(f: &signer, a: &signer, b: &signer, c: &signer) {
        open(f, a, b);
        netting::put_from_account(c, @0xf, b"EUR", 10);
        netting::owe(a, @0xf, @0xb, b"EUR", 100);
        netting::owe(b, @0xf, @0xa, b"USD", 50);
        netting::owe(c, @0xf, @0xd, b"EUR", 10);
        netting::settle(f, vector[2, 0, 1]);
        scene::has(@0xb, b"EUR", 100);
        scene::has(@0xa, b"USD", 50);
        scene::has(@0xd, b"EUR", 10);
        scene::end();
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc)]
    fun a_circle_moves_nothing(f: &signer, a: &signer, b: &signer, c: &signer) {
        open(f, a, b);
        netting::owe(a, @0xf, @0xb, b"CHF", 7000);
        netting::owe(b, @0xf, @0xc, b"CHF", 7000);
        netting::owe(c, @0xf, @0xa, b"CHF", 7000);
        netting::settle(f, vector[0, 1, 2]);
        assert!(testing::vaults() == 2 && netting::funds(@0xf, @0xa, b"EUR") == 100, 11);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb, c = @0xc)]
    fun one_payer_pays_several_and_several_pay_one(f: &signer, a: &signer, b: &signer, c: &signer) {
        open(f, a, b);
        netting::put_from_account(c, @0xf, b"EUR", 100);
        netting::owe(a, @0xf, @0xb, b"EUR", 30);
        netting::owe(a, @0xf, @0xd, b"EUR", 70);
        netting::owe(c, @0xf, @0xd, b"EUR", 99);
        netting::settle(f, vector[0, 1, 2]);
        scene::has(@0xb, b"EUR", 30);
        scene::has(@0xd, b"EUR", 169);
        assert!(netting::funds(@0xf, @0xc, b"EUR") == 1 && netting::funds(@0xf, @0xa, b"EUR") == 0, 11);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::netting::E_UNFUNDED)]
    fun a_debtor_without_enough_fails_the_set(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        netting::owe(a, @0xf, @0xb, b"EUR", 101);
        netting::settle(f, vector[0]);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::netting::E_UNFUNDED)]
    fun money_in_another_currency_does_not_settle(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        netting::owe(b, @0xf, @0xa, b"EUR", 1);
        netting::settle(f, vector[0]);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::claim::REFUSED_FROZEN)]
    fun a_frozen_debtor_fails_the_set(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        netting::owe(a, @0xf, @0xb, b"EUR", 100);
        testing::freeze_account(@0xa);
        netting::settle(f, vector[0]);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::claim::REFUSED_PAYEE)]
    fun a_frozen_creditor_fails_the_set(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        netting::owe(a, @0xf, @0xb, b"EUR", 100);
        testing::freeze_account(@0xb);
        netting::settle(f, vector[0]);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::register::E_UNKNOWN)]
    fun a_debt_is_settled_once(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        netting::owe(a, @0xf, @0xb, b"EUR", 1);
        netting::settle(f, vector[0, 0]);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::netting::E_NO_POOL)]
    fun only_the_operator_settles(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        netting::owe(a, @0xf, @0xb, b"EUR", 1);
        netting::settle(b, vector[0]);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::register::E_UNKNOWN)]
    fun what_is_struck_is_not_settled(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        netting::owe(a, @0xf, @0xb, b"EUR", 1);
        netting::strike(b, @0xf, 0);
        netting::settle(f, vector[0]);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    fun the_operator_strikes_a_debt(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        netting::owe(a, @0xf, @0xb, b"EUR", 1);
        netting::strike(f, @0xf, 0);
        assert!(!netting::is_owed(@0xf, 0), 11);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::netting::E_NOT_CREDITOR)]
    fun a_debtor_strikes_nothing(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        netting::owe(a, @0xf, @0xb, b"EUR", 1);
        netting::strike(a, @0xf, 0);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::netting::E_NOT_MEMBER)]
    fun only_members_are_owed(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        netting::owe(a, @0xf, @0xe, b"EUR", 1);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::netting::E_NOT_MEMBER)]
    fun only_members_enter_debts(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        netting::owe(f, @0xf, @0xa, b"EUR", 1);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::netting::E_NOT_MEMBER)]
    fun who_was_dismissed_puts_nothing_in(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        netting::dismiss(f, @0xa);
        netting::put_from_account(a, @0xf, b"EUR", 1);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    fun who_was_dismissed_takes_its_money_back(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        netting::dismiss(f, @0xa);
        netting::take_back(a, @0xf, b"EUR");
        scene::has(@0xa, b"EUR", 1000);
    }

    #[test(f = @0xf)]
    #[expected_failure(abort_code = florin::netting::E_MEMBERS)]
    fun nobody_is_admitted_twice(f: &signer) {
        netting::open(f);
        netting::admit(f, @0xa);
        netting::admit(f, @0xa);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::netting::E_NOT_OWNER)]
    fun nobody_puts_in_what_is_anothers(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        netting::put(b, @0xf, claim::withdraw(a, b"EUR", 1));
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::netting::E_UNFUNDED)]
    fun nobody_takes_back_what_it_did_not_put_in(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        netting::take_back(b, @0xf, b"EUR");
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::netting::E_SET)]
    fun a_set_has_a_debt(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        netting::settle(f, vector[]);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::netting::E_TERMS)]
    fun nobody_owes_itself(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        netting::owe(a, @0xf, @0xa, b"EUR", 1);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::netting::E_TERMS)]
    fun a_debt_is_of_something(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        netting::owe(a, @0xf, @0xb, b"EUR", 0);
    }

    #[test(f = @0xf)]
    #[expected_failure(abort_code = florin::netting::E_EXISTS)]
    fun an_account_has_one_pool(f: &signer) {
        netting::open(f);
        netting::open(f);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    #[expected_failure(abort_code = florin::netting::E_SET)]
    fun a_set_has_64_debts_at_most(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        let numbers = vector[];
        let count = 0;
        while (count < 65) {
            std::vector::push_back(&mut numbers, count);
            count = count + 1;
        };
        netting::settle(f, numbers);
    }

    #[test(f = @0xf, a = @0xa, b = @0xb)]
    fun a_set_of_64_debts_settles(f: &signer, a: &signer, b: &signer) {
        open(f, a, b);
        let numbers = vector[];
        let count = 0;
        while (count < 64) {
            netting::owe(a, @0xf, @0xb, b"EUR", 1);
            std::vector::push_back(&mut numbers, count);
            count = count + 1;
        };
        netting::settle(f, numbers);
        scene::has(@0xb, b"EUR", 64);
    }
}
