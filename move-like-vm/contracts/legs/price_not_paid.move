// M0304
/// The price is not paid.
script {
    use florin::claim::{Self, Claim};
    use florin::dvp;

    fun main(buyer: signer, seller: address) {
        let (euros, _) = dvp::take<Claim>(&buyer, seller, 0);
        claim::deposit(euros, @0xb);
    }
}
