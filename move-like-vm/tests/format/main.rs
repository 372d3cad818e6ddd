//! The format against binaries that others wrote, and against what chance makes of them.

#[path = "../cases/mod.rs"]
mod cases;
mod mutants;
mod real;

use move_like_vm::fault::Fault;
use move_like_vm::format::{AddressWidth, FunctionDefinitionIndex};
use move_like_vm::status::Status;
use move_like_vm::verify::limits::{self, Limits};
use move_like_vm::verify::{self, Config, constants, duplication};
use move_like_vm::{decode, encode};

use self::mutants::Chance;
use self::real::Binary;

/// The width of the addresses in the real binaries.
const SHORT: AddressWidth = AddressWidth::Sixteen;

/// How many mutants every run makes.
const MUTANTS: usize = 20_000;
/// How many mutants a long run makes, if `FLORIN_SOAK` does not tell another number.
const SOAK_MUTANTS: usize = 1_000_000;

#[test]
fn every_real_binary_decodes_and_comes_out_as_it_went_in() {
    let mut decoded = 0_usize;
    let binaries = real::binaries();
    for binary in &binaries {
        let again = if binary.is_module {
            decode::module_with(&binary.bytes, SHORT)
                .and_then(|module| encode::module_with(&module, SHORT))
        } else {
            decode::script_with(&binary.bytes, SHORT)
                .and_then(|script| encode::script_with(&script, SHORT))
        };
        let again = again.unwrap_or_else(|fault| panic!("{}: {fault:?}", binary.name));
        assert!(again == binary.bytes, "{}: other bytes", binary.name);
        decoded += 1;
    }
    println!("{decoded} of {} binaries decode and are encoded byte for byte", binaries.len());
}

/// What the passes over tables say of a binary.
fn verdict(binary: &Binary) -> Result<(), Fault> {
    if binary.is_module {
        let module = decode::checked_module(&binary.bytes, SHORT)?;
        limits::module(&module, &Limits::NONE)?;
        duplication::module(&module)?;
        constants::module(&module)
    } else {
        // the machine that runs a script has one status for all that is wrong with its bytes
        let script = decode::checked_script(&binary.bytes, SHORT)
            .map_err(|_| Fault::new(Status::CodeDeserializationError))?;
        limits::script(&script, &Limits::NONE)?;
        duplication::script(&script)?;
        constants::script(&script)
    }
}

/// The statuses that only these passes give for a module.
const OURS: [&str; 3] =
    ["TOO_MANY_LOCALS", "NUMBER_OF_TYPE_ARGUMENTS_MISMATCH", "DUPLICATE_ELEMENT"];

#[test]
fn real_binaries_are_refused_with_the_status_of_the_reference_or_left_to_other_passes() {
    for binary in real::binaries() {
        let refused = verdict(&binary).err().map(|fault| fault.status.name());
        let ours = match refused {
            Some(_) => true,
            None if binary.is_module => OURS.contains(&binary.status.as_str()),
            None => binary.status == "CODE_DESERIALIZATION_ERROR",
        };
        if ours {
            assert_eq!(refused, Some(binary.status.as_str()), "{}", binary.name);
        }
    }
}

/// A mutant is refused, or its encoding is decoded as the same again; and every pass comes to an end.
fn holds(bytes: &[u8], is_module: bool) -> bool {
    if is_module {
        let Ok(module) = decode::module_with(bytes, SHORT) else { return false };
        let again = encode::module_with(&module, SHORT).expect("what was read can be written");
        assert!(decode::module_with(&again, SHORT).as_ref() == Ok(&module), "{bytes:02x?}");
        if decode::checked_module(bytes, SHORT).is_ok() {
            for index in 0..module.function_definitions.len() {
                let index = u16::try_from(index).expect("an index");
                assert!(module.function_view(FunctionDefinitionIndex(index)).is_ok());
            }
        }
        let lenient = verify::module(&module, &Config::reference());
        let strict = verify::module(&module, &Config::network());
        assert!(lenient.is_ok() || strict.is_err(), "{bytes:02x?}");
    } else {
        let Ok(script) = decode::script_with(bytes, SHORT) else { return false };
        let again = encode::script_with(&script, SHORT).expect("what was read can be written");
        assert!(decode::script_with(&again, SHORT).as_ref() == Ok(&script), "{bytes:02x?}");
        if decode::checked_script(bytes, SHORT).is_ok() {
            assert!(script.function_view().is_ok());
        }
        let lenient = verify::script(&script, &Config::reference());
        let strict = verify::script(&script, &Config::network());
        assert!(lenient.is_ok() || strict.is_err(), "{bytes:02x?}");
    }
    true
}

#[expect(clippy::print_stdout, reason = "a figure")]
fn mutants(seed: u64, count: usize) {
    let binaries = real::binaries();
    if binaries.is_empty() {
        return;
    }
    let mut chance = Chance::new(seed);
    let mut accepted = 0_usize;
    for made in 0..count {
        let of = &binaries[made % binaries.len()];
        let other = &binaries[chance.below(binaries.len())];
        let mutant = mutants::mutant(&mut chance, &of.bytes, &other.bytes);
        accepted += usize::from(holds(&mutant, of.is_module));
    }
    println!("{accepted} of {count} mutants decode");
    assert!(accepted > count / 50, "mutants are too wild to test what is accepted");
    assert!(accepted < count - count / 50, "mutants are too tame to test what is refused");
}

#[test]
fn mutants_are_refused_or_decode_to_what_they_encode_to() {
    mutants(1, MUTANTS);
}

/// A decoder that has changed is tried with `FLORIN_SOAK=10000000`. Another number is another seed.
#[test]
fn mutants_are_refused_or_decode_to_what_they_encode_to_soak() {
    #[expect(clippy::disallowed_methods, reason = "how long a run is, is asked for")]
    let asked = std::env::var("FLORIN_SOAK").ok();
    let count = asked.and_then(|count| count.parse().ok()).unwrap_or(SOAK_MUTANTS);
    mutants(u64::try_from(count).expect("a count"), count);
}

/// How fast the largest binary is decoded: a figure to read, not a bound.
#[test]
fn the_largest_real_binary_is_decoded_many_times() {
    let binaries = real::binaries();
    let modules = binaries.iter().filter(|binary| binary.is_module);
    let largest = binaries.iter().max_by_key(|binary| binary.bytes.len());
    for binary in largest.into_iter().chain(modules.max_by_key(|binary| binary.bytes.len())) {
        #[expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "a figure")]
        let start = std::time::Instant::now();
        let mut bytes = 0_usize;
        while bytes < 40_000_000 {
            let decoded = if binary.is_module {
                decode::module_with(&binary.bytes, SHORT).is_ok()
            } else {
                decode::script_with(&binary.bytes, SHORT).is_ok()
            };
            assert!(decoded, "{}", binary.name);
            bytes += binary.bytes.len();
        }
        let seconds = start.elapsed().as_secs_f64();
        let megabytes = f64::from(u32::try_from(bytes).expect("some")) / 1e6;
        let rate = megabytes / seconds;
        println!("{} of {} bytes: {rate:.0} MB/s", binary.name, binary.bytes.len());
    }
}
