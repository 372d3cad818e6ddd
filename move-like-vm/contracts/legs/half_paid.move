// M0402
/// The other leg is left open.
script {
    use florin::claim;
    use florin::pvp;

    fun main(one: signer, other: signer) {
        let agreed = pvp::agree(&one, &other, b"EUR", 100, b"USD", 110);
        let half = pvp::pay_one(agreed, claim::withdraw(&one, b"EUR", 100));
    }
}
