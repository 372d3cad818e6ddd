/// A claim on money that the ledger holds in a vault.
///
/// A claim names one vault and nothing else: amount, currency and owner are in the ledger's record of the vault.
/// It can be neither copied nor dropped, so whoever holds one pays it out, joins it to another or keeps it in
/// storage. The *owner* is the account that the money was taken from; no contract changes it. While the owner is
/// frozen, its vaults can neither be paid out, cut nor merged, except back to the owner.
///
/// The native functions are rules of the ledger. What they refuse aborts the call with `0x460000` and the number of
/// the refusal behind it; those that a contract meets most are the constants here.
module florin::claim {
    /// A claim on one vault.
    struct Claim has store { vault: address }

    /// `amount_zero`: nothing would be taken or paid.
    const REFUSED_ZERO: u64 = 0x46001e;
    /// `account_frozen`: the owner is frozen.
    const REFUSED_FROZEN: u64 = 0x460037;
    /// `currency_mismatch`: the two vaults have two currencies.
    const REFUSED_CURRENCY: u64 = 0x460038;
    /// `counterparty_not_eligible`: the payee cannot take part.
    const REFUSED_PAYEE: u64 = 0x46003c;
    /// `insufficient_funds`: account or vault hold less.
    const REFUSED_FUNDS: u64 = 0x46003d;
    /// `vault_not_empty`: there is still money in it.
    const REFUSED_NOT_EMPTY: u64 = 0x460075;
    /// `vault_owner_mismatch`: the two vaults have two owners.
    const REFUSED_OWNER: u64 = 0x460076;
    /// `cap_exceeded`: more would be taken from the account than the call allows.
    const REFUSED_CAP: u64 = 0x460077;
    /// `payee_not_named`: the call names no account of the payee in this currency.
    const REFUSED_NOT_NAMED: u64 = 0x460078;

    /// Takes money from the account that signs, within the cap that the call names for it.
    public fun withdraw(owner: &signer, currency: vector<u8>, minor: u128): Claim {
        Claim { vault: open(owner, currency, minor) }
    }

    /// Pays all of it to an account that the call names. The claim ends.
    public fun deposit(claim: Claim, to: address) {
        let Claim { vault } = claim;
        pay(vault, to);
    }

    /// Takes so much out of a claim, as a claim of the same owner.
    public fun split(claim: &mut Claim, minor: u128): Claim {
        Claim { vault: cut(claim.vault, minor) }
    }

    /// Puts all of another claim of the same owner and currency into this one.
    public fun join(claim: &mut Claim, other: Claim) {
        let Claim { vault } = other;
        merge(claim.vault, vault);
    }

    /// Ends a claim on nothing.
    public fun destroy_empty(claim: Claim) {
        let Claim { vault } = claim;
        close(vault);
    }

    /// How much it is, in minor units.
    public fun value(claim: &Claim): u128 { amount_of(claim.vault) }

    /// The code of its currency.
    public fun currency(claim: &Claim): vector<u8> { currency_of(claim.vault) }

    /// The account that the money was taken from.
    public fun owner(claim: &Claim): address { owner_of(claim.vault) }

    native fun open(owner: &signer, currency: vector<u8>, minor: u128): address;
    native fun pay(vault: address, to: address);
    native fun cut(vault: address, minor: u128): address;
    native fun merge(into: address, from: address);
    native fun close(vault: address);
    native fun amount_of(vault: address): u128;
    native fun currency_of(vault: address): vector<u8>;
    native fun owner_of(vault: address): address;
}
