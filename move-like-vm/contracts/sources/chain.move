/// Where in the chain a call is.
module florin::chain {
    /// The height of the block.
    native public fun height(): u64;

    /// The epoch of the block: validators change between epochs only.
    native public fun epoch(): u64;
}
