/// One value, or none.
module std::option {
    use std::vector;

    /// There is a value already.
    const E_SOME: u64 = 0x40000;
    /// There is no value.
    const E_NONE: u64 = 0x40001;

    /// At most one element.
    struct Option<Element> has copy, drop, store { held: vector<Element> }

    public fun none<Element>(): Option<Element> { Option { held: vector::empty() } }

    public fun some<Element>(element: Element): Option<Element> {
        let held = vector::empty();
        vector::push_back(&mut held, element);
        Option { held }
    }

    public fun is_none<Element>(option: &Option<Element>): bool { vector::is_empty(&option.held) }

    public fun is_some<Element>(option: &Option<Element>): bool { !is_none(option) }

    public fun contains<Element>(option: &Option<Element>, element: &Element): bool {
        is_some(option) && vector::borrow(&option.held, 0) == element
    }

    public fun borrow<Element>(option: &Option<Element>): &Element {
        assert!(is_some(option), E_NONE);
        vector::borrow(&option.held, 0)
    }

    public fun borrow_mut<Element>(option: &mut Option<Element>): &mut Element {
        assert!(is_some(option), E_NONE);
        vector::borrow_mut(&mut option.held, 0)
    }

    /// The value, or a copy of the other where there is none.
    public fun get_with_default<Element: copy + drop>(option: &Option<Element>, other: Element): Element {
        if (is_some(option)) *vector::borrow(&option.held, 0) else other
    }

    /// Puts a value where there is none.
    public fun fill<Element>(option: &mut Option<Element>, element: Element) {
        assert!(is_none(option), E_SOME);
        vector::push_back(&mut option.held, element);
    }

    /// Takes the value; there is none then.
    public fun extract<Element>(option: &mut Option<Element>): Element {
        assert!(is_some(option), E_NONE);
        vector::pop_back(&mut option.held)
    }

    /// Puts another value in place of the one, which it gives.
    public fun swap<Element>(option: &mut Option<Element>, element: Element): Element {
        let old = extract(option);
        vector::push_back(&mut option.held, element);
        old
    }

    public fun destroy_some<Element>(option: Option<Element>): Element {
        let element = extract(&mut option);
        destroy_none(option);
        element
    }

    public fun destroy_none<Element>(option: Option<Element>) {
        assert!(is_none(&option), E_SOME);
        let Option { held } = option;
        vector::destroy_empty(held);
    }
}
