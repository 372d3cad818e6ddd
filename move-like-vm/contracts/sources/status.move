/// What a contract may ask about those whom its call names.
///
/// A holder is asked about in one currency: of that account, its customer and its member. Every member with an
/// account in a call consents to the call, so it agrees to what is answered here. A holder that the call does
/// not name in that currency aborts with `REFUSED_NOT_NAMED`.
module florin::status {
    /// The call names no such account.
    const REFUSED_NOT_NAMED: u64 = 0x460078;
    /// It is another member's account than that of who made the call.
    const REFUSED_NOT_YOURS: u64 = 0x460036;

    /// Whether it could pay now, if it had the money: member, account, customer, freeze, currency and policy
    /// are asked as for any payment. Nobody is told which of them says no.
    native public fun may_pay(holder: address, currency: vector<u8>): bool;

    /// Whether it could be paid now.
    native public fun may_be_paid(holder: address, currency: vector<u8>): bool;

    /// Whether the account, or its customer, is frozen. Asked about accounts of who makes the call only.
    native public fun is_frozen(holder: address, currency: vector<u8>): bool;

    /// Whether its customer is in good standing now, of that level at least: 1 basic data, 2 full due
    /// diligence, 3 enhanced.
    native public fun has_level(holder: address, currency: vector<u8>, least: u8): bool;

    /// The legal entity identifier of its member: 20 letters and digits.
    native public fun member_of(holder: address): vector<u8>;

    /// Whether a legal entity is a member of the network now, and not suspended.
    native public fun is_member(entity: vector<u8>): bool;
}
