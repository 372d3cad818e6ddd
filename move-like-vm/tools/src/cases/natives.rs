//! The natives that the tests of the reference machine have beside those of the standard library.

use move_like_vm::format::Address;
use move_like_vm::runtime::Stop;
use move_like_vm::runtime::native::{NativeContext, NativeFunction, NativeKey, Natives};

/// The address `0x1`.
const STANDARD: Address = {
    let mut address = [0; 32];
    address[31] = 1;
    address
};

/// `debug::print` and `debug::print_stack_trace`, which show nothing here.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Debugging;

impl Natives for Debugging {
    fn find(&self, key: NativeKey<'_>) -> Option<NativeFunction> {
        let is_here = key.address == STANDARD
            && key.module == "debug"
            && matches!(key.function, "print" | "print_stack_trace");
        is_here.then_some(NativeFunction { gas: 0, body: nothing, bytes_max: Some(0) })
    }
}

fn nothing(_: &mut NativeContext<'_>) -> Result<(), Stop> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_debugging_at_0x1_is_here() {
        let has = |address, module, function| {
            Debugging.find(NativeKey { address, module, function }).is_some()
        };
        assert!(has(STANDARD, "debug", "print") && has(STANDARD, "debug", "print_stack_trace"));
        assert!(!has([2; 32], "debug", "print"));
        assert!(!has(STANDARD, "debug", "other") && !has(STANDARD, "other", "print"));
    }
}
