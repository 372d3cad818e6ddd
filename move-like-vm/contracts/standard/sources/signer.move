/// Who signed the call.
module std::signer {
    native public fun borrow_address(signer: &signer): &address;

    public fun address_of(signer: &signer): address { *borrow_address(signer) }
}
