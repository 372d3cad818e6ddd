//! What a text is told that is wrong.

use crate::diagnostic::{Position, Problem};
use crate::{assemble, assemble_script, assemble_unit};

#[test]
fn every_fault_is_told_with_its_place() {
    let head = "module 0x1::m\n";
    let rows: &[(&str, u32, u32, Problem)] = &[
        ("%", 2, 1, Problem::UnknownCharacter),
        ("fun \"open", 2, 5, Problem::OpenQuote),
        ("fun \"\\q\"() {}", 2, 5, Problem::BadEscape),
        ("metadata x\"0\" x\"\"", 2, 10, Problem::BadBytes),
        ("friend 0xg::m", 2, 8, Problem::BadNumber),
        ("friend #70000", 2, 8, Problem::BadIndex),
        ("fun f() { branch # }", 2, 18, Problem::BadIndex),
        ("ret", 2, 1, Problem::ExpectedItem),
        ("native friend 0x1::m", 2, 8, Problem::ExpectedItem),
        ("struct S { 1: }", 2, 15, Problem::ExpectedType),
        ("struct S has sale {}", 2, 14, Problem::ExpectedAbility),
        ("struct S has copy, copy {}", 2, 20, Problem::Repeated),
        ("struct S<T1> {}", 2, 10, Problem::TypeParameterOrder),
        ("fun f() { leap }", 2, 11, Problem::UnknownMnemonic),
        ("fun f() { ld_u8 256 }", 2, 11, Problem::NumberTooLarge),
        ("fun f() { ld_u8 ret }", 2, 17, Problem::ExpectedNumber),
        ("fun f() { copy_loc #256 }", 2, 11, Problem::NumberTooLarge),
        ("fun f() { copy_loc a }", 2, 11, Problem::UnknownLocal),
        ("fun f() { branch b }", 2, 11, Problem::UnknownLabel),
        ("fun f() { b: b: ret }", 2, 14, Problem::Repeated),
        ("fun f(a: u8) { let a: u8 ret }", 2, 20, Problem::Repeated),
        ("fun f() { ret let a: u8 }", 2, 19, Problem::Repeated),
        ("fun f() { call g }", 2, 16, Problem::UnknownFunction),
        ("fun f() { pack S }", 2, 16, Problem::UnknownDefinition),
        ("fun f(a: S) {}", 2, 10, Problem::UnknownStruct),
        ("fun f(a: m::S) {}", 2, 10, Problem::WrongPath),
        ("struct S {} fun f() { mut_borrow_field S.a }", 2, 23, Problem::UnknownField),
        ("fun f() { vec_len }", 2, 19, Problem::ExpectedTypes),
        ("fun f() { ld_const u8 7 }", 2, 23, Problem::ExpectedBytes),
        ("tables { names {} }", 2, 10, Problem::ExpectedTable),
        ("struct S {} tables { structs { S has key } }", 2, 8, Problem::NotAsInTables),
        ("fun f(a: u8) {} tables { functions { f() } }", 2, 5, Problem::NotAsInTables),
        ("fun f() {", 2, 10, Problem::ExpectedMark),
    ];
    for (text, line, column, problem) in rows {
        let diagnostics = assemble(&format!("{head}{text}")).expect_err(text);
        let first = diagnostics[0];
        let at = Position { line: *line, column: *column };
        assert_eq!((first.at, first.problem), (at, *problem), "{text}: {diagnostics:?}");
    }
}

#[test]
fn a_script_is_one_function_and_nothing_of_a_module() {
    let rows: &[(&str, Problem)] = &[
        ("script", Problem::ScriptHasOneFunction),
        ("script fun a() {} fun b() {}", Problem::ScriptHasOneFunction),
        ("script native fun a()", Problem::ScriptHasOneFunction),
        ("script fun a(): u8 {}", Problem::NotInAScript),
        ("script public fun a() {}", Problem::NotInAScript),
        ("script friend 0x1::m fun a() {}", Problem::NotInAScript),
        ("script fun a() { call b }", Problem::NoSelf),
        ("fun a() {}", Problem::ExpectedModuleOrScript),
        ("module 0x1::m", Problem::NotAScript),
    ];
    for (text, problem) in rows {
        let diagnostics = assemble_script(text).expect_err(text);
        assert_eq!(diagnostics[0].problem, *problem, "{text}");
    }
    assert_eq!(
        assemble("script fun a() {}").expect_err("a script")[0].problem,
        Problem::NotAModule
    );
}

#[test]
fn one_text_is_told_all_its_faults_up_to_a_bound() {
    let text =
        "module 0x1::m\nfun f() {\n  leap\n  ret\n  ld_u8 999\n  hop\n}\nstruct S has fun {}";
    let problems: Vec<_> =
        assemble(text).expect_err("three faults").into_iter().map(|d| d.at.line).collect();
    assert_eq!(problems, [3, 6, 8]);
    let many = format!("module 0x1::m\n{}", "leap\n".repeat(1000));
    let diagnostics = assemble_unit(&many).expect_err("a thousand faults");
    assert_eq!(diagnostics.len(), 101);
    assert_eq!(diagnostics[100].problem, Problem::TooManyProblems);
}

#[test]
fn a_diagnostic_reads_as_place_and_sentence() {
    let diagnostics = assemble("module 0x1::m\n  leap").expect_err("no item");
    let expected = "2:3: expected `friend`, `metadata`, `struct`, a function or `tables`";
    assert_eq!(diagnostics[0].to_string(), expected);
}
