/// Values under keys, as many as there is need for: each is read and written by itself, and counts as a record
/// of the call.
///
/// A table belongs to whoever has it, as any value does. Only that can reach its items.
module florin::table {
    /// There is something under that key.
    const E_TAKEN: u64 = 900;
    /// There is nothing under that key.
    const E_ABSENT: u64 = 901;
    /// There are values in it.
    const E_NOT_EMPTY: u64 = 902;

    struct Table<phantom Key: copy + drop, phantom Value: store> has store {
        handle: address,
        length: u64,
    }

    /// What stands under a key, at an address that follows from table and key.
    struct Item<Value: store> has key { value: Value }

    public fun new<Key: copy + drop, Value: store>(): Table<Key, Value> {
        Table { handle: fresh(), length: 0 }
    }

    public fun length<Key: copy + drop, Value: store>(table: &Table<Key, Value>): u64 { table.length }

    public fun contains<Key: copy + drop, Value: store>(table: &Table<Key, Value>, key: Key): bool {
        exists<Item<Value>>(place(table.handle, &key))
    }

    public fun add<Key: copy + drop, Value: store>(table: &mut Table<Key, Value>, key: Key, value: Value) {
        let at = place(table.handle, &key);
        assert!(!exists<Item<Value>>(at), E_TAKEN);
        move_to(&seat(at), Item { value });
        table.length = table.length + 1;
    }

    public fun borrow<Key: copy + drop, Value: store>(table: &Table<Key, Value>, key: Key): &Value {
        let at = place(table.handle, &key);
        assert!(exists<Item<Value>>(at), E_ABSENT);
        &item<Key, Value>(table, at).value
    }

    public fun borrow_mut<Key: copy + drop, Value: store>(table: &mut Table<Key, Value>, key: Key): &mut Value {
        let at = place(table.handle, &key);
        assert!(exists<Item<Value>>(at), E_ABSENT);
        &mut item_mut<Key, Value>(table, at).value
    }

    public fun remove<Key: copy + drop, Value: store>(table: &mut Table<Key, Value>, key: Key): Value acquires Item {
        let at = place(table.handle, &key);
        assert!(exists<Item<Value>>(at), E_ABSENT);
        let Item { value } = move_from<Item<Value>>(at);
        table.length = table.length - 1;
        value
    }

    public fun destroy_empty<Key: copy + drop, Value: store>(table: Table<Key, Value>) {
        let Table { handle: _, length } = table;
        assert!(length == 0, E_NOT_EMPTY);
    }

    /// An address that no other table has.
    native fun fresh(): address;
    /// Where the value of a key stands.
    native fun place<Key: copy + drop>(handle: address, key: &Key): address;
    /// Who puts it there.
    native fun seat(at: address): signer;
    native fun item<Key: copy + drop, Value: store>(table: &Table<Key, Value>, at: address): &Item<Value>;
    native fun item_mut<Key: copy + drop, Value: store>(
        table: &mut Table<Key, Value>,
        at: address,
    ): &mut Item<Value>;
}
