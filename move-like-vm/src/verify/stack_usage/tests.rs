use super::*;
use crate::fault::Place;
use crate::format::Instruction as I;
use crate::verify::code::fixture::*;
use crate::verify::meter::Meter;

const NEGATIVE: Option<Status> = Some(Status::NegativeStackSizeWithinBlock);
const POSITIVE: Option<Status> = Some(Status::PositiveStackSizeAtBlockEnd);

#[test]
fn a_block_takes_only_what_it_has_put() {
    let one = Function::of(&[I::LdU64(1), I::Ret]).giving(&[U64]);
    all_get(&[
        ("nothing to pop", Function::of(&[I::Pop, I::Ret]), NEGATIVE),
        ("something to pop", Function::of(&[I::LdTrue, I::Pop, I::Ret]), None),
        ("an operand too few", Function::of(&[I::LdU64(1), I::Add, I::Pop, I::Ret]), NEGATIVE),
        ("no result", Function::of(&[I::Ret]).giving(&[U64]), NEGATIVE),
        ("a result", one, None),
        ("no argument", Function::of(&[I::Call(TAKE), I::Ret]), NEGATIVE),
        ("no field", Function::of(&[I::LdU64(1), I::Pack(PAIR), I::Pop, I::Ret]), NEGATIVE),
        ("no elements", Function::of(&[I::VecPack(OF_U64, 1), I::Pop, I::Ret]), NEGATIVE),
        (
            "more elements than there are numbers",
            Function::of(&[I::VecPack(OF_U64, u64::MAX), I::Pop, I::Ret]),
            NEGATIVE,
        ),
        (
            "left by the block before",
            Function::of(&[I::LdTrue, I::Branch(2), I::Pop, I::Ret]),
            POSITIVE,
        ),
    ]);
}

#[test]
fn a_block_leaves_nothing_behind() {
    all_get(&[
        ("at a return", Function::of(&[I::LdTrue, I::Ret]), POSITIVE),
        (
            "two results for one",
            Function::of(&[I::LdU64(1), I::LdU64(2), I::Ret]).giving(&[U64]),
            POSITIVE,
        ),
        ("at an abort", Function::of(&[I::LdTrue, I::LdU64(1), I::Abort]), POSITIVE),
        ("only the code of the abort", Function::of(&[I::LdU64(1), I::Abort]), None),
        (
            "fields of a struct",
            Function::of(&[
                I::LdU64(1),
                I::LdU64(2),
                I::Pack(PAIR),
                I::Unpack(PAIR),
                I::Pop,
                I::Ret,
            ]),
            POSITIVE,
        ),
        ("at a jump", Function::of(&[I::LdTrue, I::Branch(2), I::Ret]), POSITIVE),
        ("out of reach", Function::of(&[I::Ret, I::LdTrue, I::Ret]), POSITIVE),
    ]);
}

#[test]
fn the_stack_grows_up_to_the_limit() {
    let height = |operands: usize| {
        let pushed = std::iter::repeat_n(I::LdTrue, operands);
        let popped = std::iter::repeat_n(I::Pop, operands);
        Function::of(&pushed.chain(popped).chain([I::Ret]).collect::<Vec<_>>())
    };
    assert_eq!(height(1024).refusal(), None);
    assert_eq!(height(1025).refusal(), Some(Status::ValueStackOverflow));
    let elements = |count| {
        Function::of(&[I::VecPack(OF_U64, 0), I::VecUnpack(OF_U64, count), I::LdU64(0), I::Abort])
    };
    assert_eq!(elements(1025).refusal(), Some(Status::ValueStackOverflow));
    assert_eq!(elements(u64::MAX).refusal(), Some(Status::ValueStackOverflow));
    assert_eq!(elements(1024).refusal(), Some(Status::ValueStackOverflow), "the code of the abort");
    assert_eq!(elements(1023).refusal(), POSITIVE);
    assert_eq!(elements(0).refusal(), None);
}

#[test]
fn a_block_pushes_up_to_the_limit() {
    let config = Config { pushes: Some(3), ..Config::reference() };
    let pushes = |count: usize, code: &[I]| {
        let block = std::iter::repeat_n([I::LdTrue, I::Pop], count).flatten();
        let code: Vec<_> = block.chain(code.iter().cloned()).collect();
        Function::of(&code).fault(&config, &mut Meter::unlimited()).map(|fault| fault.status)
    };
    assert_eq!(pushes(3, &[I::Ret]), None);
    assert_eq!(pushes(4, &[I::Ret]), Some(Status::ValueStackPushOverflow));
    assert_eq!(pushes(3, &[I::Branch(7), I::LdTrue, I::Pop, I::Ret]), None, "a block for itself");
}

#[test]
fn the_fault_stands_at_the_start_of_the_block() {
    let fault = Function::of(&[I::Nop, I::Branch(2), I::Nop, I::Pop, I::Ret])
        .fault(&Config::reference(), &mut Meter::unlimited())
        .unwrap();
    assert_eq!(fault.place, Place::Instruction { function: 5, instruction: 2 });
}
