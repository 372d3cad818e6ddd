/// The bytes of a value.
module std::bcs {
    /// The value in binary canonical serialization.
    native public fun to_bytes<Value>(value: &Value): vector<u8>;
}
