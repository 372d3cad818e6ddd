/// What a contract may ask about the money that stands behind a currency.
module florin::reserve {
    /// Whether all that is in circulation is covered by fresh attestations and what was booked after them.
    native public fun is_covered(currency: vector<u8>): bool;

    /// As of when its reserves are attested, in milliseconds since 1970: the oldest of the latest attestations
    /// of its accounts; 0 if an account has none.
    native public fun attested_ms(currency: vector<u8>): u64;
}
