/// Ties a call to a message of ISO 20022: its name and its hash stand in the call's receipt, so whoever has the
/// message and the receipt can prove that it was this one. The message itself never comes here.
module florin::iso20022 {
    use std::vector;
    use florin::event;

    /// A message has a name of the kind of `pacs.008.001.08`.
    const E_NAME: u64 = 980;
    /// A hash has 32 bytes.
    const E_HASH: u64 = 981;

    /// Only this module makes one.
    struct Anchored has copy, drop {
        message: vector<u8>,
        /// SHA-256 of the message as it was sent.
        hash: vector<u8>,
    }

    public fun anchor(message: vector<u8>, hash: vector<u8>) {
        assert!(is_name(&message), E_NAME);
        assert!(vector::length(&hash) == 32, E_HASH);
        event::emit(Anchored { message, hash });
    }

    /// Four letters, and numbers of 3, 3 and 2 digits.
    fun is_name(name: &vector<u8>): bool {
        if (vector::length(name) != 15) return false;
        let index = 0;
        while (index < 15) {
            let byte = *vector::borrow(name, index);
            let fits = if (index < 4) byte >= 97 && byte <= 122
                else if (index == 4 || index == 8 || index == 12) byte == 46
                else byte >= 48 && byte <= 57;
            if (!fits) return false;
            index = index + 1;
        };
        true
    }
}
