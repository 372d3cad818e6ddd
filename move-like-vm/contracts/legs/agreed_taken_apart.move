// M0207
/// Only the module that defines a struct takes it apart.
script {
    use florin::pvp::{Self, Agreed};

    fun main(one: signer, other: signer) {
        let Agreed { one: _, other: _ } = pvp::agree(&one, &other, b"EUR", 100, b"USD", 110);
    }
}
