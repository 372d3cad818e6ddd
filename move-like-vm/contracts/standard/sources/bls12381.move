/// BLS signatures over BLS12-381: a key has 96 bytes, a signature 48.
module std::bls12381 {
    /// Whether bytes are a public key.
    native public fun validate_public_key(key: vector<u8>): bool;

    /// Whether a signature is that of the key over the message. Malformed ones are not.
    native public fun verify(signature: vector<u8>, key: vector<u8>, message: vector<u8>): bool;

    /// Whether a proof shows that who made it knows the secret behind the key.
    native public fun verify_possession(proof: vector<u8>, key: vector<u8>): bool;

    /// Whether a signature is that of all the keys together over one message. The keys stand one behind
    /// the other; ask each of them for its proof of possession first.
    native public fun verify_aggregate(signature: vector<u8>, keys: vector<u8>, message: vector<u8>): bool;

    /// The signature that signatures over one message add up to; they stand one behind the other. Aborts
    /// with 1 if one is malformed.
    native public fun aggregate(signatures: vector<u8>): vector<u8>;
}
