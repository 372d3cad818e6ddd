use move_assembler::assemble;

use super::*;

const COIN: &str = "
module 0x1::coin
struct Coin<phantom T0> has store { value: u64 }
struct Receipt { paid: u64 }
struct Note has copy, drop, store { value: u64 }
struct Balance<phantom T0> has key { coins: vector<Coin<T0>> }
struct Shelf<T0: store> has key { thing: T0 }
struct Marked<phantom T0> has key { since: u64 }

public fun mint<T0>(value: u64): Coin<T0> {
    move_loc value
    pack_generic Coin<T0>
    ret
}
public fun burn<T0>(coin: Coin<T0>): u64 {
    move_loc coin
    unpack_generic Coin<T0>
    ret
}
public fun open<T0>(owner: &signer) {
    move_loc owner
    vec_pack <Coin<T0>> 0
    pack_generic Balance<T0>
    move_to_generic Balance<T0>
    ret
}
public fun close<T0>(owner: address): Balance<T0> acquires Balance {
    move_loc owner
    move_from_generic Balance<T0>
    ret
}
public fun shelve<T0: store>(owner: &signer, thing: T0) {
    move_loc owner
    move_loc thing
    pack_generic Shelf<T0>
    move_to_generic Shelf<T0>
    ret
}
public fun look<T0: copy + drop + store>(owner: address): T0 acquires Shelf {
    move_loc owner
    mut_borrow_global_generic Shelf<T0>
    imm_borrow_field_generic Shelf.thing<T0>
    read_ref
    ret
}
public fun mark<T0>(owner: &signer) {
    move_loc owner
    ld_u64 1
    pack_generic Marked<Coin<T0>>
    move_to_generic Marked<Coin<T0>>
    ret
}
fun note() {
    ld_u64 1
    pack Note
    pop
    ret
}
";

fn modules() -> Vec<CompiledModule> {
    vec![assemble(COIN).expect("it is complete")]
}

fn sites(sites: &[Site]) -> Vec<(Act, &str, usize, bool)> {
    let short = |site: &'_ Site| site.function.len() - "0x1::coin::".len();
    sites
        .iter()
        .map(|site| {
            let name = &site.function[site.function.len() - short(site)..];
            (site.act, name, site.instruction, site.depends_on_type_arguments)
        })
        .collect()
}

#[test]
fn every_linear_struct_is_watched_and_no_other() {
    let report = report(&modules(), &[], &|_, _, _| None).expect("a valid module");
    let names: Vec<&str> = report.structs.iter().map(|watched| watched.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "0x1::coin::Balance",
            "0x1::coin::Coin",
            "0x1::coin::Marked",
            "0x1::coin::Receipt",
            "0x1::coin::Shelf",
        ]
    );
}

#[test]
fn every_making_and_ending_of_a_coin_is_told_and_where_it_meets_storage() {
    let asked = [MemberName::parse("0x1::coin::Coin").expect("a name")];
    let report = report(&modules(), &asked, &|module, function, instruction| {
        assert_eq!(module.to_string(), "0x1::coin");
        u32::try_from(function * 100 + instruction).ok()
    });
    let report = report.expect("a valid module");
    let [coin] = report.structs.as_slice() else { panic!("one struct: {report:?}") };
    assert_eq!(coin.abilities, ["store"]);
    assert_eq!(sites(&coin.made), [(Act::Pack, "mint", 1, false)]);
    assert_eq!(sites(&coin.ended), [(Act::Unpack, "burn", 1, false)]);
    // `look` needs `copy` of what is on the shelf, and a marker holds nothing.
    let stored = [
        (Act::MoveTo, "open", 3, false),
        (Act::MoveFrom, "close", 1, false),
        (Act::MoveTo, "shelve", 3, true),
    ];
    assert_eq!(sites(&coin.stored), stored);
    assert_eq!(coin.stored[1].line, Some(301));
    assert_eq!(coin.stored[0].of, "0x1::coin::Balance<T0>");
}

#[test]
fn what_has_no_store_meets_no_storage() {
    let asked = [MemberName::parse("0x1::coin::Receipt").expect("a name")];
    let report = report(&modules(), &asked, &|_, _, _| None).expect("a valid module");
    assert_eq!(report.structs[0].stored, []);
    let text = report.to_string();
    assert!(text.contains("0x1::coin::Receipt (no abilities)\n  made: nowhere\n"), "{text}");
}

#[test]
fn a_struct_that_nobody_defines_is_told() {
    let asked = [MemberName::parse("0x2::coin::Coin").expect("a name")];
    let report = report(&modules(), &asked, &|_, _, _| None).expect("a valid module");
    assert_eq!(report.unknown, ["0x2::coin::Coin"]);
    assert!(report.structs.is_empty());
    assert!(report.json().expect("json").contains("0x2::coin::Coin"));
}
