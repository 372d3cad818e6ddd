//! No bytes make the verifier panic, and none of what it accepts is refused by itself later.

use std::panic::{AssertUnwindSafe, catch_unwind};

use move_like_vm::decode;
use move_like_vm::format::{CompiledModule, CompiledScript};
use move_like_vm::verify::{
    self, Compatibility, Config, Published, ability_fields, cycles, dependencies, duplication,
    entry, friends, instantiation_loops, instruction_consistency, recursive_structs, signatures,
};

use crate::{SHORT, World, cases};

/// Numbers that are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound.max(1)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).expect("a byte")
    }

    /// The bytes with one to three small changes.
    fn change(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(bytes.len());
            match self.below(5) {
                0 => bytes[at] = self.byte(),
                1 => bytes[at] ^= 1 << self.below(8),
                2 => bytes[at] = bytes[at].wrapping_add(1),
                3 => bytes.insert(at, self.byte()),
                _ => bytes[at] = bytes[at].wrapping_sub(1),
            }
        }
        bytes
    }
}

/// Every pass over tables by itself, whatever the passes before it say.
fn each_pass(module: &CompiledModule, world: &impl Published) {
    for config in [Config::reference(), Config::network()] {
        let _ = signatures::module(module, &config);
    }
    let _ = duplication::module(module);
    let _ = instruction_consistency::module(module);
    let _ = friends::module(module);
    let _ = ability_fields::module(module);
    let _ = recursive_structs::module(module);
    let _ = instantiation_loops::module(module);
    let _ = dependencies::natives(module, world);
    let _ = dependencies::module(module, world);
    let _ = cycles::module(module, world);
    let _ = Compatibility::FULL.check(module, module);
    if let Some(published) = world.module(name_of(module)) {
        let _ = Compatibility::FULL.check(published, module);
        let _ = Compatibility::FULL.check(module, published);
    }
}

/// The name of a module, or one that nothing has where its name is out of bounds.
fn name_of(module: &CompiledModule) -> verify::ModuleId<'_> {
    let nothing = verify::ModuleId { address: &[0xff; 32], name: "" };
    verify::ModuleId::own(module).unwrap_or(nothing)
}

fn each_pass_of_script(script: &CompiledScript, world: &impl Published) {
    for config in [Config::reference(), Config::network()] {
        let _ = signatures::script(script, &config);
    }
    let _ = instruction_consistency::script(script);
    let _ = dependencies::script(script, world);
    let _ = entry::script(script);
}

/// Whether the bytes were decoded, and whether they were accepted.
fn run(bytes: &[u8], is_module: bool, world: &World) -> (bool, bool) {
    let config = Config::network();
    if is_module {
        let Ok(module) = decode::module_with(bytes, SHORT) else { return (false, false) };
        each_pass(&module, world);
        let accepted = verify::module(&module, &config).is_ok();
        let _ = verify::publication(&module, Compatibility::FULL, &config, world);
        if accepted {
            // what everybody may do with a module still holds of the module itself
            assert_eq!(Compatibility::FULL.check(&module, &module), Ok(()));
            assert_eq!(verify::module(&module, &Config::reference()), Ok(()));
        }
        (true, accepted)
    } else {
        let Ok(script) = decode::script_with(bytes, SHORT) else { return (false, false) };
        each_pass_of_script(&script, world);
        let _ = verify::link_script(&script, world);
        (true, verify::script(&script, &config).is_ok())
    }
}

#[test]
fn no_change_of_a_real_binary_makes_a_pass_panic() {
    const CHANGES: usize = 400;
    let mut chance = Chance(1);
    let cases = cases::all();
    let modules = cases.iter().flat_map(|case| &case.tasks).filter(|task| task.is_module);
    let modules = modules.filter_map(|task| decode::checked_module(&task.bytes, SHORT).ok());
    let world = World { modules: modules.collect() };
    let [mut tried, mut decoded, mut accepted] = [0_usize; 3];
    for case in &cases {
        for task in &case.tasks {
            for _ in 0..CHANGES {
                let bytes = chance.change(&task.bytes);
                let outcome =
                    catch_unwind(AssertUnwindSafe(|| run(&bytes, task.is_module, &world)));
                let Ok((was_decoded, was_accepted)) = outcome else {
                    panic!("{}: {}", case.id, hex::encode(&bytes));
                };
                tried += 1;
                decoded += usize::from(was_decoded);
                accepted += usize::from(was_accepted);
            }
        }
    }
    println!("{tried} changed binaries: {decoded} decode, {accepted} are accepted");
    assert!(
        cases.is_empty() || decoded * 10 > tried,
        "almost nothing decodes: {decoded} of {tried}"
    );
}
