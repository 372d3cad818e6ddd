/// Lists. The native functions are instructions of the machine.
module std::vector {
    /// There is no element at that index.
    const E_OUTSIDE: u64 = 0x20000;

    #[bytecode_instruction]
    native public fun empty<Element>(): vector<Element>;
    #[bytecode_instruction]
    native public fun length<Element>(list: &vector<Element>): u64;
    #[bytecode_instruction]
    native public fun borrow<Element>(list: &vector<Element>, index: u64): &Element;
    #[bytecode_instruction]
    native public fun push_back<Element>(list: &mut vector<Element>, element: Element);
    #[bytecode_instruction]
    native public fun borrow_mut<Element>(list: &mut vector<Element>, index: u64): &mut Element;
    #[bytecode_instruction]
    native public fun pop_back<Element>(list: &mut vector<Element>): Element;
    #[bytecode_instruction]
    native public fun destroy_empty<Element>(list: vector<Element>);
    #[bytecode_instruction]
    native public fun swap<Element>(list: &mut vector<Element>, one: u64, other: u64);

    public fun is_empty<Element>(list: &vector<Element>): bool { length(list) == 0 }

    /// Whether the list has such an element, and the index of the first.
    public fun index_of<Element>(list: &vector<Element>, element: &Element): (bool, u64) {
        let index = 0;
        let count = length(list);
        while (index < count) {
            if (borrow(list, index) == element) return (true, index);
            index = index + 1;
        };
        (false, 0)
    }

    public fun contains<Element>(list: &vector<Element>, element: &Element): bool {
        let (found, _) = index_of(list, element);
        found
    }

    /// Takes out the element at an index. Those behind it move up.
    public fun remove<Element>(list: &mut vector<Element>, index: u64): Element {
        let count = length(list);
        assert!(index < count, E_OUTSIDE);
        while (index + 1 < count) {
            swap(list, index, index + 1);
            index = index + 1;
        };
        pop_back(list)
    }

    /// The last element first.
    public fun reverse<Element>(list: &mut vector<Element>) {
        let (front, behind) = (0, length(list));
        while (front + 1 < behind) {
            behind = behind - 1;
            swap(list, front, behind);
            front = front + 1;
        };
    }

    /// Puts all elements of another list behind those of the one.
    public fun append<Element>(list: &mut vector<Element>, other: vector<Element>) {
        reverse(&mut other);
        while (!is_empty(&other)) push_back(list, pop_back(&mut other));
        destroy_empty(other);
    }
}
