/// What the tests begin with, and what they look at.
#[test_only]
module florin::scene {
    use florin::testing;

    /// A balance is not what the test says.
    const E_BALANCE: u64 = 1;

    /// At time 1000, accounts 0xa and 0xc have 1000 euros, 0xb has 1000 dollars and 0xd nothing.
    public fun begin() {
        testing::set_time_ms(1000);
        testing::set_balance(@0xa, b"EUR", 1000);
        testing::set_balance(@0xb, b"USD", 1000);
        testing::set_balance(@0xc, b"EUR", 1000);
    }

    public fun has(account: address, currency: vector<u8>, minor: u128) {
        assert!(testing::balance(account, currency) == minor, E_BALANCE);
    }

    /// Nothing is left in a vault.
    public fun end() { assert!(testing::vaults() == 0, 2); }
}
