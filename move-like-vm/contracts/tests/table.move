#[test_only]
module florin::table_tests {
    use florin::claim::{Self, Claim};
    use florin::queue::{Self, Queue};
    use florin::scene;
    use florin::table::{Self, Table};

    struct Shelf has key { table: Table<u64, u64>, other: Table<u64, u64> }
    struct Till has key { line: Queue<Claim> }
    struct Pair has copy, drop, store { one: u8, other: vector<u8> }
    struct Names has key { table: Table<Pair, vector<u8>> }

    #[test(a = @0xa)]
    fun values_stand_under_their_keys(a: &signer) acquires Shelf {
        move_to(a, Shelf { table: table::new(), other: table::new() });
        let shelf = borrow_global_mut<Shelf>(@0xa);
        table::add(&mut shelf.table, 7, 70);
        table::add(&mut shelf.table, 8, 80);
        table::add(&mut shelf.other, 7, 71);
        assert!(table::length(&shelf.table) == 2 && table::contains(&shelf.table, 7), 0);
        assert!(!table::contains(&shelf.other, 8), 1);
        *table::borrow_mut(&mut shelf.table, 7) = 75;
        assert!(*table::borrow(&shelf.table, 7) == 75 && *table::borrow(&shelf.other, 7) == 71, 2);
        assert!(table::remove(&mut shelf.table, 7) == 75 && !table::contains(&shelf.table, 7), 3);
        table::add(&mut shelf.table, 7, 1);
        let Shelf { table, other } = move_from<Shelf>(@0xa);
        assert!(table::remove(&mut table, 7) + table::remove(&mut table, 8) == 81, 4);
        table::destroy_empty(table);
        assert!(table::remove(&mut other, 7) == 71, 5);
        table::destroy_empty(other);
    }

    #[test(a = @0xa)]
    fun keys_are_values_of_any_kind(a: &signer) acquires Names {
        let table = table::new();
        table::add(&mut table, Pair { one: 1, other: b"x" }, b"one");
        table::add(&mut table, Pair { one: 1, other: b"" }, b"other");
        move_to(a, Names { table });
        let names = borrow_global<Names>(@0xa);
        assert!(*table::borrow(&names.table, Pair { one: 1, other: b"" }) == b"other", 0);
        assert!(!table::contains(&names.table, Pair { one: 2, other: b"" }), 1);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::table::E_TAKEN)]
    fun a_key_has_one_value(a: &signer) {
        let table = table::new<u8, u8>();
        table::add(&mut table, 1, 1);
        table::add(&mut table, 1, 2);
        keep(a, table);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::table::E_ABSENT)]
    fun nothing_is_lent_that_is_not_there(a: &signer) {
        let table = table::new<u8, u8>();
        assert!(*table::borrow(&table, 1) == 1, 0);
        keep(a, table);
    }

    #[test(a = @0xa)]
    #[expected_failure(abort_code = florin::table::E_NOT_EMPTY)]
    fun a_table_with_values_does_not_end(a: &signer) {
        let table = table::new<u8, u8>();
        table::add(&mut table, 1, 1);
        table::destroy_empty(table);
        scene::begin();
        claim::destroy_empty(claim::withdraw(a, b"EUR", 1));
    }

    struct Kept has key { table: Table<u8, u8> }
    fun keep(a: &signer, table: Table<u8, u8>) { move_to(a, Kept { table }); }

    #[test(a = @0xa)]
    fun claims_wait_in_line(a: &signer) acquires Till {
        scene::begin();
        let line = queue::new();
        queue::push(&mut line, claim::withdraw(a, b"EUR", 10));
        queue::push(&mut line, claim::withdraw(a, b"EUR", 20));
        move_to(a, Till { line });
        let till = borrow_global_mut<Till>(@0xa);
        assert!(queue::length(&till.line) == 2 && claim::value(queue::peek(&till.line)) == 10, 20);
        claim::deposit(queue::pop(&mut till.line), @0xb);
        queue::push(&mut till.line, claim::withdraw(a, b"EUR", 30));
        claim::deposit(queue::pop(&mut till.line), @0xb);
        scene::has(@0xb, b"EUR", 30);
        let Till { line } = move_from<Till>(@0xa);
        claim::deposit(queue::pop(&mut line), @0xa);
        queue::destroy_empty(line);
        scene::has(@0xa, b"EUR", 970);
        scene::end();
    }

    #[test]
    #[expected_failure(abort_code = florin::queue::E_EMPTY)]
    fun nothing_comes_out_of_an_empty_queue() {
        let line = queue::new<u8>();
        queue::pop(&mut line);
        queue::destroy_empty(line);
    }
}
