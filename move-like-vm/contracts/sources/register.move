/// Things under numbers that are given once: 0 is the first.
module florin::register {
    use std::vector;

    struct Register<Thing> has store { next: u64, numbers: vector<u64>, things: vector<Thing> }

    /// How many things a register holds at most.
    const THINGS_MAX: u64 = 256;

    /// There is nothing under that number, or no longer.
    const E_UNKNOWN: u64 = 100;
    /// The register holds as many things as it may.
    const E_FULL: u64 = 101;

    public fun empty<Thing>(): Register<Thing> {
        Register { next: 0, numbers: vector[], things: vector[] }
    }

    /// Puts a thing into the register, and gives its number.
    public fun add<Thing>(register: &mut Register<Thing>, thing: Thing): u64 {
        assert!(vector::length(&register.numbers) < THINGS_MAX, E_FULL);
        let number = register.next;
        register.next = number + 1;
        vector::push_back(&mut register.numbers, number);
        vector::push_back(&mut register.things, thing);
        number
    }

    public fun borrow<Thing>(register: &Register<Thing>, number: u64): &Thing {
        let index = index_of(&register.numbers, number);
        vector::borrow(&register.things, index)
    }

    public fun borrow_mut<Thing>(register: &mut Register<Thing>, number: u64): &mut Thing {
        let index = index_of(&register.numbers, number);
        vector::borrow_mut(&mut register.things, index)
    }

    /// Takes a thing out. Its number is not given again.
    public fun remove<Thing>(register: &mut Register<Thing>, number: u64): Thing {
        let index = index_of(&register.numbers, number);
        vector::remove(&mut register.numbers, index);
        vector::remove(&mut register.things, index)
    }

    public fun contains<Thing>(register: &Register<Thing>, number: u64): bool {
        vector::contains(&register.numbers, &number)
    }

    /// The number that the next thing gets.
    public fun next<Thing>(register: &Register<Thing>): u64 { register.next }

    fun index_of(numbers: &vector<u64>, number: u64): u64 {
        let (found, index) = vector::index_of(numbers, &number);
        assert!(found, E_UNKNOWN);
        index
    }
}
