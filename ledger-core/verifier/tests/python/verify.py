"""A second verifier of Florin's proof files, written from docs/spec/wire.md alone.

    pip install -r requirements.txt
    python verify.py --trust genesis.json FILE ...

The trusted file is a genesis (W19) or a trust file (W23). One line for each FILE: what it is, or the
code and the reason why it is refused. Exit code, as W16 has it, the highest of all files: 0 valid,
1 not valid, 2 unreadable, 3 a valid receipt of a refused command.

bcs.py has the types, crypto.py hashes, trees and signatures, reading.py JSON, trust.py whom to believe.
"""

import re
import sys

import bcs
import case
import evidence
from bcs import Variant, encode
from crypto import ZERO, domain_hash, leaf_hash, run_root
from move import status_name, type_name
from reading import (
    KIB, MIB, Refused, Unreadable, decoded, demand, fields, from_json, hashes, hex_list, items, known,
    minor_units, moment, number, octets, one_of, read_json, spelled)
from trust import Trust, ascending

# Records (W7, W9, W18)

class Slot:
    """A leaf of the state, shown under the state root of a header."""

    def __init__(self, part, header):
        leaf, salt, path, head = fields(part, "leaf salt path head")
        slots, free, tree = fields(head, "slots free tree")
        self.leaf, self.salt, self.path = octets(leaf), octets(salt, 32), hashes(path)
        self.head = {"slots": number(slots), "free": None if free is None else number(free), "tree": octets(tree, 32)}
        demand(domain_hash("state", encode("state_head", self.head)) == header["results"]["state_root"], "not_in_state")
        leaf = decoded("slot_leaf", self.leaf)
        self.slot, self.content = leaf["slot"], leaf["content"]
        root = run_root([leaf_hash(self.salt, self.leaf)], self.slot, slots, self.path)
        demand(root == self.head["tree"], "not_in_state")

    def used(self, code):
        demand(self.content.name == "used", code, "the leaf is free")
        return self.content.value

    def holding(self, name, identity, code):
        """The record of this kind, which stands under the key of the name that it has itself."""
        used = self.used(code)
        demand(used["record"].name == name, code)
        record = used["record"].value
        demand(used["key"] == key_of(encode("name", Variant(name, record[identity]))), code, "under another key")
        return record

    def account(self):
        return self.holding("account", "id", "not_an_account")

    def spelled(self):
        return {"leaf": self.leaf.hex(), "salt": self.salt.hex(), "path": hex_list(self.path),
                "head": {**self.head, "tree": self.head["tree"].hex()}}


def key_of(name):
    return ZERO if name == b"\0" else domain_hash("key", name)


# The kinds of files. Each takes a document and a Trust, and gives (summary, rest of the file in order).

def certified(document, trust):
    header, certificate = octets(document["header"]), octets(document["certificate"])
    return trust.certified(header, certificate), {"header": header.hex(), "certificate": certificate.hex()}


def at(header):
    return {"height": header["results"]["height"], "time": moment(header["time"])}


def receipt_file(document, trust):
    _, _, _, receipt_bytes, salt, path, history, *_ = fields(
        document, "format network summary receipt salt path history header certificate")
    header, tail = certified(document, trust)
    receipt_bytes, salt, path = octets(receipt_bytes), octets(salt, 32), hashes(path)
    digest, receipts, state_root, history_path = fields(history, "digest receipts state_root path")
    digest, receipts = octets(digest, 32), number(receipts)
    state_root, history_path = octets(state_root, 32), hashes(history_path)
    receipt = decoded("receipt", receipt_bytes)
    known(receipt["version"])
    root = run_root([leaf_hash(salt, receipt_bytes)], receipt["index"], receipts, path)
    demand(root is not None, "not_in_block")
    leaf = {"height": receipt["height"], "digest": digest, "receipts": {"count": receipts, "root": root},
            "state_root": state_root}
    check_history(encode("history_leaf", leaf), receipt["height"], history_path, header)
    summary = receipt_summary(receipt, header, trust)
    history = {"digest": digest.hex(), "receipts": receipts, "state_root": state_root.hex(),
               "path": hex_list(history_path)}
    return summary, {"receipt": receipt_bytes.hex(), "salt": salt.hex(), "path": hex_list(path),
                     "history": history, **tail}


def check_history(leaf, index, path, header):
    results = header["results"]
    demand(results["height"] > 0, "no_history_declared")
    root = run_root([leaf_hash(ZERO, leaf)], index, results["height"] + 1, path)
    demand(root == results["history_root"], "not_in_history")


def receipt_summary(receipt, header, trust):
    applied, what = receipt["outcome"].name == "applied", receipt["outcome"].value
    money, leg, run = receipt["money"], receipt["leg"], receipt["run"]
    outcome = f"{what.name}_{what.value.name}" if what.name == "voided" else what.name
    shown = money and money["currency"] in trust.scales
    uetr = leg and re.sub("(.{8})(.{4})(.{4})(.{4})(.{12})", r"\1-\2-\3-\4-\5", leg["uetr"].hex())
    summary = {
        "height": receipt["height"], "index": receipt["index"],
        "entered": moment(receipt["entered"]), "irrevocable": moment(receipt["irrevocable"]),
        "settled": moment(header["time"]) if applied else None,
        "command_id": receipt["command"].hex(), "kind": receipt["kind"].name, "outcome": outcome,
        "debit": receipt["debit"] and receipt["debit"].hex(), "credit": receipt["credit"] and receipt["credit"].hex(),
        "currency": money and money["currency"],
        "amount": trust.amount(money["minor"], money["currency"]) if shown else None,
        "uetr": uetr,
    }
    return {**summary, "run": run_summary(run)} if run else summary


def run_summary(run):
    place = run["place"]
    return {
        "gas_used": run["gas_used"], "status": status_name(run["status"]), "code": run["code"],
        "place": place and {**place, "module": place["module"].hex()},
        "events": [{"type": type_name(event["type"]), "value": event["value"].hex()} for event in run["events"]]}


def account_file(document, trust):
    fields(document, "format network summary leaf salt path head header certificate")
    header, tail = certified(document, trust)
    slot = Slot({name: document[name] for name in ("leaf", "salt", "path", "head")}, header)
    account = slot.account()
    summary = {"account": account["id"].hex(), "member": account["member"], "currency": account["currency"],
               **trust.balances(account["balances"], account["currency"]), **at(header)}
    return summary, {**slot.spelled(), **tail}


def record_file(document, trust):
    name = octets(fields(document, "format network summary name record header certificate")[3])
    header, tail = certified(document, trust)
    kind, key = decoded("name", name).name, key_of(name)
    slot = Slot(document["record"], header)
    leaf = slot.used("other_name")
    demand(leaf["record"].name != "chain", "leaf_is_secret")
    found = leaf["key"] == key
    demand(found or leaf["key"] < key < leaf["next"], "other_name")
    summary = {"kind": kind.replace("_", " "), "key": key.hex(), "found": "yes" if found else "no", **at(header)}
    return summary, {"name": name.hex(), "record": slot.spelled(), **tail}


def consistency_file(document, trust):
    *_, block, older, newer = fields(document, "format network summary block older newer")
    for pair in (older, newer):
        fields(pair, "header certificate")
    (old, old_pair), (new, new_pair) = certified(older, trust), certified(newer, trust)
    leaf, path = fields(block, "leaf path")
    leaf, path = octets(leaf), hashes(path)
    m, n = old["results"]["height"], new["results"]["height"]
    demand(m != 0, "no_history_declared")
    demand(m <= n, "order_reversed")
    last = decoded("history_leaf", leaf)
    demand(last["height"] == m and last["state_root"] == old["results"]["state_root"], "not_the_last_block")
    # A sibling stands to the left where the index on its level is odd; a last node without partner has none.
    left, index, end = [], m, n
    for sibling in path:
        while index % 2 == 0 and index == end and end > 0:
            index, end = index // 2, end // 2
        if index % 2:
            left.append(sibling)
        index, end = index // 2, end // 2
    leaves = [leaf_hash(ZERO, leaf)]
    demand(run_root(leaves, m, m + 1, left) == old["results"]["history_root"], "history_not_continued")
    demand(run_root(leaves, m, n + 1, path) == new["results"]["history_root"], "history_not_continued")
    def about(header):
        return {"height": header["results"]["height"], "header": header["height"], "time": moment(header["time"])}

    summary = {"older": about(old), "newer": about(new), "appended": n - m}
    return summary, {"block": {"leaf": leaf.hex(), "path": hex_list(path)}, "older": old_pair, "newer": new_pair}


class Entries:
    """A run of a list of a member's: accounts or customers (W27)."""

    def __init__(self, part):
        pairs = items(part, lambda item: fields(item, "id salt"))
        self.pairs = [(octets(identity, 32), octets(salt, 32)) for identity, salt in pairs]

    def root(self, first, count, path):
        return run_root([leaf_hash(salt, identity) for identity, salt in self.pairs], first, count, path)

    def spelled(self):
        return [{"id": identity.hex(), "salt": salt.hex()} for identity, salt in self.pairs]


def holdings_of(slot):
    return slot.holding("holdings", "member", "not_holdings")


def list_file(document, trust):
    *_, part, entries, record, _, _ = fields(
        document, "format network summary list entries record header certificate")
    header, tail = certified(document, trust)
    slot = Slot(record, header)
    holdings = holdings_of(slot)
    of, index, path = fields(part, "of index path")
    head = holdings[one_of(of, ("accounts", "customers"))]
    index, path, entries = number(index), hashes(path), Entries(entries)
    shown = len(entries.pairs)
    demand(shown <= 10_000, "list_too_long")
    demand(shown > 0 or head["count"] == 0, "nothing_shown")
    demand(entries.root(index, head["count"], path) == head["root"], "not_in_list")
    summary = {"member": holdings["member"], "list": of, "index": index, "shown": shown, "count": head["count"],
               "complete": "yes" if shown == head["count"] else "no", **at(header)}
    return summary, {"list": {"of": of, "index": index, "path": hex_list(path)}, "entries": entries.spelled(),
                     "record": slot.spelled(), **tail}


# Histories (W21). What a movement does to available, held and preburned, and what it counts as.

MOVEMENTS = {
    "minted": ("+..", "credit"), "received": ("+..", "credit"), "paid": ("-..", "debit"), "seized": ("-..", "debit"),
    "held": ("-+.", None), "released": ("+-.", None), "paid_from_hold": (".-.", "debit"), "preburned": ("-.+", None),
    "preburn_released": ("+.-", None), "burned": ("..-", "debit"), "moved_out": ("-..", "debit"),
    "moved_in": ("+..", "credit"), "into_vault": ("-..", "debit"), "from_vault": ("+..", "credit"),
}
ROLES = {"paid": "payer", "paid_from_hold": "payer", "received": "payee"}


def check_span(span, header):
    demand(span[0] <= span[1], "span_reversed")
    demand(span[1] <= header["results"]["height"], "span_not_covered")


class Entry:
    """An entry of an account's journal, with the movements of its block where it has some to show."""

    def __init__(self, part, movements=False):
        height, time, entry, salt, *shown = fields(part, "height time entry salt" + " movements" * movements)
        self.bytes, self.salt = octets(entry), octets(salt, 32)
        self.value = decoded("journal_entry", self.bytes)
        self.height, self.balances = self.value["height"], self.value["balances"]
        self.movements = items(shown[0], Movement) if movements else None

    def spelled(self):
        out = {"height": self.height, "time": moment(self.value["time"]), "entry": self.bytes.hex(),
               "salt": self.salt.hex()}
        if self.movements is not None:
            out["movements"] = [movement.spelled() for movement in self.movements]
        return out


class Movement:
    def __init__(self, part):
        command, kind, minor, salt = fields(part, "command kind minor salt")
        self.command, self.minor, self.salt = octets(command, 32), minor_units(minor), octets(salt, 32)
        self.kind = one_of(kind, MOVEMENTS)

    def leaf(self):
        value = {"command": self.command, "kind": Variant(self.kind), "minor": self.minor}
        return leaf_hash(self.salt, encode("movement", value))

    def spelled(self):
        return {"command": self.command.hex(), "kind": self.kind, "minor": str(self.minor), "salt": self.salt.hex()}


class History:
    """Every movement of an account in a span of heights."""

    def __init__(self, part, account, span, header):
        journal, before, blocks, after = fields(part, "journal before blocks after")
        index, path = fields(journal, "index path")
        self.index, self.path = number(index), hashes(path)
        self.before, self.after = (None if entry is None else Entry(entry) for entry in (before, after))
        self.blocks = items(blocks, lambda block: Entry(block, movements=True))
        self.check(account, span, header)

    def check(self, account, span, header):
        start, end = span
        journal = account["journal"]
        check_span(span, header)
        demand(len(self.blocks) <= 10_000 and self.count() <= 100_000, "history_too_long")
        run = [entry for entry in (self.before, *self.blocks, self.after) if entry]
        demand(self.before or self.index == 0, "start_not_shown")
        demand(self.after or self.index + len(run) == journal["count"], "end_not_shown")
        root = run_root([leaf_hash(entry.salt, entry.bytes) for entry in run], self.index, journal["count"], self.path)
        demand(root == journal["root"], "not_in_journal")
        demand(not self.before or self.before.height < start, "outside_span")
        demand(not self.after or self.after.height > end, "outside_span")
        demand(all(start <= block.height <= end for block in self.blocks), "outside_span")
        demand(ascending([block.height for block in self.blocks]), "heights_not_ascending")
        nothing = {"available": 0, "held": 0, "preburned": 0}
        self.opening = self.closing = self.before.balances if self.before else nothing
        self.sums = {"credit": 0, "debit": 0}
        for block in self.blocks:
            self.follow(block)
        demand(all(total < 1 << 128 for total in self.sums.values()), "sum_too_large")
        demand(self.after or self.closing == account["balances"], "other_balances")

    def follow(self, block):
        head, leaves = block.value["movements"], [movement.leaf() for movement in block.movements]
        demand(len(leaves) == head["count"] and run_root(leaves, 0, len(leaves), []) == head["root"], "other_movements")
        balances = list(self.closing.values())
        for movement in block.movements:
            signs, counts_as = MOVEMENTS[movement.kind]
            balances = [held + {"+": 1, "-": -1, ".": 0}[sign] * movement.minor for held, sign in zip(balances, signs)]
            demand(all(0 <= held < 1 << 128 for held in balances), "balance_does_not_follow")
            if counts_as:
                self.sums[counts_as] += movement.minor
        demand(balances == list(block.balances.values()), "balance_does_not_follow")
        self.closing = block.balances

    def count(self):
        return sum(len(block.movements) for block in self.blocks)

    def spelled(self):
        return {"journal": {"index": self.index, "path": hex_list(self.path)},
                "before": self.before and self.before.spelled(), "blocks": [block.spelled() for block in self.blocks],
                "after": self.after and self.after.spelled()}


def history_file(document, trust):
    fields(document, "format network summary span journal before blocks after record header certificate")
    header, tail = certified(document, trust)
    span = [number(height) for height in fields(document["span"], "from to")]
    slot = Slot(document["record"], header)
    account = slot.account()
    part = {name: document[name] for name in ("journal", "before", "blocks", "after")}
    history, currency = History(part, account, span, header), account["currency"]
    summary = {
        "account": account["id"].hex(), "member": account["member"], "currency": currency,
        "from": span[0], "to": span[1], "opening": trust.balances(history.opening, currency),
        "blocks": len(history.blocks), "movements": history.count(),
        "credits": trust.amount(history.sums["credit"], currency),
        "debits": trust.amount(history.sums["debit"], currency),
        "closing": trust.balances(history.closing, currency), "complete": "yes", **at(header)}
    return summary, {"span": {"from": span[0], "to": span[1]}, **history.spelled(), "record": slot.spelled(), **tail}


def payments_file(document, trust):
    *_, query, listed, accounts, record, _, _ = fields(
        document, "format network summary payments query list accounts holdings header certificate")
    header, tail = certified(document, trust)
    slot = Slot(record, header)
    holdings = holdings_of(slot)
    role, currency, start, end = fields(query, "role currency from to")
    one_of(role, ("payer", "payee", "any"))
    if currency is not None:
        currency = from_json(bcs.type_of("currency"), currency)
    span = [number(start), number(end)]
    check_span(span, header)
    entries, head = Entries(listed), holdings["accounts"]
    demand(len(entries.pairs) <= 1_000, "payments_too_long")
    demand(len(entries.pairs) == head["count"], "accounts_not_whole")
    demand(entries.root(0, head["count"], []) == head["root"], "not_in_list")
    pairs = items(accounts, lambda item: fields(item, "record history"))
    demand(len(pairs) == len(entries.pairs), "other_account")
    shown, found = [], []
    for (identity, _), (part, history) in zip(entries.pairs, pairs):
        own = Slot(part, header)
        account = own.account()
        demand(account["id"] == identity and account["member"] == holdings["member"], "other_account")
        if currency in (None, account["currency"]):
            demand(history is not None, "history_missing")
            history = History(history, account, span, header)
            found += payments_of(history, account, role)
        else:
            demand(history is None, "history_not_asked")
        shown.append((own, history))
    histories = [history for _, history in shown if history]
    demand(sum(len(history.blocks) for history in histories) <= 10_000, "payments_too_long")
    demand(sum(history.count() for history in histories) <= 100_000, "payments_too_long")
    found.sort(key=lambda payment: payment["height"])
    codes = sorted({payment["currency"] for payment in found})
    sums = {code: [p["amount"] for p in found if p["currency"] == code] for code in codes}
    demand(all(sum(minors) < 1 << 128 for minors in sums.values()), "payments_sum_too_large")
    summary = {
        "member": holdings["member"], "role": role, "currency": currency, "from": start, "to": end,
        "accounts": len(shown), "histories": len(histories), "payments": len(found),
        "sums": [{"currency": code, "payments": len(minors), "amount": trust.amount(sum(minors), code)}
                 for code, minors in sums.items()],
        "complete": "yes", **at(header)}
    payments = [{**p, "amount": trust.amount(p["amount"], p["currency"])} for p in found]
    return summary, {
        "payments": payments, "query": {"role": role, "currency": currency, "from": start, "to": end},
        "list": entries.spelled(),
        "accounts": [{"record": own.spelled(), "history": history and history.spelled()} for own, history in shown],
        "holdings": slot.spelled(), **tail}


def payments_of(history, account, role):
    return [
        {"height": block.height, "time": moment(block.value["time"]), "account": account["id"].hex(),
         "role": ROLES[movement.kind], "currency": account["currency"], "amount": movement.minor,
         "command": movement.command.hex()}
        for block in history.blocks for movement in block.movements
        if movement.kind in ROLES and role in ("any", ROLES[movement.kind])]


# Liabilities (W29)

def sum_node(part):
    node, minor = fields(part, "hash minor")
    return {"hash": octets(node, 32), "minor": minor_units(minor)}


def sum_above(left, right):
    minor = left["minor"] + right["minor"]
    demand(minor < 1 << 128, "not_in_sum", "too large")
    return {"hash": domain_hash("sum", encode("sum_node", left) + encode("sum_node", right)), "minor": minor}


def spelled_node(node):
    return {"hash": node["hash"].hex(), "minor": str(node["minor"])}


class SumTree:
    def __init__(self, part, currency, header, trust):
        parts, root = fields(part, "parts root")
        self.parts, self.root = number(parts), sum_node(root)
        statement = {"chain": trust.chain, "currency": currency, "height": header["results"]["height"],
                     "parts": self.parts, "root": self.root}
        self.summary = {"currency": currency, "liabilities": trust.amount(self.root["minor"], currency),
                        "statement": domain_hash("liabilities", encode("statement", statement)).hex()}

    def spelled(self):
        return {"parts": self.parts, "root": spelled_node(self.root)}


def liabilities_file(document, trust):
    fields(document, "format network summary tree record header certificate")
    header, tail = certified(document, trust)
    slot = Slot(document["record"], header)
    currency = slot.holding("currency", "code", "not_a_currency")
    tree = SumTree(document["tree"], currency["code"], header, trust)
    totals = currency["totals"]
    demand(tree.root["minor"] == totals["supply"] - totals["contract"], "sum_not_the_supply")
    return {**tree.summary, **at(header)}, {"tree": tree.spelled(), "record": slot.spelled(), **tail}


def liability_file(document, trust):
    fields(document, "format network summary tree parts record header certificate")
    header, tail = certified(document, trust)
    slot = Slot(document["record"], header)
    account = slot.account()
    tree = SumTree(document["tree"], account["currency"], header, trust)
    parts = items(document["parts"], lambda item: fields(item, "index minor salt path"))
    demand(len(parts) == 8, "other_parts")
    shown, total = [], 0
    for place, (index, minor, salt, path) in enumerate(parts):
        index, minor, salt, path = number(index), minor_units(minor), octets(salt, 32), items(path, sum_node)
        value = encode("part", {"account": account["id"], "number": place, "minor": minor})
        leaf = {"hash": domain_hash("part", salt + value), "minor": minor}
        demand(run_root([leaf], index, tree.parts, path, above=sum_above) == tree.root, "not_in_sum")
        total += minor
        shown.append({"index": index, "minor": str(minor), "salt": salt.hex(), "path": list(map(spelled_node, path))})
    balance = sum(account["balances"].values())
    demand(total == balance, "balance_not_in_sum")
    summary = {"account": account["id"].hex(), "member": account["member"],
               "balance": trust.amount(balance, account["currency"]), **tree.summary, **at(header)}
    return summary, {"tree": tree.spelled(), "parts": shown, "record": slot.spelled(), **tail}


def inner_record(data, trust):
    inner, summary = read_json(data, 256 * KIB), verify(data, trust)
    demand(inner["format"] == "florin-record-1" and summary["found"] == "yes", "not_a_member")
    return decoded("slot_leaf", octets(inner["record"]["leaf"]))["content"].value["record"]


def inner_receipt(data, trust):
    inner = read_json(data, 256 * KIB)
    demand(verify(data, trust) and inner["format"] == "florin-receipt-1", "not_a_receipt")
    return decoded("receipt", octets(inner["receipt"]))


def case_file(document, trust):
    return case.check(document, trust, inner_record, inner_receipt)


def evidence_file(document, trust):
    return evidence.check(document, trust, inner_record, inner_receipt)


KINDS = {
    "florin-receipt-1": (receipt_file, 256 * KIB),
    "florin-account-1": (account_file, 256 * KIB),
    "florin-record-1": (record_file, 256 * KIB),
    "florin-consistency-1": (consistency_file, 256 * KIB),
    "florin-liabilities-1": (liabilities_file, 256 * KIB),
    "florin-liability-1": (liability_file, 256 * KIB),
    "florin-list-1": (list_file, 4 * MIB),
    "florin-history-1": (history_file, 16 * MIB),
    "florin-payments-1": (payments_file, 16 * MIB),
    "florin-case-1": (case_file, case.MOST),
    "florin-evidence-1": (evidence_file, case.MOST),
}


def verify(data, trust):
    """The summary of a file that is valid. Refused or Unreadable when it is not."""
    document = read_json(data, case.MOST)
    kind = document.get("format") if isinstance(document, dict) else None
    if not isinstance(kind, str) or kind not in KINDS:
        raise Unreadable("another format")
    check, most = KINDS[kind]
    if len(data) > most:
        raise Unreadable("too large")
    demand(document.get("network") == trust.chain.hex(), "other_network")
    summary, rest = check(document, trust)
    again = spelled({"format": kind, "network": trust.chain.hex(), "summary": summary, **rest})
    demand(again == data, "other_spelling")
    return summary


def main(arguments):
    if len(arguments) < 3 or arguments[0] != "--trust":
        sys.exit(__doc__)
    worst = 0
    try:
        with open(arguments[1], "rb") as file:
            trust = Trust(file.read())
    except (Refused, Unreadable) as error:
        print(f"{arguments[1]}: not to be trusted: {error}")
        return 2
    for name in arguments[2:]:
        with open(name, "rb") as file:
            data = file.read()
        try:
            summary = verify(data, trust)
            refused = summary.get("outcome") is not None and summary["settled"] is None
            code, said = (3, f"valid; the command was refused: {summary['outcome']}") if refused else (0, "valid")
        except Refused as error:
            code, said = 1, "refused: " + ": ".join(filter(None, error.args))
        except Unreadable as error:
            code, said = 2, f"unreadable: {error}"
        print(f"{name}: {said}")
        worst = max(worst, code)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
