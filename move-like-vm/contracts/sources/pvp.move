/// Payment versus payment: two payments in two currencies, both in one call or neither.
///
/// Both sides sign the terms, which become `Agreed`. The first payment makes it `HalfPaid`, the second settles both.
/// Neither struct has abilities: a call that leaves one of them open is refused by the verifier before it runs, so
/// nobody pays first and hopes.
module florin::pvp {
    use std::signer;
    use florin::claim::{Self, Claim};

    /// Two payments that are agreed and not made. It has no abilities.
    struct Agreed { one: Side, other: Side }

    /// One payment is here, the other is not. It has no abilities.
    struct HalfPaid { paid: Claim, one: address, other: Side }

    /// What an account gives.
    struct Side has drop { account: address, currency: vector<u8>, minor: u128 }

    /// The payment has another currency than was agreed.
    const E_CURRENCY: u64 = 500;
    /// The payment has another amount than was agreed.
    const E_AMOUNT: u64 = 501;
    /// An exchange has two sides.
    const E_SAME_ACCOUNT: u64 = 502;
    /// An exchange has two currencies.
    const E_SAME_CURRENCY: u64 = 503;

    /// The terms, which both sides sign: what the one gives the other, and the other the one.
    public fun agree(
        one: &signer,
        other: &signer,
        one_currency: vector<u8>,
        one_minor: u128,
        other_currency: vector<u8>,
        other_minor: u128,
    ): Agreed {
        let (one, other) = (signer::address_of(one), signer::address_of(other));
        assert!(one != other, E_SAME_ACCOUNT);
        assert!(one_currency != other_currency, E_SAME_CURRENCY);
        Agreed {
            one: Side { account: one, currency: one_currency, minor: one_minor },
            other: Side { account: other, currency: other_currency, minor: other_minor },
        }
    }

    /// What the one gives.
    public fun pay_one(agreed: Agreed, claim: Claim): HalfPaid {
        let Agreed { one, other } = agreed;
        check(&one, &claim);
        HalfPaid { paid: claim, one: one.account, other }
    }

    /// What the other gives; both payments are made.
    public fun pay_other(half: HalfPaid, claim: Claim) {
        let HalfPaid { paid, one, other } = half;
        check(&other, &claim);
        claim::deposit(paid, other.account);
        claim::deposit(claim, one);
    }

    /// The whole exchange with money of both accounts.
    public entry fun exchange(
        one: &signer,
        other: &signer,
        one_currency: vector<u8>,
        one_minor: u128,
        other_currency: vector<u8>,
        other_minor: u128,
    ) {
        let agreed = agree(one, other, copy one_currency, one_minor, copy other_currency, other_minor);
        let half = pay_one(agreed, claim::withdraw(one, one_currency, one_minor));
        pay_other(half, claim::withdraw(other, other_currency, other_minor));
    }

    fun check(side: &Side, claim: &Claim) {
        assert!(&claim::currency(claim) == &side.currency, E_CURRENCY);
        assert!(claim::value(claim) == side.minor, E_AMOUNT);
    }
}
