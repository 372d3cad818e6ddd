use move_assembler::assemble;
use move_like_vm::runtime::native::StandardNatives;
use move_like_vm::runtime::{Arguments, Config, Machine, MemoryState, ModuleId};

use super::*;

const CODE: &str = "
module 0x1::m
struct S has key { value: u64, name: vector<u8> }

fun straight(a: u64): u64 {
    move_loc a
    ld_u64 1
    add
    ret
}
fun either(a: bool): u64 {
    move_loc a
    br_false cheap
    ld_u64 1
    ld_u64 2
    mul
    ret
cheap:
    ld_u64 1
    ret
}
fun calls(): u64 {
    ld_u64 7
    call straight
    ret
}
fun turns() {
again:
    ld_true
    br_true again
    ret
}
fun calls_turns() {
    call turns
    ret
}
fun recurs() {
    call recurs
    ret
}
fun elsewhere() {
    call 0x2::n::f
    ret
}
fun reads(s: &S): u64 {
    move_loc s
    imm_borrow_field S.value
    read_ref
    ret
}
fun copies(s: &S): vector<u8> {
    move_loc s
    imm_borrow_field S.name
    read_ref
    ret
}
tables { functions { 0x2::n::f() } }
";

fn profile(name: &str) -> Profile {
    let module = assemble(CODE).expect("it is complete");
    let natives: Arc<dyn Natives + Send + Sync> = Arc::new(StandardNatives);
    let profiles = profiles(&[module], &Schedule::v1(), &natives).expect("valid");
    let wanted = format!("0x1::m::{name}");
    profiles.into_iter().find(|profile| profile.function == wanted).expect("it is there")
}

#[test]
fn the_maximum_is_that_of_the_dearest_way() {
    let schedule = Schedule::v1();
    let cost = |instruction: &Instruction| schedule.of(instruction);
    let (plain, ret) = (cost(&Instruction::LdU64(0)), cost(&Instruction::Ret));
    let straight = 2 * plain + cost(&Instruction::Add) + ret;
    assert_eq!(profile("straight").maximum, Maximum::Units { maximum: straight, exact: true });
    let either = 4 * plain + cost(&Instruction::Mul) + ret;
    assert_eq!(profile("either").maximum, Maximum::Units { maximum: either, exact: true });
    let call = cost(&Instruction::Call(FunctionHandleIndex(0))) + u64::from(schedule.local);
    let calls = plain + call + straight + ret;
    assert_eq!(profile("calls").maximum, Maximum::Units { maximum: calls, exact: true });
}

#[test]
fn what_has_no_maximum_says_why() {
    for (name, unbounded) in [
        ("turns", Unbounded::Loop),
        ("calls_turns", Unbounded::Callee),
        ("recurs", Unbounded::Callee),
        ("elsewhere", Unbounded::UnknownCallee),
    ] {
        assert_eq!(profile(name).maximum, Maximum::None { unbounded }, "{name}");
    }
}

#[test]
fn a_maximum_is_exact_unless_sizes_count() {
    let exact = |name| match profile(name).maximum {
        Maximum::Units { exact, .. } => exact,
        Maximum::None { .. } => panic!("{name} has no loop"),
    };
    assert!(exact("reads"));
    assert!(!exact("copies"));
}

#[test]
fn classes_add_up_to_the_code() {
    let either = profile("either");
    assert_eq!(either.instructions, 8);
    let schedule = Schedule::v1();
    let ret = schedule.of(&Instruction::Ret);
    let branch = schedule.of(&Instruction::BrFalse(0));
    assert_eq!(either.gas[&Class::Control], 2 * ret + branch);
    assert_eq!(either.gas[&Class::Arithmetic], schedule.of(&Instruction::Mul));
    assert_eq!(either.gas[&Class::Locals], 4 * schedule.of(&Instruction::LdU64(0)));
    let text = either.to_string();
    assert!(text.contains("8 instructions") && text.contains("control"), "{text}");
    assert!(json(&[either]).expect("json").contains("\"exact\": true"));
}

const ALONE: &str = "
module 0x1::alone
fun straight(a: u64): u64 {
    move_loc a
    ld_u64 1
    add
    ret
}
fun generic<T0: drop>(a: T0) { ret }
fun turns() {
again:
    ld_true
    br_true again
    ret
}
";

#[test]
fn a_session_of_one_call_costs_what_the_machine_says() {
    let module = assemble(ALONE).expect("it is complete");
    let natives: Arc<dyn Natives + Send + Sync> = Arc::new(StandardNatives);
    let profiles = profiles(std::slice::from_ref(&module), &Schedule::v1(), &natives);
    let sessions: Vec<_> =
        profiles.expect("valid").into_iter().map(|profile| profile.session).collect();
    let mut state = MemoryState::default();
    let id = ModuleId { address: module.addresses[0], name: "alone".to_owned() };
    let bytes = move_like_vm::encode::module(&module).expect("writable");
    state.put_module(id.clone(), bytes.into());
    let mut machine = Machine::new(Config { verifier: None, ..Config::network() });
    let mut no_extension = ();
    let mut session = machine.session(&state, 1_000_000, &mut no_extension);
    let arguments = Arguments { values: vec![vec![7; 8]], ..Arguments::default() };
    session.call_any(&id, "straight", &arguments).expect("it runs");
    assert_eq!(sessions, [Some(session.finish().gas_used), None, None]);
}
