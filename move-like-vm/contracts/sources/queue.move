/// Values in the order in which they came, however many: putting one in and taking one out touch that one only.
module florin::queue {
    use florin::table::{Self, Table};

    /// There is nothing in it.
    const E_EMPTY: u64 = 950;
    /// There are values in it.
    const E_NOT_EMPTY: u64 = 951;

    struct Queue<phantom Value: store> has store {
        entries: Table<u64, Value>,
        /// The number of the first, and that of the next to come.
        first: u64,
        next: u64,
    }

    public fun new<Value: store>(): Queue<Value> {
        Queue { entries: table::new(), first: 0, next: 0 }
    }

    public fun length<Value: store>(queue: &Queue<Value>): u64 { queue.next - queue.first }

    /// Puts a value behind all others.
    public fun push<Value: store>(queue: &mut Queue<Value>, value: Value) {
        table::add(&mut queue.entries, queue.next, value);
        queue.next = queue.next + 1;
    }

    /// The first value.
    public fun peek<Value: store>(queue: &Queue<Value>): &Value {
        assert!(queue.first < queue.next, E_EMPTY);
        table::borrow(&queue.entries, queue.first)
    }

    /// Takes the first value.
    public fun pop<Value: store>(queue: &mut Queue<Value>): Value {
        assert!(queue.first < queue.next, E_EMPTY);
        let number = queue.first;
        queue.first = number + 1;
        table::remove(&mut queue.entries, number)
    }

    public fun destroy_empty<Value: store>(queue: Queue<Value>) {
        let Queue { entries, first, next } = queue;
        assert!(first == next, E_NOT_EMPTY);
        table::destroy_empty(entries);
    }
}
