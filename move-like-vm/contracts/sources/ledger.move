/// What a contract may ask the ledger about itself.
module florin::ledger {
    /// The time of the block in milliseconds since 1970. It is the same on every validator, and never goes back.
    native public fun time_ms(): u64;
}
