/// Text in UTF-8.
module std::string {
    use std::option::{Self, Option};
    use std::vector;

    /// The bytes are not UTF-8.
    const E_NOT_UTF8: u64 = 1;
    /// The index is outside of the text, or within a character.
    const E_INDEX: u64 = 2;

    struct String has copy, drop, store { bytes: vector<u8> }

    public fun utf8(bytes: vector<u8>): String {
        assert!(internal_check_utf8(&bytes), E_NOT_UTF8);
        String { bytes }
    }

    public fun try_utf8(bytes: vector<u8>): Option<String> {
        if (internal_check_utf8(&bytes)) option::some(String { bytes }) else option::none()
    }

    public fun bytes(text: &String): &vector<u8> { &text.bytes }

    public fun is_empty(text: &String): bool { vector::is_empty(&text.bytes) }

    /// In bytes.
    public fun length(text: &String): u64 { vector::length(&text.bytes) }

    public fun append(text: &mut String, other: String) {
        let String { bytes } = other;
        vector::append(&mut text.bytes, bytes);
    }

    /// The bytes from one index up to another; both at the edge of a character.
    public fun sub_string(text: &String, from: u64, to: u64): String {
        let bytes = &text.bytes;
        assert!(
            from <= to && to <= vector::length(bytes)
                && internal_is_char_boundary(bytes, from) && internal_is_char_boundary(bytes, to),
            E_INDEX
        );
        String { bytes: internal_sub_string(bytes, from, to) }
    }

    /// Where it has the other for the first time; its length where it does not.
    public fun index_of(text: &String, other: &String): u64 { internal_index_of(&text.bytes, &other.bytes) }

    native fun internal_check_utf8(bytes: &vector<u8>): bool;
    native fun internal_is_char_boundary(bytes: &vector<u8>, index: u64): bool;
    native fun internal_sub_string(bytes: &vector<u8>, from: u64, to: u64): vector<u8>;
    native fun internal_index_of(bytes: &vector<u8>, other: &vector<u8>): u64;
}
