"""Cases that no pinned file shows, each with what docs/spec/wire.md says of it.

    python cases.py

Each is shown to verify.py and, with FLORIN_BIN set to the binary `florin`, to that too. Both must
answer as the text does. Exit code 1: somebody answers otherwise.
"""

import copy
import json
import os
import subprocess
import sys
import tempfile

from bcs import Variant, encode, uleb
from changes import byte_changes, value_changes
from crypto import ZERO, leaf_hash
from forge import (
    MOST, ONE, PAYEE, PAYER, Committee, World, account, currency, ed25519_key, handover, hexes, history_file,
    holdings, liability_file, list_page, payments_file, plain_genesis, tree, trust_file)
from move import STATUSES
from reading import Refused, Unreadable, spelled
from trust import Trust
from verify import verify

VALID, REFUSED = True, False
FOUR, NEXT = Committee("four", 4), Committee("next", 2)


def edited(data, change):
    document = json.loads(data)
    change(document)
    return spelled(document)


def headers():
    """W11 to W14: what a certificate covers."""
    world = World([account("a")])
    yield "plain", VALID, world.account(), world.trust
    for version in (0, 2):
        yield f"header of version {version}", REFUSED, World([account("a")], version=version).account(), world.trust
    for height, results, holds in ((9, 8, VALID), (9, 9, REFUSED), (9, 10, REFUSED), (9, 0, VALID), (0, 0, REFUSED)):
        world = World([account("a")], height=height, results=results)
        yield f"header {height} on {results}", holds, world.account(), world.trust
    yield "epoch of another height", REFUSED, World([account("a")], context={"epoch": 1}).account(), world.trust
    world = World([account("a")], height=70, results=60)
    yield "committee that stays, in a later epoch", VALID, world.account(), world.trust
    world = World([account("a")], height=70, results=60, first=1)
    yield "committee that stays, under the later epoch", REFUSED, world.account(), world.trust
    views = ((309, 307, VALID, VALID), (310, 309, VALID, REFUSED), (310, 308, REFUSED, REFUSED),
             (309, 309, REFUSED, REFUSED), (308, 307, REFUSED, REFUSED), (400, 310, VALID, REFUSED))
    for view, parent, last, inside in views:
        for height, holds in ((63, last), (62, inside)):
            world = World([account("a")], height=height, results=60)
            world.certificate = ONE.certificate(world.header, view=view, parent_view=parent)
            yield f"header {height} certified in view {view} after {parent}", holds, world.account(), world.trust
    world = World([account("a")], context={"view": 2**64 - 1, "parent_view": 2**64 - 2})
    yield "last view", VALID, world.account(), world.trust
    world.certificate = world.certificate.replace(b"\xff" * 9 + b"\1", b"\xff" * 9 + b"\3")
    yield "view beyond 64 bits", REFUSED, world.account(), world.trust
    yield from quorums()


def quorums():
    world = World([account("a")], FOUR)
    whole = world.certificate
    for signers, holds in (([0, 1, 2], VALID), ([1, 2, 3], VALID), ([0, 1], REFUSED)):
        world.certificate = FOUR.certificate(world.header, signers=signers)
        yield f"signed by {signers} of four", holds, world.account(), world.trust
    for what, certificate in {
        "of five validators": FOUR.certificate(world.header, count=5),
        "signer beyond the committee": whole[:-49] + bytes([whole[-49] | 16]) + whole[-48:],
        "a byte more": whole + b"\0", "padded epoch": b"\x80\0" + whole[1:],
        "identity as signature": whole[:-48] + b"\xc0" + bytes(47),
        "negated signature": whole[:-48] + bytes([whole[-48] ^ 32]) + whole[-47:],
    }.items():
        world.certificate = certificate
        yield f"certificate: {what}", REFUSED, world.account(), world.trust


def states():
    """W18, W20, W30: records and that there are none."""
    for time in (0, 951_782_400_000, 253_402_300_799_999, 253_402_300_800_000, 2**64 - 1):
        world = World([account("a")], time=time)
        yield f"time {time}", VALID, world.account(), world.trust
    world = World([(Variant("party", b"a" * 32), account("a")[1])])
    yield "account under another kind of name", REFUSED, world.account(), world.trust
    origin = (Variant("origin"), b"\0")
    absent = (("payment_terms", "USD"), ("sub-account", b"s" * 32), ("operators", None), ("parameters", None))
    for kind, value in absent:
        world = World([origin])
        yield f"no {kind}", VALID, world.file("record", record(world, 0, kind, value)), world.trust
    world = World([origin, (Variant("chain"), b"\1" + bytes(64))])
    yield "record of the chain", REFUSED, world.file("record", record(world, 1, "chain", None)), world.trust
    yield "origin", VALID, world.file("record", record(world, 0, "origin", None)), world.trust
    world = World([origin, account("a"), account("b")])
    yield "leaf of another name", REFUSED, world.file("record", record(world, 1, "currency", "USD")), world.trust
    leaves = list(world.leaves)
    world.set_leaves([leaves[0][:8] + b"\0\0", *leaves[1:]])
    world.blocks(())
    world.seal()
    yield "free leaf", REFUSED, world.file("record", {**record(world, 1, "account", b"a" * 32)}).replace(
        leaves[1].hex().encode(), world.leaves[0].hex().encode()), world.trust


def record(world, i, kind, value):
    return {"name": encode("name", Variant(kind, value)).hex(), "record": world.slot(i)}


def receipts():
    """W17, W20: words of a receipt's summary."""
    outcomes = [("applied", Variant("voided", Variant(reason)))
                for reason in ("rejected", "withdrawn", "expired", "not_released")]
    outcomes += [("applied", Variant("units_issued", {"asset": "US0378331005", "count": 5})),
                 ("refused", Variant("call_failed"))]
    for outcome, what in outcomes:
        world = World([account("a")])
        yield f"receipt {outcome}: {what}", VALID, world.receipt(outcome=Variant(outcome, what)), world.trust
    for code, minor, what in (("JPY", MOST, "settled"), ("USD", 0, "settled"), ("USD", 5, "settled")):
        world = World([account("a")])
        yield f"receipt of {minor} {code}", VALID, world.receipt(money={"currency": code, "minor": minor}), world.trust
    world = World([account("a")])
    refused = {"money": {"currency": "EUR", "minor": 5}, "outcome": Variant("refused", Variant("currency_unknown"))}
    yield "refused, in a currency that genesis has not", VALID, world.receipt(**refused), world.trust
    for height, holds in ((7, VALID), (6, REFUSED), (8, REFUSED), (2**64 - 1, REFUSED)):
        yield f"receipt of block {height} of 7", holds, world.receipt(height=height), world.trust
    yield "receipt of version 2", REFUSED, world.receipt(version=2), world.trust
    for status in (0, 4037, *list(STATUSES)[::12], 4001, 4002, 4016):
        run = {"gas_used": 1, "status": status, "code": None, "place": None, "events": []}
        yield f"run of status {status}", VALID, world.receipt(run=run), world.trust
    place = {"module": b"m" * 32, "function": 1, "instruction": 65_535}
    run = {"gas_used": 2**64 - 1, "status": 4016, "code": 2**64 - 1, "place": place,
           "events": [{"type": data, "value": b"\1\2"} for data in event_types()]}
    yield "run with events of every spelling", VALID, world.receipt(run=run), world.trust


def event_types():
    def struct(address, module, name, *arguments):
        return (b"\7" + address.rjust(32, b"\0") + uleb(len(module)) + module + uleb(len(name)) + name
                + uleb(len(arguments)) + b"".join(arguments))

    plain = struct(b"\2", b"escrow", b"Opened")
    yield from (plain, struct(b"", b"m", b"S"), struct(b"\x0a\xb0", b"m", b"S"), struct(b"\xaa" * 32, b"_m", b"__"))
    yield struct(b"\2", b"m", b"S", *(bytes([i]) for i in (0, 1, 2, 3, 4, 5, 8, 9, 10)))
    yield struct(b"\2", b"m", b"S", plain, b"\6\6\1", b"\6" + plain)
    yield from (b"", b"\1", b"\x0b", plain + b"\0", struct(b"\2", b"1m", b"S"), struct(b"\2", b"_", b"S"))
    yield from (b"\6" * 31 + b"\1", b"\6" * 32 + b"\1", b"\7" + bytes(32) + b"\x81\0m\1S\0")


def consistency():
    """W26."""
    for m, n, change, holds in (
            (4, 10, None, VALID), (4, 4, None, VALID), (1, 17, None, VALID), (7, 8, None, VALID),
            (10, 4, None, REFUSED), (0, 4, None, REFUSED), (4, 10, "fork", REFUSED), (4, 10, "leaf", REFUSED),
            (4, 10, "short", REFUSED), (4, 10, "long", REFUSED)):
        older, newer = (World([account("a")], height=s + 2, results=s) for s in (m, n))
        common = [*older.history, *newer.history[m + 1:]]
        common[m] = older.history[m]
        if change == "fork":
            common[2] = common[3]
        newer.history = common[:n + 1]
        newer.seal()
        shown = m - 1 if change == "leaf" else min(m, n)
        path = tree([leaf_hash(ZERO, leaf) for leaf in newer.history], shown)[1]
        path = {"short": path[:-1], "long": path + path[:1]}.get(change, path)
        parts = {"block": {"leaf": common[shown].hex(), "path": hexes(path)}, "older": older.tail(),
                 "newer": newer.tail()}
        yield f"blocks to {m} and to {n}, {change or 'plain'}", holds, older.file("consistency", parts), older.trust


def lists():
    """W27."""
    ids = [bytes([i]) * 32 for i in range(7)]
    world = World([holdings(ids, ids[:3])])
    for of, known in (("accounts", ids), ("customers", ids[:3])):
        for first, last in ((0, len(known) - 1), (0, 0), (1, 2), (len(known) - 1, len(known) - 1)):
            page = list_page(world, of, known, first, last)
            yield f"{of} {first} to {last}", VALID, world.file("list", page), world.trust
    page = list_page(world, "accounts", ids, 2, 4)
    for what, part in {"index": {"index": 3}, "of": {"of": "customers"}, "path": {"path": []}}.items():
        other = {**page, "list": {**page["list"], **part}}
        yield f"other {what} of a page", REFUSED, world.file("list", other), world.trust
    shorter = {**page, "entries": page["entries"][1:]}
    yield "entry left out", REFUSED, world.file("list", shorter), world.trust
    none = {**page, "entries": [], "list": {"of": "accounts", "index": 0, "path": []}}
    yield "none of some", REFUSED, world.file("list", none), world.trust
    world = World([holdings()])
    for index, holds in ((0, VALID), (1, REFUSED)):
        none = {"entries": [], "list": {"of": "accounts", "index": index, "path": []}, "record": world.slot(0)}
        yield f"empty list from {index}", holds, world.file("list", none), world.trust


def histories():
    """W21."""
    full = [(1, [("minted", 100)], (100, 0, 0)), (3, [("held", 30), ("preburned", 20)], (50, 30, 20)),
            (5, [("paid_from_hold", 30), ("released", 0), ("burned", 5)], (50, 0, 15)),
            (7, [("moved_in", 1)], (51, 0, 15))]
    spans = [(0, 7), (4, 4), (5, 5), (6, 7), (0, 0), (2, 6)]
    for start, end, holds in [(*span, VALID) for span in spans] + [(5, 4, REFUSED), (5, 8, REFUSED)]:
        world, data = history_file(full, start, end)
        yield f"history {start} to {end}", holds, data, world.trust
    for what, journal, how in (
            ("without the entry before", full, {"before": False}), ("without the entry after", full, {"after": False}),
            ("of other balances", full, {"balances": (51, 0, 14), "end": 7}),
            ("below zero in between", [(3, [("paid", 5), ("minted", 5)], (0, 0, 0))], {}),
            ("beyond 128 bits in between", [(3, [("minted", MOST), ("minted", 1), ("paid", 1)], (MOST, 0, 0))], {}),
            ("credits beyond 128 bits", [(3, [("minted", MOST), ("paid", 1), ("minted", 1)], (MOST, 0, 0))], {}),
            ("one height twice", [(3, [("minted", 1)], (1, 0, 0)), (3, [("minted", 1)], (2, 0, 0))], {}),
            ("heights fall", [(4, [("minted", 1)], (1, 0, 0)), (3, [("minted", 1)], (2, 0, 0))], {}),
            ("balances that do not follow", [(3, [("minted", 1)], (2, 0, 0))], {})):
        world, data = history_file(journal, 2, how.pop("end", 5), **how)
        yield f"history {what}", REFUSED, data, world.trust
    for what, journal in {
        "of nothing": [], "of a block without movements": [(1, [], (0, 0, 0))],
        "of three full classes": [(1, [("minted", MOST), ("held", MOST)], (0, MOST, 0)),
                                  (2, [("minted", MOST), ("preburned", MOST)], (0, MOST, MOST)),
                                  (3, [("minted", MOST)], (MOST, MOST, MOST))],
        "of every kind": [(1, [
            ("minted", 1000), ("received", 10), ("held", 300), ("released", 50), ("paid_from_hold", 50), ("paid", 10),
            ("preburned", 100), ("preburn_released", 20), ("burned", 30), ("seized", 5), ("moved_out", 7),
            ("moved_in", 9), ("into_vault", 11), ("from_vault", 13)], (669, 200, 50))],
    }.items():
        start = 3 if what.startswith("of three") else 0
        world, data = history_file(journal, start, 7)
        yield f"history {what}", VALID, data, world.trust


def payments():
    """W28."""
    own = [("a", "USD", [(2, [("minted", 1000)], (1000, 0, 0)),
                         (4, [("paid", 100), ("received", 7)], (907, 0, 0))]),
           ("b", "JPY", [(4, [("received", 50)], (50, 0, 0)), (5, [("paid", 20)], (30, 0, 0))]),
           ("c", "USD", [(4, [("received", 9)], (9, 0, 0))])]
    for role in ("payer", "payee", "any"):
        for code in ("USD", "JPY", None, "EUR"):
            world, data = payments_file(own, role, code, 3, 5)
            yield f"payments as {role} in {code}", VALID, data, world.trust
    for accounts, code in ((own, "EUR"), ([], None)):
        for start, end, holds in ((3, 7, VALID), (5, 3, REFUSED), (3, 8, REFUSED), (0, 2**64 - 1, REFUSED)):
            world, data = payments_file(accounts, "any", code, start, end)
            yield f"no history of {len(accounts)} accounts, {start} to {end}", holds, data, world.trust

    def hide(document):
        document["accounts"][2]["history"] = None
        document["summary"]["histories"] = 1

    world, data = payments_file(own, "payer", "USD", 3, 5)
    yield "payments, history left out", REFUSED, edited(data, hide), world.trust

    def reverse(parts):
        parts["accounts"].reverse()

    for what, change in {"accounts in another order": reverse,
                         "account left out": lambda parts: parts["accounts"].pop(),
                         "list cut": lambda parts: (parts["accounts"].pop(), parts["list"].pop())}.items():
        world, data = payments_file(own, "payer", "USD", 3, 5, change)
        yield f"payments, {what}", REFUSED, data, world.trust
    world, data = payments_file(own, "payer", "USD", 3, 5, member=PAYEE)
    yield "payments of another member", REFUSED, data, world.trust
    rich = [(letter, "USD", [(4, [("received", MOST)], (MOST, 0, 0))]) for letter in "ab"]
    for accounts, holds in ((rich[:1], VALID), (rich, REFUSED)):
        world, data = payments_file(accounts, "any", None, 0, 7)
        yield f"{len(accounts)} payments of all there is", holds, data, world.trust


def liabilities():
    """W29."""
    for supply, contract, minor, holds in ((5, 0, 5, VALID), (5, 2, 3, VALID), (5, 2, 5, REFUSED), (5, 7, 0, REFUSED),
                                           (0, 0, 0, VALID), (MOST, 0, MOST, VALID)):
        world = World([currency(supply, contract)])
        parts = {"tree": {"parts": 8, "root": {"hash": "77" * 32, "minor": str(minor)}}, "record": world.slot(0)}
        yield f"sum {minor} of {supply} less {contract}", holds, world.file("liabilities", parts), world.trust
    world = World([currency(5, name="JPY")])
    parts = {"tree": {"parts": 8, "root": {"hash": "77" * 32, "minor": "5"}}, "record": world.slot(0)}
    yield "currency under another name", REFUSED, world.file("liabilities", parts), world.trust
    minors = [1, 2, 3, 4, 5, 6, 7, 8]
    for others in range(9):
        world, data = liability_file(minors, others)
        yield f"balance among {8 + others} parts", VALID, data, world.trust
    world, data = liability_file(minors, balances=(30, 5, 1))
    yield "balance of three classes", VALID, data, world.trust
    for what, made in {
        "less": liability_file(minors, balances=(35, 0, 0)), "more": liability_file(minors, balances=(37, 0, 0)),
        "in 7 parts": liability_file(minors[:7]), "in 9 parts": liability_file([*minors, 9], numbers=range(9)),
        "with a part twice": liability_file(minors, numbers=[0, 1, 2, 3, 4, 5, 6, 6]),
        "in another order": liability_file(minors, change=lambda document: document["parts"].reverse()),
        "whose sum wraps": liability_file([2**127, 2**127, 0, 0, 0, 0, 0, 0], 0, balances=(5, 0, 0)),
    }.items():
        yield f"balance {what}", REFUSED, made[1], made[0].trust


def handovers():
    """W23."""
    def at(height, committee, first):
        return World([account("a")], committee, height, 60, first=first, by=ONE).account()

    first, second = handover(63, ONE, 0, NEXT), handover(319, NEXT, 1, FOUR)
    other, late = handover(63, ONE, 0, FOUR), handover(127, ONE, 0, NEXT)
    checkpoint = {name: first[name] for name in ("header", "validators")}
    one = trust_file([first])
    yield "without the handover", REFUSED, at(70, NEXT, 1), trust_file([])
    for what, holds, data in (
            ("next epoch", VALID, at(70, NEXT, 1)), ("three epochs on", VALID, at(257, NEXT, 1)),
            ("three epochs on, under that epoch", REFUSED, at(257, NEXT, 4)), ("too early", REFUSED, at(62, NEXT, 1)),
            ("by who left", REFUSED, at(70, ONE, 0)), ("by who left, before", VALID, at(62, ONE, 0))):
        yield f"handed over: {what}", holds, data, one
    yield "handed over in a later view", VALID, at(70, NEXT, 1), trust_file([handover(63, ONE, 0, NEXT, view=400)])
    yield "two handovers", VALID, at(320, FOUR, 5), trust_file([first, second])
    yield "second handover alone", REFUSED, at(320, FOUR, 5), trust_file([second])
    yield "handover twice", REFUSED, at(70, NEXT, 1), trust_file([first, first])
    yield "two handovers of one epoch", REFUSED, at(70, NEXT, 1), trust_file([first, other])
    yield "handover twice, uncertified", REFUSED, at(70, NEXT, 1), trust_file([first, {**first, "certificate": ""}])
    yield "handovers out of order", REFUSED, at(130, NEXT, 2), trust_file([late, other])
    yield "handover inside an epoch", REFUSED, at(70, NEXT, 1), trust_file([handover(62, ONE, 0, NEXT)])
    yield "handover for another epoch", REFUSED, at(70, NEXT, 1), trust_file([handover(63, ONE, 0, NEXT, epoch=2)])
    yield "handover to nobody new", REFUSED, at(70, ONE, 0), trust_file([handover(63, ONE, 0, ONE, epoch=0)])
    yield "checkpoint", VALID, at(70, NEXT, 1), trust_file([], checkpoint)
    yield "checkpoint and handover", VALID, at(320, FOUR, 5), trust_file([second], checkpoint)
    yield "before the checkpoint", REFUSED, at(62, ONE, 0), trust_file([], checkpoint)
    yield "checkpoint of others", REFUSED, at(70, NEXT, 1), trust_file([], {**checkpoint, "validators": FOUR.json()})
    for what, twist in {"unsorted": lambda v: v[::-1], "twice": lambda v: v[:1] * 2, "none": lambda v: []}.items():
        twisted = copy.copy(NEXT)
        twisted.validators = twist(NEXT.validators)
        named = handover(63, ONE, 0, twisted, validators=twisted.json() or [])
        yield f"validators {what}", REFUSED, at(62, ONE, 0), trust_file([named])
    twisted = copy.deepcopy(NEXT)
    twisted.validators[0]["proof_of_possession"] = twisted.validators[1]["proof_of_possession"]
    yield "validator without its key", REFUSED, at(62, ONE, 0), trust_file([handover(63, ONE, 0, twisted)])
    without = spelled({name: part for name, part in json.loads(one).items() if name != "checkpoint"})
    yield "trust file without a field", REFUSED, at(70, NEXT, 1), without
    yield "trust file with a field more", REFUSED, at(70, NEXT, 1), trust_file([first], more=0)
    yield "trust file in another spelling", VALID, at(70, NEXT, 1), json.dumps(json.loads(one)).encode()


def geneses():
    """W3, W19."""
    def key(seed, role, person=1, organisation=PAYER):
        return {"key": ed25519_key(seed).hex(), "role": role, "person": f"{person:02x}" * 16,
                "organisation": organisation}

    def member(lei, *keys):
        return {"lei": lei, "aliases": [], "endpoint": "https://a.example", "encryption": "77" * 32,
                "keys": list(keys)}

    def keys(*given):
        return {"role_keys": sorted(given, key=lambda key: key["key"])}

    plain = plain_genesis(ONE)
    ranges = {"block_bytes": (65_536, 4_194_304), "block_units": (1_000,), "command_ttl_ms": (1_000, 86_400_000),
              "attestation_max_age_ms": (1_000,), "organisation_share": (1_000, 10_000), "growth_quota": (1_000,)}
    changed = []
    for name, ends in ranges.items():
        values = [(end, VALID) for end in ends] + [(ends[0] - 1, REFUSED)] + [(end + 1, REFUSED) for end in ends[1:]]
        for value, holds in values:
            changed.append((f"{name} {value}", holds, {"limits": {**plain["limits"], name: value}}))
    changed += [(f"epoch_length {n}", holds, {"epoch_length": n}) for n, holds in
                ((7, REFUSED), (8, VALID), (1_000_000, VALID), (1_000_001, REFUSED))]
    changed += [(f"thresholds {n}", holds, {"thresholds": {"operator": n, "treasury": 2}}) for n, holds in
                ((1, REFUSED), (2, VALID), (8, VALID), (9, REFUSED))]
    small, dollar = {**key(b"1", "gate"), "key": "01" + "00" * 31}, plain["currencies"][1]
    changed += [
        ("epoch 1", REFUSED, {"epoch": 1}), ("scale 5", VALID, {"currencies": [{**dollar, "scale": 5}]}),
        ("scale 6", REFUSED, {"currencies": [{**dollar, "scale": 6}]}),
        ("currencies unsorted", REFUSED, {"currencies": plain["currencies"][::-1]}),
        ("members", VALID, {"members": [member(PAYEE), member(PAYER)]}),
        ("member twice", REFUSED, {"members": [member(PAYER), member(PAYER)]}),
        ("key of small order", REFUSED, keys(small)),
        ("member's key of small order", REFUSED, {"members": [member(PAYER, small)]}),
        ("key twice", REFUSED, keys(key(b"1", "gate"), key(b"1", "gate"))),
        ("person of two organisations", REFUSED, keys(key(b"1", "gate"), key(b"2", "gate", organisation=PAYEE))),
        ("persons of two organisations", VALID, keys(key(b"1", "gate"), key(b"2", "gate", 2, PAYEE))),
        ("operator and admin", VALID, keys(key(b"1", "operator"), key(b"2", "admin"))),
        ("operator and treasury", REFUSED, keys(key(b"1", "operator"), key(b"2", "treasury"))),
        ("solver and gate", REFUSED, keys(key(b"1", "solver"), key(b"2", "gate"))),
        ("member who is treasury", REFUSED,
         {"members": [member(PAYER, key(b"1", "admin"))], **keys(key(b"2", "treasury"))}),
    ]
    for what, holds, change in changed:
        world = World([account("a")], height=70 if "epoch" in change else 7, results=5, genesis=change,
                      first=change.get("epoch", 0))
        yield f"genesis: {what}", holds, world.account(), world.trust
    world = World([account("a")])
    for what, holds, spelling in (
            ("compact", VALID, json.dumps(plain).encode()),
            ("minus nought", REFUSED, world.trust.replace(b'"epoch": 0', b'"epoch": -0')),
            ("field twice", REFUSED, world.trust.replace(b'"epoch": 0', b'"epoch": 0, "epoch": 0')),
            ("field more", REFUSED, edited(world.trust, lambda genesis: genesis.update(more=0))),
            ("field less", REFUSED, edited(world.trust, lambda genesis: genesis.pop("epoch_length"))),
            ("capital digits", REFUSED, world.trust.replace(b'"identity": "', b'"identity": "A')),
            ("mark of byte order", REFUSED, b"\xef\xbb\xbf" + world.trust),
            ("text behind", REFUSED, world.trust + b"{}"), ("1 MiB", VALID, world.trust.ljust(1 << 20)),
            ("more than 1 MiB", REFUSED, world.trust.ljust((1 << 20) + 1))):
        yield f"genesis in JSON: {what}", holds, world.account(), spelling


def spellings():
    """W16."""
    world = World([account("a")])
    data = world.account()
    for what, other in {
        "CR": data.replace(b"\n", b"\r\n"), "no LF at the end": data[:-1], "a line more": data + b"\n",
        "escape": data.replace(b'"USD"', b'"\\u0055SD"'),
        "key twice": data.replace(b'  "salt"', b'  "salt": "00",\n  "salt"'),
        "fraction": data.replace(b'"slots": 1', b'"slots": 1.0'), "list": b"[" + data + b"]",
        "nothing": b"", "null": b"null",
        "deep": b"[" * 100_000, "not UTF-8": data.replace(b"USD", b"US\xff"), "long": data.ljust((1 << 18) + 1),
        "format": data.replace(b"account-1", b"account-2"), "genesis": world.trust,
        "keys in another order": spelled(dict(reversed(json.loads(data).items()))),
    }.items():
        yield f"spelling: {what}", REFUSED, other, world.trust


def changed():
    """W9, W16, W23: what no pinned file has, changed everywhere: a receipt of a call, and a file of trust."""
    world = World([account("a")])
    place = {"module": b"m" * 32, "function": 1, "instruction": 2}
    events = [{"type": data, "value": b"\1\2"} for data in list(event_types())[:5]]
    run = {"gas_used": 31_000, "status": 4016, "code": 7, "place": place, "events": events}
    refused = {"kind": Variant("invoke"), "outcome": Variant("refused", Variant("payee_not_named")), "run": run}
    data = world.receipt(**refused)
    yield "receipt of a call", VALID, data, world.trust
    for what, other in (*byte_changes(data, 7), *value_changes(json.loads(data))):
        yield f"receipt of a call: {what}", REFUSED, other, world.trust
    trusted = trust_file([handover(63, ONE, 0, NEXT), handover(319, NEXT, 1, FOUR)])
    data = World([account("a")], FOUR, 320, 310, first=5, by=ONE).account()
    yield "two handovers", VALID, data, trusted
    for what, other in value_changes(json.loads(trusted)):
        if json.loads(other) != json.loads(trusted):
            yield f"two handovers: {what}", REFUSED, data, other


GROUPS = (headers, states, receipts, consistency, lists, histories, payments, liabilities, handovers, geneses,
          spellings, changed)


def own_answer(data, trusted):
    try:
        verify(data, Trust(trusted))
    except (Refused, Unreadable):
        return REFUSED
    return VALID


def florin_answer(binary, data, trusted):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("file.json", data), ("trust.json", trusted)):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)
        command = [binary, "verify", f"{folder}/file.json", "--trust", f"{folder}/trust.json"]
        return subprocess.run(command, capture_output=True, check=False).returncode in (0, 3)


def main():
    binary, cases, faults = os.environ.get("FLORIN_BIN"), 0, 0
    for group in GROUPS:
        for what, holds, data, trusted in group():
            cases += 1
            answers = {"verify.py": own_answer(data, trusted)}
            if binary:
                answers["florin"] = florin_answer(binary, data, trusted)
            for who, answer in answers.items():
                if answer != holds:
                    print(f"{group.__name__}: {what}: {who} {'takes' if answer else 'refuses'} it")
                    faults += 1
    who = "both verifiers" if binary else "verify.py"
    print(f"{cases} cases, {who}: {faults} answers that the text does not give")
    return faults > 0


if __name__ == "__main__":
    sys.exit(main())
