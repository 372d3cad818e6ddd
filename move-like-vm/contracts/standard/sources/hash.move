/// Hashes.
module std::hash {
    native public fun blake2b_256(bytes: vector<u8>): vector<u8>;
    native public fun sha2_256(bytes: vector<u8>): vector<u8>;
    native public fun sha3_256(bytes: vector<u8>): vector<u8>;
}
