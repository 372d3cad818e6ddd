/// Arithmetic that does not lose what is between its steps.
module std::math {
    /// Towards zero.
    const DOWN: u8 = 0;
    /// Away from zero.
    const UP: u8 = 1;
    /// To the nearest; from the middle away from zero.
    const HALF_UP: u8 = 2;
    /// To the nearest; from the middle to the even one.
    const HALF_EVEN: u8 = 3;

    public fun down(): u8 { DOWN }
    public fun up(): u8 { UP }
    public fun half_up(): u8 { HALF_UP }
    public fun half_even(): u8 { HALF_EVEN }

    /// `value * by / over`, rounded. Aborts with 1 if `over` is zero, with 2 if the result is no `u128`,
    /// with 3 if there is no such rounding.
    native public fun mul_div(value: u128, by: u128, over: u128, rounding: u8): u128;
}
