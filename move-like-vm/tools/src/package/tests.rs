use std::fs;

use move_like_vm::format::AddressWidth;
use tempfile::TempDir;

use super::build::build;
use super::test::{Tested, test};
use super::*;
use crate::naming::MemberName;
use crate::{binary, module_files};

const COIN: &str = "module bank::coin {
    use base::math;

    struct Coin has store { value: u64 }

    const TOO_MUCH: u64 = 7;

    public fun mint(value: u64): Coin {
        assert!(value < 1000, TOO_MUCH);
        Coin { value: math::double(value) }
    }

    public fun burn(coin: Coin): u64 {
        let Coin { value } = coin;
        value
    }

    #[test]
    fun twice_as_much_is_burned() {
        assert!(burn(mint(21)) == 42, 1);
    }

    #[test]
    #[expected_failure(abort_code = 7)]
    fun too_much_is_refused() {
        burn(mint(1000));
    }

    #[test]
    fun a_wrong_claim_fails() {
        assert!(burn(mint(1)) == 3, 9);
    }

    #[test(a = @0x5, b = 6)]
    fun arguments_arrive(a: address, b: u64) {
        assert!(a == @0x5 && b == 6, 1);
    }

    #[test]
    #[expected_failure(abort_code = 7, location = Self)]
    fun it_stops_here() { burn(mint(1000)); }

    #[test]
    #[expected_failure(abort_code = 7, location = base::math)]
    fun it_stops_elsewhere() { burn(mint(1000)); }

    #[test]
    #[expected_failure(abort_code = base::math::TOO_LARGE)]
    fun a_constant_names_its_module() { math::refuse(); }

    #[test]
    #[expected_failure(abort_code = base::math::TOO_LARGE)]
    fun the_same_code_elsewhere_is_another() { abort 3 }

    #[test]
    fun inline_functions_of_dependencies_are_expanded() {
        assert!(math::applied(3, |x| x + 1) == 4, 1);
    }

    #[test]
    #[expected_failure]
    fun what_should_fail_and_does_not() {
        burn(mint(1));
    }
}
";

/// Two packages: `bank` depends on `base`.
fn folders() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write(
        "bank/Move.toml",
        "[package]\nname = \"Bank\"\nversion = \"1.0.0\"\nauthors = []\n\
         [addresses]\nbank = \"0xb\"\nbase = \"0xa\"\n\
         [dependencies]\nBase = { local = \"../base\" }\n",
    );
    write("bank/sources/coin.move", COIN);
    write(
        "bank/scripts/pay.move",
        "script { fun pay() { bank::coin::burn(bank::coin::mint(1)); } }",
    );
    write(
        "bank/tests/outside.move",
        "#[test_only] module bank::outside {
        #[test] fun mint_is_open_to_all() { bank::coin::burn(bank::coin::mint(2)); }
    }",
    );
    write(
        "base/Move.toml",
        "[package]\nname = \"Base\"\nversion = \"0.1.0\"\n[addresses]\nbase = \"_\"\n",
    );
    write(
        "base/sources/math.move",
        "module base::math {
        const TOO_LARGE: u64 = 3;
        public fun double(value: u64): u64 { value * 2 }
        public fun refuse() { abort TOO_LARGE }
        public inline fun applied(value: u64, f: |u64|u64): u64 { f(value) }
    }",
    );
    folder
}

#[test]
fn a_build_writes_verified_binaries_and_their_source_maps() {
    let folder = folders();
    let written = build(&folder.path().join("bank")).unwrap_or_else(|trouble| panic!("{trouble}"));
    let names: Vec<_> = written.iter().map(|file| file.name.as_str()).collect();
    assert!(names.contains(&"coin") && names.contains(&"pay"), "{names:?}");
    assert!(!names.contains(&"math"), "each package builds its own: {names:?}");
    let target = folder.path().join("bank/build/Bank");
    let bytes = fs::read(target.join("bytecode_modules/coin.mv")).expect("a binary");
    let (kind, read) = binary::read(&bytes, AddressWidth::ThirtyTwo);
    assert!(kind == binary::Kind::Module && read.is_ok(), "{read:?}");
    let files = module_files::read(&[target.join("bytecode_modules/coin.mv")]).expect("verified");
    let asked = [MemberName::parse("0xb::coin::Coin").expect("a name")];
    let report = module_files::conservation(&files, &asked).expect("verified");
    assert_eq!(report.structs[0].made.len(), 1);
    assert_eq!(report.structs[0].made[0].line, Some(10));
    assert_eq!(report.structs[0].ended[0].line, Some(14));
    assert!(module_files::read(&[target.join("source_maps/coin.json")]).is_err());
    let again = build(&folder.path().join("bank")).expect("the same");
    assert_eq!(written, again);
    assert_eq!(fs::read(target.join("bytecode_modules/coin.mv")).expect("a binary"), bytes);
}

fn tested(folder: &TempDir, filter: &str) -> (Vec<Tested>, test::Count) {
    let mut all = Vec::new();
    let count = test(&folder.path().join("bank"), filter, |tested| all.push(tested.clone()));
    (all, count.unwrap_or_else(|trouble| panic!("{trouble}")))
}

#[test]
fn tests_pass_if_they_end_as_they_say() {
    let folder = folders();
    let (all, count) = tested(&folder, "");
    let of = |name: &str| {
        let found = all.iter().find(|tested| tested.test.ends_with(name));
        found.unwrap_or_else(|| panic!("{name}: {all:?}"))
    };
    for (name, passed, status) in [
        ("::twice_as_much_is_burned", true, "EXECUTED"),
        ("::too_much_is_refused", true, "ABORTED:7"),
        ("::a_wrong_claim_fails", false, "ABORTED:9"),
        ("::arguments_arrive", true, "EXECUTED"),
        ("::what_should_fail_and_does_not", false, "EXECUTED"),
        ("::mint_is_open_to_all", true, "EXECUTED"),
        ("::it_stops_here", true, "ABORTED:7"),
        ("::it_stops_elsewhere", false, "ABORTED:7"),
        ("::a_constant_names_its_module", true, "ABORTED:3"),
        ("::the_same_code_elsewhere_is_another", false, "ABORTED:3"),
        ("::inline_functions_of_dependencies_are_expanded", true, "EXECUTED"),
    ] {
        assert_eq!((of(name).passed, of(name).status.as_str()), (passed, status), "{name}");
    }
    assert_eq!((count.passed, count.failed), (7, 4));
    let shown = of("::a_wrong_claim_fails").to_string();
    assert!(shown.contains("sources/coin.move:31"), "{shown}");
    let (some, _) = tested(&folder, "arguments");
    assert_eq!(some.len(), 1);
}

#[test]
fn what_cannot_be_built_says_why() {
    let folder = folders();
    let bank = folder.path().join("bank");
    let manifest = bank.join("Move.toml");
    let good = fs::read_to_string(&manifest).expect("a manifest");
    let trouble = |text: &str| {
        fs::write(&manifest, text).expect("a manifest");
        build(&bank).expect_err(text)
    };
    let head = "[package]\nname = \"Bank\"\n";
    assert!(matches!(trouble("[package]"), Trouble::Manifest { .. }));
    let git = format!("{head}[dependencies]\nX = {{ git = \"x\" }}\n");
    assert!(matches!(trouble(&git), Trouble::NotLocal { name } if name == "X"));
    let address = format!("{head}[addresses]\nbank = \"b\"\n");
    assert!(matches!(trouble(&address), Trouble::BadAddress { name } if name == "bank"));
    let open = format!("{head}[addresses]\nbank = \"_\"\n");
    assert!(matches!(trouble(&open), Trouble::NoAddress { name } if name == "bank"));
    let circle = good.replace("../base", "../bank");
    assert!(matches!(trouble(&circle), Trouble::Circle { .. }));
    let missing = good.replace("../base", "../nowhere");
    assert!(matches!(trouble(&missing), Trouble::File { .. }));
    let two = good.replace("base = \"0xa\"", "base = \"0xa\"\n");
    fs::write(
        folder.path().join("base/Move.toml"),
        format!("{}[addresses]\nbase = \"0x1\"\n", head),
    )
    .expect("a manifest");
    assert!(matches!(trouble(&two), Trouble::TwoAddresses { name } if name == "base"));
}

#[test]
fn sources_that_do_not_compile_are_shown_at_their_line() {
    let folder = folders();
    let source = folder.path().join("bank/sources/coin.move");
    fs::write(&source, COIN.replace("        value\n", "        valu\n")).expect("a source");
    let trouble = build(&folder.path().join("bank")).expect_err("a name that nothing has");
    assert!(matches!(&trouble, Trouble::Compile(found) if found.len() == 1), "{trouble}");
    assert!(trouble.to_string().contains("sources/coin.move:15"), "{trouble}");
    assert!(!folder.path().join("bank/build").exists(), "a build that fails writes nothing");
}

#[test]
fn tests_have_signers_names_of_types_and_debugging() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("sources")).expect("a folder");
    let manifest =
        "[package]\nname = \"S\"\n[addresses]\nstd = \"_\"\n[dev-addresses]\nstd = \"0x1\"\n";
    fs::write(folder.path().join("Move.toml"), manifest).expect("a file");
    let source = "
    module std::ascii { struct String has copy, drop, store { bytes: vector<u8> }
        public fun bytes(s: String): vector<u8> { s.bytes } }
    module std::type_name { struct TypeName has copy, drop, store { name: std::ascii::String }
        public native fun get<T>(): TypeName;
        public fun text(name: TypeName): vector<u8> { std::ascii::bytes(name.name) } }
    module std::unit_test { native public fun create_signers_for_testing(n: u64): vector<signer>; }
    module std::debug { native public fun print<T>(x: &T);
        native public fun print_stack_trace();
        #[test] fun three_that_differ() {
            let three = std::unit_test::create_signers_for_testing(3);
            print(&three);
            print_stack_trace();
            let vector_of_three = &three;
            assert!(vector_of_three == &std::unit_test::create_signers_for_testing(3), 0);
            assert!(vector_of_three != &std::unit_test::create_signers_for_testing(2), 1);
        }
        #[test] fun named() {
            assert!(std::type_name::text(std::type_name::get<vector<bool>>()) == b\"vector<bool>\", 0);
        }
    }";
    fs::write(folder.path().join("sources/all.move"), source).expect("a file");
    let count = test(folder.path(), "", |one| assert!(one.passed, "{one}"));
    assert_eq!(count.unwrap_or_else(|trouble| panic!("{trouble}")).passed, 2);
}

/// Writes files below a folder.
fn lay_out(folder: &std::path::Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
}

#[test]
fn a_package_lends_its_helpers_to_tests_of_others_and_keeps_its_tests() {
    let folder = tempfile::tempdir().expect("a folder");
    let lender = "module lender::coin {
        struct Coin has drop { value: u64 }
        public fun value(coin: &Coin): u64 { coin.value }
        #[test_only] use lender::ten;
        #[test_only] public fun free(): Coin { Coin { value: ten::ten() } }
        #[test] fun own() { abort 1 }
        #[verify_only] fun never() { nothing::known() }
    }
    #[test_only] module lender::ten { public fun ten(): u64 { 10 } }";
    let borrower = "#[test_only] module borrower::tests {
        use lender::coin;
        #[test] fun ten_is_lent() { assert!(coin::value(&coin::free()) == 10, 0); }
    }";
    let manifest = "[package]\nname = \"Borrower\"\n[addresses]\nborrower = \"0x8\"
        [dependencies]\nLender = { local = \"../lender\", addr_subst = { lender = \"0x7\" } }";
    lay_out(
        folder.path(),
        &[
            ("lender/Move.toml", "[package]\nname = \"Lender\"\n[addresses]\nlender = \"_\""),
            ("lender/sources/coin.move", lender),
            ("borrower/Move.toml", manifest),
            ("borrower/tests/tests.move", borrower),
        ],
    );
    let mut names = Vec::new();
    let tested = test(&folder.path().join("borrower"), "", |one| {
        names.push(one.test.clone());
        assert!(one.passed, "{one}");
    });
    assert_eq!(tested.unwrap_or_else(|trouble| panic!("{trouble}")).failed, 0);
    assert_eq!(names, ["0x8::tests::ten_is_lent"]);
    assert!(build(&folder.path().join("borrower")).is_ok(), "nothing of it is built");
}

/// A package whose tests are written as other frameworks write theirs.
const OTHERS: &[(&str, &str)] = &[
    (
        "table/Move.toml",
        "[package]\nname = \"Table\"\n[addresses]\ntable = \"0x7\"\n[dev-addresses]\nout = \"0x9\"",
    ),
    (
        "table/sources/table.move",
        "module table::table {
        #[test_only] friend table::table_tests;
        friend table::user;
        struct Table has key { handle: u64 }
        public fun new(): u64 { new_handle() }
        public fun old(): u64 { 1 }
        native fun new_handle(): u64;
        spec Table { pragma intrinsic; invariant handle > 0; }
    }
    module table::user {}",
    ),
    ("table/sources/table.spec.move", "spec table::table { spec new { aborts_if false; } }"),
    ("table/tests/tests.move", "#[test_only] module table::table_tests {}"),
    (
        "shop/Move.toml",
        "[package]\nname = \"Shop\"\n[addresses]\nshop = \"0x8\"\n
         [dependencies]\nTable = { local = \"../table\" }",
    ),
    (
        "shop/tests/tests.move",
        "#[test_only] module shop::tests {
        use table::table;
        #[test] fun runs() { assert!(table::old() == 1, 0); }
        #[test] fun calls() { table::new(); }
        #[test] #[expected_failure] fun fails_otherwise() { table::new(); }
        #[test(a = @0x1, nobody = @0x2)] fun more_is_said(a: address) { assert!(a == @0x1, 0); }
        #[test] fun may_call_or_not() { if (table::old() == 2) { table::new(); } }
        #[test] #[expected_failure(abort_code = 1)] fun older(): u64 { vector<u64>[][0] }
        #[test] #[expected_failure(abort_code = 2)] fun other(): u64 { vector<u64>[][0] }
    }",
    ),
];

#[test]
fn a_native_function_that_is_not_there_is_named_and_is_no_expected_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    lay_out(folder.path(), OTHERS);
    assert!(build(&folder.path().join("table")).is_ok(), "its own natives need nobody");
    let mut all = Vec::new();
    let count = test(&folder.path().join("shop"), "", |one| all.push(one.clone()));
    let count = count.unwrap_or_else(|trouble| panic!("{trouble}"));
    let of = |name: &str| {
        let found = all.iter().find(|tested| tested.test.ends_with(name));
        found.unwrap_or_else(|| panic!("{name}: {all:?}"))
    };
    for (name, passed, status) in [
        ("::runs", true, "EXECUTED"),
        ("::calls", false, "MISSING_DEPENDENCY"),
        ("::fails_otherwise", false, "MISSING_DEPENDENCY"),
        ("::more_is_said", true, "EXECUTED"),
        ("::may_call_or_not", true, "EXECUTED"),
        ("::older", true, "VECTOR_OPERATION_ERROR:1"),
        ("::other", false, "VECTOR_OPERATION_ERROR:1"),
    ] {
        assert_eq!((of(name).passed, of(name).status.as_str()), (passed, status), "{name}");
    }
    assert_eq!((count.passed, count.failed), (4, 3));
    let shown = of("::calls").to_string();
    assert!(shown.contains("the native function `0x7::table::new_handle` is not"), "{shown}");
    assert!(shown.contains("Table/sources/table.move:5"), "the line is that of the call: {shown}");
}
