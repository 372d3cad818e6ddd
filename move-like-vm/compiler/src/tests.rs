//! What is refused, with its code and place, and what no text can do.

use std::collections::BTreeMap;

use move_like_vm::fault::{Fault, Place};
use move_like_vm::status::Status;
use move_like_vm::verify;

use crate::{Code, CompiledUnit, Options, SourceFile, Tests, Unit, compile, explain, explain_with};

const BASE: &str = "module 0x1::vector {
    native public fun empty<T>(): vector<T>;
    native public fun push_back<T>(v: &mut vector<T>, e: T);
    native public fun borrow<T>(v: &vector<T>, i: u64): &T;
}
module 0x1::other {
    friend 0x1::friendly;
    struct Key has key, store { x: u64 }
    struct Plain has copy, drop { x: u64 }
    fun private() {}
    public(friend) fun friendly() {}
    public fun make(): Plain { Plain { x: 1 } }
    public inline fun applied(f: |u64|u64): u64 { f(1) }
    public inline fun endless() { endless() }
    public inline fun given_back(): u64 { return 1 }
    inline fun hidden() {}
}
module 0x1::friendly {}
";

fn compiled(text: &str, tests: bool) -> Result<Vec<CompiledUnit>, Vec<crate::Diagnostic>> {
    let sources = [SourceFile::new("base", BASE), SourceFile::new("m", text)];
    compile(
        &sources,
        &BTreeMap::from([("a".to_owned(), [7; 32])]),
        &[],
        Options { tests: if tests { Tests::All } else { Tests::None } },
    )
}

/// The members of a module, of which exactly this has to be said.
fn refused(members: &str, code: Code, at: &str) {
    refused_as_test(members, code, at, false);
}

fn refused_as_test(members: &str, code: Code, at: &str, tests: bool) {
    let text = format!("module 0x2::m {{ use 0x1::vector; use 0x1::other; {members} }}");
    let list = match compiled(&text, tests) {
        Ok(_) => panic!("accepted: {members}"),
        Err(list) => list,
    };
    let first = &list[0];
    let shown: String = list.iter().map(|one| format!("{one}\n")).collect();
    assert_eq!(first.code, code, "{members}\n{shown}");
    let column = text.find(at).unwrap_or_else(|| panic!("{at} is not in {members}")) + 1;
    assert_eq!((first.line, first.column as usize), (1, column), "{members}\n{shown}");
    assert_eq!(first.file, "m");
}

#[test]
fn names_that_mean_nothing_are_refused() {
    for (members, code, at) in [
        ("fun f() { g() }", Code::UnboundName, "g()"),
        ("fun f(): u64 { x }", Code::UnboundName, "x }"),
        ("fun f(): u64 { X }", Code::UnboundName, "X }"),
        ("fun f(x: T) {}", Code::UnboundName, "T)"),
        ("fun f() { nowhere::g() }", Code::UnboundModule, "nowhere"),
        ("use 0x1::nothing;", Code::UnboundModule, "0x1::nothing"),
        ("use nobody::nothing;", Code::UnboundAddress, "nobody"),
        ("use 0x1::other::nothing;", Code::UnboundName, "nothing"),
        ("fun f(): address { @nobody }", Code::UnboundAddress, "nobody"),
        ("struct S has drop { a: u8 } fun f(s: &S): u8 { s.b }", Code::UnboundName, "b }"),
        ("struct S { a: u8 } fun f(): S { S { b: 1 } }", Code::UnboundName, "b: 1"),
        ("fun f() { what!(1) }", Code::UnboundName, "what"),
        ("fun f() { x = 1 }", Code::UnboundName, "x ="),
        ("friend nowhere;", Code::UnboundModule, "nowhere"),
    ] {
        refused(members, code, at);
    }
}

#[test]
fn names_that_are_taken_or_wrong_are_refused() {
    for (members, code, at) in [
        ("fun f() {} fun f() {}", Code::DuplicateName, "f() {} }"),
        ("fun f(a: u8, a: u8) {}", Code::DuplicateName, "a: u8)"),
        ("fun f() { let (x, x) = (1, 2); }", Code::DuplicateName, "x) ="),
        ("struct S { a: u8, a: u8 }", Code::DuplicateName, "a: u8 }"),
        ("struct S<T, T> { a: u8 }", Code::DuplicateName, "T> {"),
        ("struct s {}", Code::InvalidName, "s {}"),
        ("const c: u8 = 1;", Code::InvalidName, "c: u8"),
        ("fun f() { let X = 1; }", Code::InvalidName, "X ="),
        ("fun _f() {}", Code::InvalidName, "_f"),
    ] {
        refused(members, code, at);
    }
}

#[test]
fn types_that_do_not_fit_are_refused() {
    for (members, code, at) in [
        ("fun f(): u64 { true }", Code::TypeMismatch, "true }"),
        ("fun f(): u64 { }", Code::TypeMismatch, "}"),
        ("fun f(x: u8): u64 { x }", Code::TypeMismatch, "x }"),
        ("fun f(x: u8, y: u64) { x + y; }", Code::TypeMismatch, "y; }"),
        ("fun f() { true + false; }", Code::TypeMismatch, "true"),
        ("fun f(x: u64) { x << 1u64; }", Code::TypeMismatch, "1u64"),
        ("fun f() { if (1) {} }", Code::TypeMismatch, "1) {"),
        ("fun f(): u8 { if (true) 1 else false }", Code::TypeMismatch, "if (true)"),
        ("fun f() { if (true) 1 }", Code::TypeMismatch, "1 }"),
        ("fun f(x: &u64) { *x = 1; }", Code::TypeMismatch, "*x"),
        ("fun f(x: &u64): &mut u64 { x }", Code::TypeMismatch, "x }"),
        ("fun f(x: u64): u64 { *x }", Code::TypeMismatch, "*x"),
        ("fun f() { vector::push_back(&vector[1], 1) }", Code::TypeMismatch, "&vector[1]"),
        ("fun f() { vector[1, true]; }", Code::TypeMismatch, "true]"),
        ("fun f() { (true as u8); }", Code::TypeMismatch, "true as"),
        ("fun f() { abort true }", Code::TypeMismatch, "true }"),
        ("fun f(a: u64): bool { a == &a }", Code::TypeMismatch, "a == &a"),
        ("fun f() { let (a, b) = 1; a + b; }", Code::WrongCount, "(a, b)"),
        ("fun f() { f(1) }", Code::WrongCount, "f(1)"),
        ("fun g<T>() {} fun f() { g<u8, u8>() }", Code::WrongCount, "g<u8"),
        ("struct S<T> { x: T } fun f(s: S) { f(s) }", Code::WrongCount, "S) {"),
        ("struct S { a: u8, b: u8 } fun f(): S { S { a: 1 } }", Code::WrongCount, "S { a: 1 }"),
        ("fun f() { vector::empty(); }", Code::CannotInfer, "vector::empty()"),
        ("fun f() { let x; }", Code::CannotInfer, "x; }"),
        ("fun f() { 256u8; }", Code::NumberTooLarge, "256u8"),
        ("fun f() { let x: u16 = 65536; x; }", Code::NumberTooLarge, "65536"),
        ("struct S { r: &u64 }", Code::InvalidType, "&u64"),
        ("fun f(x: &&u64) {}", Code::Syntax, "&&u64"),
        ("fun f(x: vector<&u64>) {}", Code::InvalidType, "&u64"),
        ("fun f(x: u64) { let r = &x; let _s = &r; }", Code::InvalidType, "&r"),
        ("fun f() { let x = (); }", Code::InvalidType, "x = ()"),
        ("fun f() { 1 = 2; }", Code::InvalidAssignment, "1 ="),
        ("fun f() { break }", Code::NotInLoop, "break"),
        ("fun f() { continue }", Code::NotInLoop, "continue"),
    ] {
        refused(members, code, at);
    }
}

#[test]
fn abilities_that_are_missing_are_refused() {
    for (members, code, at) in [
        ("struct S {} fun f(s: &S): S { *s }", Code::MissingAbility, "*s"),
        ("struct S {} fun f(s: S) { let _ = s; }", Code::MissingAbility, "_ = s"),
        ("struct S {} fun m(): S { S {} } fun f() { m(); }", Code::MissingAbility, "m(); }"),
        ("struct S {} fun f(a: S, b: S): bool { a == b }", Code::MissingAbility, "a == b"),
        ("struct S {} fun f(s: &mut S, t: S) { *s = t; }", Code::MissingAbility, "*s"),
        ("struct S { s: T } struct T {} fun f(s: &S): T { s.s }", Code::MissingAbility, "s.s"),
        ("struct S {} fun f(s: S): (S, S) { (copy s, s) }", Code::MissingAbility, "copy s"),
        ("struct S {} struct T has copy { s: S }", Code::MissingAbility, "s: S"),
        ("struct T has key { s: signer }", Code::MissingAbility, "s: signer"),
        ("fun g<T: copy>(_t: &T) {} fun f(s: &signer) { g(s) }", Code::MissingAbility, "g(s)"),
        ("struct S<T: key> { t: T } fun f(_s: &S<u8>) {}", Code::MissingAbility, "S<u8>"),
        ("struct S<phantom T> { t: T }", Code::InvalidType, "t: T"),
        ("struct S {} fun f(a: address): bool { exists<S>(a) }", Code::MissingAbility, "exists<S>"),
    ] {
        refused(members, code, at);
    }
}

#[test]
fn what_belongs_to_another_module_is_refused() {
    for (members, code, at) in [
        ("fun f() { other::private() }", Code::Visibility, "other::private()"),
        ("fun f() { other::friendly() }", Code::Visibility, "other::friendly()"),
        ("fun f() { other::Plain { x: 1 }; }", Code::Visibility, "other::Plain"),
        ("fun f(): u64 { other::make().x }", Code::Visibility, "x }"),
        (
            "fun f() { let other::Plain { x: _ } = other::make(); }",
            Code::Visibility,
            "other::Plain",
        ),
        ("fun f(a: address): bool { exists<other::Key>(a) }", Code::Visibility, "exists"),
        ("fun f() { other::hidden() }", Code::Visibility, "other::hidden"),
    ] {
        refused(members, code, at);
    }
}

#[test]
fn acquires_says_exactly_what_is_taken() {
    let resource = "struct R has key { x: u64 }";
    for (function, at) in [
        ("fun f(a: address): u64 { borrow_global<R>(a).x }", "borrow_global"),
        ("fun f(a: address) acquires R { exists<R>(a); }", "R { exists"),
        (
            "fun g(a: address) acquires R { let R { x: _ } = move_from(a); } fun f(a: address) { g(a) }",
            "g(a) }",
        ),
    ] {
        refused(&format!("{resource} {function}"), Code::Acquires, at);
    }
}

#[test]
fn variables_without_a_value_are_refused() {
    for (members, code, at) in [
        ("fun f(): u64 { let x: u64; x }", Code::Unavailable, "x }"),
        ("fun f(c: bool): u64 { let x; if (c) x = 1; x }", Code::Unavailable, "x }"),
        ("fun f(s: vector<u8>): vector<u8> { let _t = move s; s }", Code::Unavailable, "s }"),
        ("struct S {} fun f(s: S): (S, S) { (s, s) }", Code::Unavailable, "s) }"),
        ("fun f(_s: S) { } struct S {}", Code::NotConsumed, "} struct"),
        (
            "fun f(c: bool, s: S) { if (c) { let S {} = s }; } struct S {}",
            Code::NotConsumed,
            "} struct",
        ),
        ("struct S {} fun f(s: S, t: S): S { s = t; s }", Code::NotConsumed, "s = t"),
        ("struct S {} fun f(s: S) { loop { let S {} = s; } }", Code::Unavailable, "s; }"),
    ] {
        refused(members, code, at);
    }
}

#[test]
fn inline_calls_that_cannot_be_expanded_are_refused() {
    for (members, code) in [
        ("fun f() { other::applied(); }", Code::WrongCount),
        ("fun f() { other::applied(f); }", Code::Unsupported),
        ("fun f() { other::applied(|x, y| x + y); }", Code::WrongCount),
        ("fun f() { other::applied(|x| x == 1); }", Code::TypeMismatch),
        ("fun f() { loop { other::applied(|_| { break; 1 }); } }", Code::NotInLoop),
        ("fun f() { other::applied(|x| return x); }", Code::Unsupported),
        ("fun f() { other::applied(|x| x + other::given_back()); }", Code::Unsupported),
        ("fun f() { other::endless(); }", Code::TooLarge),
    ] {
        let text = format!("module 0x2::m {{ use 0x1::other; {members} }}");
        let list = compiled(&text, false).expect_err(members);
        assert!(list.iter().any(|one| one.code == code), "{members}: {list:?}");
    }
}

#[test]
fn what_the_language_has_and_this_compiler_has_not_is_said() {
    for (members, at) in [
        ("fun f(g: |u64|u64) { }", "|u64|"),
        ("fun f() { let _g = |x| x; }", "|x|"),
        ("fun g(): u64 { 0 } fun f(v: vector<u8>) { v[g()] += 1; }", "v[g()]"),
        ("fun g(r: &mut u64): &mut u64 { r } fun f(r: &mut u64) { *g(r) += 1; }", "*g(r)"),
    ] {
        refused(members, Code::Unsupported, at);
    }
}

#[test]
fn what_stands_behind_a_dot_or_in_brackets_is_checked() {
    use Code::{Acquires, MissingAbility, TypeMismatch, UnboundName};
    for (members, code, at) in [
        ("fun f(x: u64) { x.g(); }", UnboundName, "g();"),
        ("fun f(v: vector<u8>) { v.length(); }", UnboundName, "length"),
        ("fun f(v: &vector<u8>) { v.push_back(1); }", TypeMismatch, "v.push"),
        ("struct S { x: vector<u8> } fun f(s: &S) { s.x.push_back(1); }", TypeMismatch, "s.x.push"),
        ("fun f(v: &vector<vector<u8>>) { v[0].push_back(1); }", TypeMismatch, "v[0]"),
        ("struct S {} fun g(x: u64): u64 { x } fun f(s: &S) { s.g(); }", TypeMismatch, "g();"),
        (
            "struct S {} fun g(self: S) { let S {} = self; } fun f(s: &S) { (*s).g(); }",
            MissingAbility,
            "s).g",
        ),
        ("fun f(v: vector<u8>) { v[true]; }", TypeMismatch, "true"),
        ("fun f(v: u64) { v[0]; }", TypeMismatch, "v[0]"),
        ("fun f(v: &vector<u64>) { v[0] = 1; }", TypeMismatch, "v[0]"),
        ("struct S {} fun f(v: &vector<S>): S { v[0] }", MissingAbility, "v[0]"),
        ("struct S has key {} fun f() { let _ = &S[@0x1]; }", Acquires, "&S[@0x1]"),
        ("fun f() { let _ = &other::Key[@0x1]; }", Code::Visibility, "&other::Key[@0x1]"),
    ] {
        refused(members, code, at);
    }
}

#[test]
fn constants_are_known_to_the_compiler() {
    for (members, code, at) in [
        ("const C: u8 = 200 + 100;", Code::NumberTooLarge, "200 + 100"),
        ("const C: u64 = 1 / 0;", Code::NumberTooLarge, "1 / 0"),
        ("const C: vector<u8> = vector::empty();", Code::InvalidConstant, "vector::empty()"),
        ("const A: u8 = 1 + B; const B: u8 = A;", Code::InvalidConstant, "1 + B"),
        ("const A: u8 = 1; const C: u64 = A;", Code::TypeMismatch, "A;"),
        ("const A: u8 = 200; const C: u8 = A + A;", Code::NumberTooLarge, "A + A"),
        ("struct S {} const C: S = S {};", Code::InvalidConstant, "S = S"),
        ("const C: bool = 1;", Code::TypeMismatch, "1;"),
    ] {
        refused(members, code, at);
    }
}

#[test]
fn attributes_of_tests_are_checked() {
    for (members, at) in [
        ("#[test] fun t(a: address) {}", "test]"),
        ("#[test(b = @0x1)] fun t(a: address) {}", "test(b"),
        ("#[expected_failure] fun t() {}", "expected_failure"),
        ("#[test, expected_failure(wrong)] fun t() {}", "wrong"),
        ("#[test] fun t<T>() {}", "t<T>"),
    ] {
        refused_as_test(members, Code::InvalidAttribute, at, true);
    }
    // without tests they are not looked at, and their functions are gone
    let text = "module 0x2::m { #[test(b = 1)] fun t() { nothing() } #[test_only] use 0x9::x; }";
    let units = compiled(text, false).expect("an empty module");
    assert_eq!(
        units.last().and_then(|unit| unit.module()).map(|m| m.function_definitions.len()),
        Some(0)
    );
}

#[test]
fn scripts_are_one_function() {
    for text in
        ["script { }", "script { fun a() {} fun b() {} }", "script { struct S {} fun a() {} }"]
    {
        assert_eq!(compiled(text, false).map_err(|list| list[0].code), Err(Code::InvalidEntry));
    }
}

#[test]
fn modules_that_use_each_other_are_refused() {
    let text = "module 0x2::a { public fun f() { 0x2::b::f() } } module 0x2::b { public fun f() { 0x2::a::f() } }";
    assert_eq!(compiled(text, false).map_err(|list| list[0].code), Err(Code::CyclicDependency));
}

/// The messages of the way to the reference that is in the way, and the lines they are about.
fn borrow_path(members: &str) -> Vec<(String, u32)> {
    let units = compiled(&format!("module 0x2::m {{\n{members}\n}}"), false)
        .unwrap_or_else(|list| panic!("{members}: {list:?}"));
    let unit = units.last().expect("a module");
    let module = unit.module().expect("a module");
    let config = verify::Config::network();
    let fault = verify::module(module, &config).expect_err(members);
    let path = verify::borrow_path(module, &fault, &config);
    let explained = explain_with(&fault, &unit.source_map, &path);
    explained.notes.into_iter().map(|note| (note.message, note.line)).collect()
}

#[test]
fn a_refused_borrow_names_every_step_of_its_path() {
    let structs = "struct S has drop { a: vector<u8>, b: u64 } struct R has key { n: u64 }";
    for (members, expected) in [
        (
            "fun f(s: S): u8 {\nlet v = &s.a;\nlet e = 0x1::vector::borrow(v, 0);\n\
             s = S { a: b\"\", b: 1 };\n*e }",
            vec![
                ("because `s` is borrowed immutably here", 4),
                ("because a field of it is borrowed immutably here", 4),
                ("because an element of it is borrowed immutably here", 5),
            ],
        ),
        (
            "fun g(x: &mut u64): &mut u64 { x }\nfun f(): u64 {\nlet x = 1;\nlet r = g(&mut x);\n\
             x = 2;\n*r }",
            vec![
                ("because `x` is borrowed mutably here", 6),
                ("because the call gives a reference into what it was given", 6),
            ],
        ),
        (
            "fun f(a: address) acquires R {\nlet r = borrow_global_mut<R>(a);\n\
             let R { n: _ } = move_from<R>(a);\nr.n = 1; }",
            vec![("because the resource `R` is borrowed mutably here", 4)],
        ),
        (
            "fun f(x: bool, y: u64): u64 {\nlet z = 1;\nlet r = if (x) {\n&z } else {\n&y };\n\
             z = 2;\n*r + z }",
            vec![("because `z` is borrowed immutably here", 6)],
        ),
    ] {
        let found = borrow_path(&format!("{structs}\n{members}"));
        let expected: Vec<(String, u32)> =
            expected.into_iter().map(|(text, line)| (text.to_owned(), line)).collect();
        assert_eq!(found, expected, "{members}");
    }
}

#[test]
fn a_refused_borrow_is_explained_at_its_line() {
    let text = "module 0x2::m {\n    fun f(): u64 {\n        let x = 1;\n        let r = &mut x;\n        x = 2;\n        *r\n    }\n}\n";
    let units = compiled(text, false).expect("borrows are left to the verifier");
    let unit = units.last().expect("a module");
    let module = unit.module().expect("a module");
    let fault = verify::module(module, &verify::Config::network()).expect_err("x is borrowed");
    let explained = explain(&fault, &unit.source_map);
    assert_eq!((explained.code, explained.file.as_str(), explained.line), (Code::Refused, "m", 5));
    assert_eq!(explained.source_line, "        x = 2;");
    assert!(explained.message.starts_with("function `f`: "), "{explained}");
    let path = verify::borrow_path(module, &fault, &verify::Config::network());
    let shown = explain_with(&fault, &unit.source_map, &path).to_string();
    let way = "  = because `x` is borrowed mutably here\n --> m:4:17\n4 |         let r = &mut x;";
    assert!(shown.ends_with(way), "{shown}");
}

#[test]
fn a_fault_without_a_place_is_that_of_the_module() {
    let units = compiled("module 0x2::m { struct S { s: u8 } }", false).expect("a module");
    let map = &units.last().expect("a module").source_map;
    let whole = explain(&Fault::new(Status::ConstraintNotSatisfied), map);
    assert_eq!((whole.line, whole.column), (1, 13));
    let place =
        Place::Entry { table: move_like_vm::format::TableKind::StructDefinitions, index: 0 };
    let entry = explain(&Fault::new(Status::RecursiveStructDefinition).at(place), map);
    assert_eq!((entry.line, entry.column), (1, 24));
}

/// Numbers that look random and are the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

const FIXTURES: [&str; 5] = [
    include_str!("../tests/fixtures/vector.move"),
    include_str!("../tests/fixtures/option.move"),
    include_str!("../tests/fixtures/base.move"),
    include_str!("../tests/fixtures/bank.move"),
    include_str!("../tests/fixtures/language.move"),
];

/// What the verifier may still refuse: borrows, and what only it looks for.
fn is_left_to_the_verifier(status: Status) -> bool {
    let name = status.name();
    name.contains("BORROW")
        || matches!(
            name,
            "GLOBAL_REFERENCE_ERROR"
                | "STLOC_UNSAFE_TO_DESTROY_ERROR"
                | "UNSAFE_RET_LOCAL_OR_RESOURCE_STILL_BORROWED"
                | "RECURSIVE_STRUCT_DEFINITION"
                | "LOOP_IN_INSTANTIATION_GRAPH"
                | "INVALID_MAIN_FUNCTION_SIGNATURE"
        )
}

/// The highest tree that is let pass goes through every stage.
#[test]
fn the_highest_tree_is_compiled() {
    let high = usize::try_from(crate::limits::MAX_NESTING).expect("a small number") - 10;
    let texts = [
        format!("fun f(): u64 {{ 1{} }}", " + 1".repeat(high)),
        format!("fun f(x: bool): bool {{ {}x }}", "!".repeat(high)),
        format!("fun f(x: bool): bool {{ x{} }}", " && x".repeat(high)),
        format!("fun f(x: u64): u64 {{ {}0 }}", "if (x == 1) 2 else ".repeat(high / 3)),
        format!("fun f(): u64 {{ {}1{} }}", "{ ".repeat(high / 3), " }".repeat(high / 3)),
        format!("fun f(x: u64): u64 {{ {}x{} }}", "f(".repeat(high / 4), ")".repeat(high / 4)),
    ];
    for text in texts {
        let module = format!("module 0x2::m {{ {text} }}");
        if let Err(list) = compiled(&module, false) {
            panic!("{}", list[0]);
        }
    }
}

/// Mutated sources never panic, and whatever of them compiles has at most its borrows refused.
#[test]
fn no_text_does_harm() {
    let mut standard = [0; 32];
    standard[31] = 1;
    let named = BTreeMap::from([("std".to_owned(), standard), ("bank".to_owned(), [2; 32])]);
    let mut numbers = Numbers(7);
    let mut compiled = 0;
    for round in 0..400 {
        let changed = round % FIXTURES.len();
        let mut sources: Vec<SourceFile> = FIXTURES
            .iter()
            .enumerate()
            .map(|(at, text)| SourceFile::new(at.to_string(), *text))
            .collect();
        sources[changed].text = mutated(&sources[changed].text, &mut numbers);
        let Ok(units) = compile(&sources, &named, &[], Options { tests: Tests::All }) else {
            continue;
        };
        compiled += 1;
        for unit in units {
            let config = verify::Config::network();
            let result = match &unit.unit {
                Unit::Module(module) => verify::module(module, &config),
                Unit::Script(script) => verify::script(script, &config),
            };
            if let Err(fault) = result {
                let text = &sources[changed].text;
                let shown = explain(&fault, &unit.source_map);
                assert!(is_left_to_the_verifier(fault.status), "round {round}: {shown}\n{text}");
            }
        }
    }
    assert!(compiled > 10, "only {compiled} of the mutated sources compile");
}

/// Some texts end too early or have a character where none belongs.
fn damaged(text: String, numbers: &mut Numbers) -> String {
    const STRAY: [&str; 12] =
        ["\u{e9}", "\"", "b\"", "x\"", "/*", "*/", "\\", "\0", "\u{1f600}", "@", ">>", "#["];
    let mut at = numbers.below(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    match numbers.below(10) {
        0 => text[..at].to_owned(),
        1 => format!("{}{}{}", &text[..at], STRAY[numbers.below(STRAY.len())], &text[at..]),
        _ => text,
    }
}

/// One to three words are taken out, doubled, or put in another's place.
fn mutated(text: &str, numbers: &mut Numbers) -> String {
    let mut findings = crate::diagnostic::Findings::default();
    let tokens = crate::lexer::tokens(0, text, &mut findings);
    let mut words: Vec<String> = Vec::new();
    let mut end = 0;
    for token in &tokens {
        let (start, stop) = (token.span.start as usize, token.span.end as usize);
        words.push(if start > end { "\n" } else { "" }.to_owned());
        words.push(token.text.to_owned());
        end = stop;
    }
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(words.len());
        let from = numbers.below(words.len());
        match numbers.below(4) {
            0 => words[at].clear(),
            1 => words[at] = words[from].clone(),
            2 => words.swap(at, from),
            _ => {
                let word = words[at].clone();
                words.insert(at, word);
            }
        }
    }
    damaged(words.concat(), numbers)
}
