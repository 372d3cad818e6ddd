/// Delivery versus payment: a thing against money, both in one call or neither.
///
/// The thing is a value of any type that can be stored, such as a bond of another module. Its seller leaves it in
/// an offer to one buyer. Who takes it gets `Owed` with it, a struct with no abilities: it can be neither kept nor
/// dropped, only given to `pay` with exactly the price. A call that takes a thing and does not pay is refused by the
/// verifier before it runs.
module florin::dvp {
    use std::signer;
    use florin::claim::{Self, Claim};
    use florin::ledger;
    use florin::register::{Self, Register};

    /// What one seller offers of one type.
    struct Offers<Thing: store> has key { open: Register<Offer<Thing>> }

    struct Offer<Thing: store> has store {
        thing: Thing,
        buyer: address,
        currency: vector<u8>,
        minor: u128,
        until_ms: u64,
    }

    /// A price that is not paid yet. It has no abilities.
    struct Owed { to: address, currency: vector<u8>, minor: u128 }

    /// The offer's time is over.
    const E_EXPIRED: u64 = 400;
    /// The offer is to another buyer.
    const E_NOT_BUYER: u64 = 401;
    /// This is not the price.
    const E_NOT_THE_PRICE: u64 = 402;
    /// The seller offers nothing of this type.
    const E_NO_OFFERS: u64 = 403;

    /// Leaves a thing for a buyer, and gives the number of the offer.
    public fun offer<Thing: store>(
        seller: &signer,
        thing: Thing,
        buyer: address,
        currency: vector<u8>,
        minor: u128,
        until_ms: u64,
    ): u64 acquires Offers {
        assert!(ledger::time_ms() < until_ms, E_EXPIRED);
        let at = signer::address_of(seller);
        if (!exists<Offers<Thing>>(at)) move_to(seller, Offers<Thing> { open: register::empty() });
        let offer = Offer { thing, buyer, currency, minor, until_ms };
        register::add(&mut borrow_global_mut<Offers<Thing>>(at).open, offer)
    }

    /// Gives the buyer the thing, and what it has to pay within the same call.
    public fun take<Thing: store>(buyer: &signer, seller: address, number: u64): (Thing, Owed) acquires Offers {
        let Offer { thing, buyer: named, currency, minor, until_ms } = remove<Thing>(seller, number);
        assert!(signer::address_of(buyer) == named, E_NOT_BUYER);
        assert!(ledger::time_ms() < until_ms, E_EXPIRED);
        (thing, Owed { to: seller, currency, minor })
    }

    /// Pays what is owed to the seller, neither more nor less.
    public fun pay(owed: Owed, claim: Claim) {
        let Owed { to, currency, minor } = owed;
        assert!(claim::currency(&claim) == currency, E_NOT_THE_PRICE);
        assert!(claim::value(&claim) == minor, E_NOT_THE_PRICE);
        claim::deposit(claim, to);
    }

    /// Gives the seller back what nobody took, before or after the offer's time.
    public fun take_back<Thing: store>(seller: &signer, number: u64): Thing acquires Offers {
        let Offer { thing, buyer: _, currency: _, minor: _, until_ms: _ } =
            remove<Thing>(signer::address_of(seller), number);
        thing
    }

    /// What a price comes to.
    public fun owed(owed: &Owed): (address, vector<u8>, u128) { (owed.to, *&owed.currency, owed.minor) }

    fun remove<Thing: store>(seller: address, number: u64): Offer<Thing> acquires Offers {
        assert!(exists<Offers<Thing>>(seller), E_NO_OFFERS);
        register::remove(&mut borrow_global_mut<Offers<Thing>>(seller).open, number)
    }
}
