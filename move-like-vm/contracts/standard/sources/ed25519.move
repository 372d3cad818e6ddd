/// Ed25519 signatures under the rules of ZIP 215.
module std::ed25519 {
    /// Whether bytes are a public key.
    native public fun validate_public_key(key: vector<u8>): bool;

    /// Whether a signature is that of the key over the message. Malformed ones are not.
    native public fun verify(signature: vector<u8>, key: vector<u8>, message: vector<u8>): bool;
}
