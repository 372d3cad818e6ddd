/// What a contract tells the parties of a call, and nobody else.
///
/// Events stand in the call's receipt, so whoever has that can prove them. A call has at most 16, of 4096 bytes
/// together with the names of their types; more abort it with `0x460013`, as does a value that is no struct.
module florin::event {
    /// `out_of_range`: it is no struct, or there are more or longer events than a call may have.
    const REFUSED: u64 = 0x460013;

    /// Tells it. Values of a struct are made by its module only, so the type says who tells.
    native public fun emit<Told: copy + drop>(told: Told);
}
