//! Nanoseconds of a unit of gas, by kind of instruction and by native function.
//!
//! ```text
//! cargo bench -p move-like-vm --features testing --profile dev --bench gas
//! ```
//!
//! Each kind is a few instructions that leave the stack as it was, 16 times in a row in a loop. What the
//! loop costs alone is taken off, from the time and from the units. The shortest of many rounds counts:
//! whatever else the machine does only makes a round longer. A unit should cost the same everywhere: the
//! last column is the ratio to the median kind, marked where it is more than three.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::print_stdout,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a bench reads the clock, prints what it measured, and stops at the unexpected"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use move_like_vm::encode;
use move_like_vm::format::{
    Abilities, Ability, CompiledModule, FieldHandleIndex, Instruction as I, SignatureIndex,
    SignatureToken as T, StructDefinitionIndex, Unsigned256, Visibility,
};
use move_like_vm::runtime::{Arguments, Bytes, Config, Machine, MemoryState, ModuleId, StructTag};
use move_like_vm::testing::{Builder, address, vector};

/// How often the instructions of a kind stand in the loop.
const TIMES: usize = 16;
/// Rounds of which the shortest counts.
const ROUNDS: usize = 30;
/// Turns of the loop in a round: fewer for what is slow.
const TURNS: u64 = 1_000;
const BUDGET: u64 = 1 << 60;

/// The locals of every function: the turns, bytes, then the turn, a number, a vector, a struct.
const TURN: u8 = 3;
const NUMBER: u8 = 4;
const LIST: u8 = 5;
const PAIR: u8 = 6;
const BYTES: u8 = 1;
const SIGNER: u8 = 0;
const LIMIT: u8 = 2;

struct Kind {
    name: &'static str,
    code: Vec<I>,
    turns: u64,
    given: Vec<u8>,
}

fn id() -> ModuleId {
    ModuleId { address: address(1), name: "M".to_owned() }
}

/// The function of a kind: prepares its locals, then turns the loop.
fn looped(body: &[I], start: &[I]) -> Vec<I> {
    let head = start.len();
    let repeated: Vec<I> = (0..TIMES).flat_map(|_| body.iter().cloned()).collect();
    let end = u16::try_from(head + 4 + repeated.len() + 5).unwrap();
    let test = [I::CopyLoc(TURN), I::CopyLoc(LIMIT), I::Lt, I::BrFalse(end)];
    let next = [
        I::CopyLoc(TURN),
        I::LdU64(1),
        I::Add,
        I::StLoc(TURN),
        I::Branch(u16::try_from(head).unwrap()),
    ];
    [start, &test[..], &repeated, &next, &[I::Ret]].concat()
}

/// Kinds by their names.
type Rows = Vec<(&'static str, Vec<I>)>;

/// Instructions on numbers.
fn numbers() -> Rows {
    let n = I::LdU64;
    let (wide, wider) = (I::LdU128(u128::MAX / 3), I::LdU256(Box::new(Unsigned256::MAX >> 3)));
    let (wide_two, wider_two) =
        (I::LdU128(1 << 70), I::LdU256(Box::new(Unsigned256::from(1u128 << 100))));
    vec![
        ("load, pop", vec![n(7), I::Pop]),
        ("copy, store a number", vec![I::CopyLoc(NUMBER), I::StLoc(NUMBER)]),
        ("move, store a number", vec![I::MoveLoc(NUMBER), I::StLoc(NUMBER)]),
        ("add", vec![n(7), n(3), I::Add, I::Pop]),
        ("multiply", vec![n(7), n(3), I::Mul, I::Pop]),
        ("divide", vec![n(7), n(3), I::Div, I::Pop]),
        ("modulo", vec![n(7), n(3), I::Mod, I::Pop]),
        ("and, or, xor", vec![n(7), n(3), I::BitAnd, n(4), I::Xor, I::Pop]),
        ("shift", vec![n(7), I::LdU8(3), I::Shl, I::Pop]),
        ("compare", vec![n(7), n(3), I::Lt, I::Pop]),
        ("equal numbers", vec![n(7), n(3), I::Eq, I::Pop]),
        ("not, and", vec![I::LdTrue, I::Not, I::LdFalse, I::Or, I::Pop]),
        ("cast", vec![n(7), I::CastU8, I::Pop]),
        ("cast to u256", vec![n(7), I::CastU256, I::Pop]),
        ("add u128", vec![wide.clone(), wide_two.clone(), I::Add, I::Pop]),
        ("multiply u128", vec![wide_two.clone(), n(9), I::CastU128, I::Mul, I::Pop]),
        ("divide u128", vec![wide, wide_two, I::Div, I::Pop]),
        ("add u256", vec![wider.clone(), wider_two.clone(), I::Add, I::Pop]),
        ("multiply u256", vec![wider_two.clone(), wider_two.clone(), I::Mul, I::Pop]),
        ("divide u256", vec![wider, wider_two, I::Div, I::Pop]),
    ]
}

/// Instructions on constants and structs.
fn structs(definition: StructDefinitionIndex, one: FieldHandleIndex, here: I, text: I) -> Rows {
    let n = I::LdU64;
    vec![
        ("constant of 32 bytes", vec![text, I::Pop]),
        ("constant address", vec![here, I::Pop]),
        ("copy a struct", vec![I::CopyLoc(PAIR), I::Pop]),
        ("copy a vector of 3", vec![I::CopyLoc(LIST), I::Pop]),
        (
            "pack, unpack",
            vec![n(1), n(2), I::Pack(definition), I::Unpack(definition), I::Pop, I::Pop],
        ),
        ("read a field", vec![I::ImmBorrowLoc(PAIR), I::ImmBorrowField(one), I::ReadRef, I::Pop]),
        ("write a field", vec![n(1), I::MutBorrowLoc(PAIR), I::MutBorrowField(one), I::WriteRef]),
        ("freeze", vec![I::MutBorrowLoc(PAIR), I::FreezeRef, I::Pop]),
        ("equal vectors of 3", vec![I::ImmBorrowLoc(LIST), I::ImmBorrowLoc(LIST), I::Eq, I::Pop]),
    ]
}

/// Instructions on vectors.
fn vectors(words: SignatureIndex) -> Rows {
    let n = I::LdU64;
    vec![
        (
            "vector: pack, unpack",
            vec![n(1), n(2), I::VecPack(words, 2), I::VecUnpack(words, 2), I::Pop, I::Pop],
        ),
        ("vector: length", vec![I::ImmBorrowLoc(LIST), I::VecLen(words), I::Pop]),
        (
            "vector: borrow, read",
            vec![I::ImmBorrowLoc(LIST), n(1), I::VecImmBorrow(words), I::ReadRef, I::Pop],
        ),
        (
            "vector: push, pop",
            vec![
                I::MutBorrowLoc(LIST),
                n(1),
                I::VecPushBack(words),
                I::MutBorrowLoc(LIST),
                I::VecPopBack(words),
                I::Pop,
            ],
        ),
        ("vector: swap", vec![I::MutBorrowLoc(LIST), n(0), n(1), I::VecSwap(words)]),
    ]
}

/// Instructions on storage.
fn storage(resource: StructDefinitionIndex, value: FieldHandleIndex, address: I) -> Rows {
    let n = I::LdU64;
    vec![
        ("exists", vec![address.clone(), I::Exists(resource), I::Pop]),
        (
            "resource: read a field",
            vec![
                address.clone(),
                I::ImmBorrowGlobal(resource),
                I::ImmBorrowField(value),
                I::ReadRef,
                I::Pop,
            ],
        ),
        (
            "resource: write a field",
            vec![
                n(1),
                address.clone(),
                I::MutBorrowGlobal(resource),
                I::MutBorrowField(value),
                I::WriteRef,
            ],
        ),
        (
            "resource: move",
            vec![I::ImmBorrowLoc(SIGNER), address, I::MoveFrom(resource), I::MoveTo(resource)],
        ),
    ]
}

fn kinds(builder: &mut Builder, same: [I; 2], natives: Vec<Kind>) -> (Vec<Kind>, Vec<I>, T) {
    let pair_abilities = Abilities::NONE.with(Ability::Copy).with(Ability::Drop);
    let (pair, definition) =
        builder.structure("Pair", pair_abilities, &[], &[("one", T::U64), ("other", T::U64)]);
    let key = Abilities::NONE.with(Ability::Key);
    let (_, resource) = builder.structure("Kept", key, &[], &[("value", T::U64)]);
    let (one, value) = (builder.field(definition, 0), builder.field(resource, 0));
    let words = builder.signature(&[T::U64]);
    let here = builder.constant(T::Address, &address(1));
    let text = builder.constant(vector(T::U8), &[&[32][..], &[7; 32]].concat());
    let n = I::LdU64;
    let start = vec![
        n(0),
        I::StLoc(TURN),
        n(5),
        I::StLoc(NUMBER),
        n(1),
        n(2),
        n(3),
        I::VecPack(words, 3),
        I::StLoc(LIST),
        n(1),
        n(2),
        I::Pack(definition),
        I::StLoc(PAIR),
    ];
    let [call, call_generic] = same;
    let address = I::LdConst(here);
    let rows = [
        numbers(),
        structs(definition, one, address.clone(), I::LdConst(text)),
        vectors(words),
        vec![
            ("call", vec![I::CopyLoc(NUMBER), call, I::Pop]),
            ("call with a type", vec![I::CopyLoc(NUMBER), call_generic, I::Pop]),
        ],
        storage(resource, value, address),
    ];
    let rows = rows.into_iter().flatten();
    let own = rows.map(|(name, code)| Kind { name, code, turns: TURNS, given: vec![0] });
    (own.chain(natives).collect(), start, T::Struct(pair))
}

/// Calls of native functions over the bytes that the loop is given.
fn natives(builder: &mut Builder) -> Vec<Kind> {
    let bytes = vector(T::U8);
    let mut kinds = Vec::new();
    let import = builder.import(1, "hash");
    for (function, name_short, name_long) in [
        ("sha2_256", "native: sha2 of 32 bytes", "native: sha2 of 1 KiB"),
        ("sha3_256", "native: sha3 of 32 bytes", "native: sha3 of 1 KiB"),
        ("blake2b_256", "native: blake2b of 32 bytes", "native: blake2b of 1 KiB"),
    ] {
        let parameters = std::slice::from_ref(&bytes);
        let handle = builder.function_handle(import, function, &[], parameters, parameters);
        let code = vec![I::CopyLoc(BYTES), I::Call(handle), I::Pop];
        let list = |length: usize, head: &[u8]| [head, &vec![7; length]].concat();
        kinds.push(Kind {
            name: name_short,
            code: code.clone(),
            turns: 50,
            given: list(32, &[32]),
        });
        kinds.push(Kind { name: name_long, code, turns: 10, given: list(1024, &[0x80, 8]) });
    }
    let base =
        hex::decode("5866666666666666666666666666666666666666666666666666666666666666").unwrap();
    let mut signed = base.clone();
    signed.extend([1]);
    signed.extend([0; 31]);
    let key = bls12_381::G2Affine::generator().to_compressed();
    let point = bls12_381::G1Affine::generator().to_compressed();
    for (module, name, key, signature) in [
        ("ed25519", "native: ed25519 verify", base, signed),
        ("bls12381", "native: bls verify", key.to_vec(), point.to_vec()),
    ] {
        let import = builder.import(1, module);
        let parameters = [bytes.clone(), bytes.clone(), bytes.clone()];
        let handle = builder.function_handle(import, "verify", &[], &parameters, &[T::Bool]);
        let list = |part: &[u8]| [&[u8::try_from(part.len()).unwrap()][..], part].concat();
        let signature = builder.constant(bytes.clone(), &list(&signature));
        let key = builder.constant(bytes.clone(), &list(&key));
        let code = vec![
            I::LdConst(signature),
            I::LdConst(key),
            I::CopyLoc(BYTES),
            I::Call(handle),
            I::Pop,
        ];
        kinds.push(Kind { name, code, turns: 1, given: vec![2, 7, 7] });
    }
    let import = builder.import(1, "math");
    let parameters = [T::U128, T::U128, T::U128, T::U8];
    let handle = builder.function_handle(import, "mul_div", &[], &parameters, &[T::U128]);
    let code = vec![
        I::LdU128(u128::MAX / 7),
        I::LdU128(1 << 90),
        I::LdU128(1 << 91),
        I::LdU8(3),
        I::Call(handle),
        I::Pop,
    ];
    kinds.push(Kind { name: "native: mul_div", code, turns: TURNS, given: vec![0] });
    kinds
}

/// A module that declares natives, for the module under measure to import.
fn declared(name: &str, functions: &[(&str, &[T], T)]) -> CompiledModule {
    let mut builder = Builder::module(1, name);
    for (function, parameters, returned) in functions {
        let own = builder.own();
        let returns = std::slice::from_ref(returned);
        let handle = builder.function_handle(own, function, &[], parameters, returns);
        builder.native_function(handle, Visibility::Public);
    }
    builder.build()
}

fn put(state: &mut MemoryState, name: &str, module: &CompiledModule) {
    let bytes: Bytes = Arc::from(encode::module(module).unwrap());
    state.put_module(ModuleId { address: address(1), name: name.to_owned() }, bytes);
}

/// The nanoseconds and units of so many turns.
fn measured(state: &MemoryState, function: &str, kind: &Kind) -> (f64, u64) {
    let given = Arguments {
        signers: vec![address(1)],
        values: vec![kind.given.clone(), kind.turns.to_le_bytes().to_vec()],
        ..Arguments::default()
    };
    // the verifier has nothing to say here: functions that say what they acquire are longer to write
    let mut machine = Machine::new(Config { verifier: None, ..Config::network() });
    let mut best = f64::MAX;
    let mut gas = 0;
    for _ in 0..ROUNDS {
        let mut nothing = ();
        let mut session = machine.session(state, BUDGET, &mut nothing);
        let start = Instant::now();
        black_box(session.call_any(&id(), function, &given).unwrap());
        best = best.min(start.elapsed().as_nanos() as f64);
        gas = session.gas_used();
    }
    (best, gas)
}

fn main() {
    let mut builder = Builder::module(1, "M");
    let own = builder.own();
    let same = builder.function_handle(own, "same", &[], &[T::U64], &[T::U64]);
    builder.code(same, Visibility::Private, &[], &[I::MoveLoc(0), I::Ret]);
    let constraints = [Abilities::NONE];
    let parameter = [T::TypeParameter(0)];
    let generic = builder.function_handle(own, "generic", &constraints, &parameter, &parameter);
    builder.code(generic, Visibility::Private, &[], &[I::MoveLoc(0), I::Ret]);
    let call_generic = I::CallGeneric(builder.function_instance(generic, &[T::U64]));
    let natives = natives(&mut builder);
    let (kinds, start, pair) = kinds(&mut builder, [I::Call(same), call_generic], natives);
    let locals = [T::U64, T::U64, vector(T::U64), pair];
    let parameters = [T::Signer, vector(T::U8), T::U64];
    for (index, code) in
        std::iter::once(&Vec::new()).chain(kinds.iter().map(|kind| &kind.code)).enumerate()
    {
        let name = format!("kind_{index}");
        let handle = builder.function_handle(own, &name, &[], &parameters, &[]);
        builder.code(handle, Visibility::Public, &locals, &looped(code, &start));
    }
    let mut state = MemoryState::default();
    put(&mut state, "M", &builder.build());
    let bytes = vector(T::U8);
    let one = std::slice::from_ref(&bytes);
    let three = [bytes.clone(), bytes.clone(), bytes.clone()];
    let hashes = ["sha2_256", "sha3_256", "blake2b_256"].map(|name| (name, one, bytes.clone()));
    put(&mut state, "hash", &declared("hash", &hashes));
    put(&mut state, "ed25519", &declared("ed25519", &[("verify", &three, T::Bool)]));
    put(&mut state, "bls12381", &declared("bls12381", &[("verify", &three, T::Bool)]));
    let wide = [T::U128, T::U128, T::U128, T::U8];
    put(&mut state, "math", &declared("math", &[("mul_div", &wide, T::U128)]));
    let tag: StructTag = "0x1::M::Kept".parse().unwrap();
    state.put_resource((address(1), tag), Arc::from(&7u64.to_le_bytes()[..]));
    report(&state, &kinds);
}

fn report(state: &MemoryState, kinds: &[Kind]) {
    let mut rows = Vec::new();
    for (index, kind) in kinds.iter().enumerate() {
        let alone = measured(state, "kind_0", kind);
        let (time, gas) = measured(state, &format!("kind_{}", index + 1), kind);
        let count = (kind.turns * TIMES as u64) as f64;
        let nanoseconds = (time - alone.0) / count;
        let units = (gas - alone.1) as f64 / count;
        rows.push((kind.name, nanoseconds, units, nanoseconds / units));
    }
    let mut ratios: Vec<f64> = rows.iter().map(|row| row.3).collect();
    ratios.sort_by(f64::total_cmp);
    let median = ratios[ratios.len() / 2];
    println!("{:<28} {:>12} {:>10} {:>9} {:>8}", "", "ns", "units", "ns/unit", "ratio");
    for (name, nanoseconds, units, each) in rows {
        let ratio = each / median;
        let mark = if (1.0 / 3.0..=3.0).contains(&ratio) { "" } else { " !" };
        println!("{name:<28} {nanoseconds:>12.1} {units:>10.1} {each:>9.2} {ratio:>8.2}{mark}");
    }
}
