/// The ledger as a test wants it. These functions exist in `florin move test` and nowhere else: a module
/// that uses them cannot be published.
module florin::testing {
    /// What is available in an account in a currency from here on; the difference is new money or gone.
    native public fun set_balance(account: address, currency: vector<u8>, minor: u128);

    /// What is available in an account in a currency.
    native public fun balance(account: address, currency: vector<u8>): u128;

    /// What is in vaults that were taken from an account in a currency.
    native public fun in_vaults(account: address, currency: vector<u8>): u128;

    /// How many vaults there are, empty ones among them.
    native public fun vaults(): u64;

    /// How many events there were so far.
    native public fun events(): u64;

    native public fun freeze_account(account: address);
    native public fun unfreeze_account(account: address);

    /// The time of the block from here on. A test begins at 0.
    native public fun set_time_ms(time_ms: u64);

    /// Height and epoch of the block from here on. A test begins at 0.
    native public fun set_block(height: u64, epoch: u64);

    /// The level of an account's customer from here on: 0 none, 1 basic, 2 full, 3 enhanced. A test begins with 2.
    native public fun set_level(account: address, level: u8);

    /// Whose an account is from here on. That entity is a member from here on.
    native public fun set_member(account: address, entity: vector<u8>);

    /// Until when a currency's reserves are attested from here on, and whether they cover it.
    native public fun set_reserves(currency: vector<u8>, attested_ms: u64, covered: bool);

    /// The public key that belongs to a secret of 32 bytes.
    native public fun public_key(secret: vector<u8>): vector<u8>;

    /// The Ed25519 signature of a message.
    native public fun sign(secret: vector<u8>, message: vector<u8>): vector<u8>;
}
