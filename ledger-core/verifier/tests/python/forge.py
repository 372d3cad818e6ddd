"""Makes proof files under keys made here: what no pinned file shows. cases.py says what is in them."""

import contextlib
import hashlib
from unittest import mock

from py_ecc.bls.hash_to_curve import hash_to_G1
from py_ecc.bls.point_compression import compress_G1, compress_G2
from py_ecc.optimized_bls12_381 import G2, add, curve_order, multiply

import trust
import verify
from bcs import Variant, encode, uleb
from crypto import ORDER, ZERO, domain_hash, leaf_hash, node_hash, times
from reading import moment, spelled
from trust import Trust, committee_hash
from verify import KINDS, key_of

BASE = (int("216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51a", 16),
        int("6666666666666666666666666666666666666666666666666666666666666658", 16))
PAYER, PAYEE = "PAYER000000000000034", "PAYEE000000000000037"
MOST = 2**128 - 1


def ed25519_key(seed):
    x, y = times(BASE, int.from_bytes(hashlib.sha256(seed).digest(), "big") % ORDER)
    return (y | (x & 1) << 255).to_bytes(32, "little")


class Committee:
    """Validators with keys drawn from a name."""

    def __init__(self, name, count=1):
        self.secrets, validators = {}, []
        for i in range(count):
            seed = f"{name}-{i}".encode()
            secret = int.from_bytes(hashlib.sha512(seed).digest(), "big") % curve_order
            z1, z2 = compress_G2(multiply(G2, secret))
            key = z1.to_bytes(48, "big") + z2.to_bytes(48, "big")
            proof = signature(secret, b"\x0eflorin/enrol/1" + key, b"BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_")
            identity = ed25519_key(seed)
            self.secrets[identity] = secret
            validators.append({"name": f"{name}-{i}", "identity": identity, "vote_key": key,
                               "proof_of_possession": proof})
        self.validators = sorted(validators, key=lambda validator: validator["identity"])

    def json(self):
        return [{name: part if name == "name" else part.hex() for name, part in validator.items()}
                for validator in self.validators]

    def certificate(self, header, view=None, parent_view=None, signers=None, count=None):
        """A certificate of a header, of those with the given numbers."""
        context, n = header["context"], len(self.validators)
        signers = range(n) if signers is None else signers
        view = context["view"] if view is None else view
        parent_view = context["parent_view"] if parent_view is None else parent_view
        proposal = uleb(context["epoch"]) + uleb(view) + uleb(parent_view) + digest(header)
        namespace = b"florin/" + header["chain"] + b"_FINALIZE"
        message = bytes([len(namespace)]) + namespace + proposal
        total = None
        for i in signers:
            secret = self.secrets[self.validators[i]["identity"]]
            tag = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_"
            point = multiply(hash_to_G1(message, tag, hashlib.sha256), secret)
            total = point if total is None else add(total, point)
        bits = sum(1 << i for i in signers)
        return (proposal + (count or n).to_bytes(8, "big") + bits.to_bytes((n + 7) // 8, "little")
                + compress_G1(total).to_bytes(48, "big"))


def signature(secret, message, tag):
    return compress_G1(multiply(hash_to_G1(message, tag, hashlib.sha256), secret)).to_bytes(48, "big")


def digest(header):
    return domain_hash("header", encode("header", header))


def tree(leaves, first=0, last=None):
    """The root of a tree, and the path of its leaves from `first` to `last`."""
    if not leaves:
        return ZERO, []
    low, high, nodes, path = first, first if last is None else last, list(leaves), []
    while len(nodes) > 1:
        end = len(nodes) - 1
        if low % 2:
            path.append(nodes[low - 1])
        if high % 2 == 0 and high < end:
            path.append(nodes[high + 1])
        pairs = (nodes[i:i + 2] for i in range(0, len(nodes), 2))
        nodes = [node_hash(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
        low, high = low // 2, high // 2
    return nodes[0], path


def salt(*what):
    return hashlib.sha256(repr(what).encode()).digest()


@contextlib.contextmanager
def unchecked():
    """Lets verify.py derive what a file shows, whether or not it holds."""
    with contextlib.ExitStack() as stack:
        for module in (verify, trust):
            for name in ("demand", "known"):
                stack.enter_context(mock.patch.object(module, name, lambda *_: None))
        stack.enter_context(mock.patch.object(trust, "bls_verifies", lambda *_: True))
        yield


class World:
    """A genesis, a state of some records and a certified header over them."""

    def __init__(self, records=(), committee=None, height=9, results=7, genesis=None, first=0, by=None, **header):
        """`committee` signs, and is named as the one of epoch `first`; `by` is that of genesis."""
        self.committee = committee or ONE
        self.genesis = {**plain_genesis(by or self.committee), **(genesis or {})}
        self.trust = spelled(self.genesis)
        with unchecked():
            self.chain = Trust(self.trust).chain
        self.height, self.results, self.first = height, results, first
        self.link(records)
        self.blocks(())
        self.seal(**header)

    def link(self, records):
        """Slots linked in the order of their keys; a record is a name and bytes."""
        names = [encode("name", name) for name, _ in records]
        keys = sorted(map(key_of, names))
        after = dict(zip(keys, [*keys[1:], b"\xff" * 32]))
        self.set_leaves([i.to_bytes(8, "little") + b"\1" + key_of(name) + after[key_of(name)] + data
                         for i, (name, (_, data)) in enumerate(zip(names, records))])

    def set_leaves(self, leaves):
        self.leaves = leaves
        self.hashed = [leaf_hash(salt("slot", i), leaf) for i, leaf in enumerate(leaves)]
        self.head = {"slots": len(leaves), "free": None, "tree": tree(self.hashed)[0]}
        self.state_root = domain_hash("state", encode("state_head", self.head))

    def blocks(self, receipts):
        """The history of blocks 0 to S, of which the last holds the receipts."""
        head = log([(salt("receipt", i), receipt) for i, receipt in enumerate(receipts)])
        self.history = []
        for height in range(self.results + 1):
            last = height == self.results
            self.history.append(encode("history_leaf", {
                "height": height, "digest": salt("digest", height), "receipts": head if last else log([]),
                "state_root": self.state_root if last else salt("state", height)}))

    def seal(self, context=None, **changes):
        """Makes the header and has it certified."""
        hashed = [leaf_hash(ZERO, leaf) for leaf in self.history]
        committee = committee_hash(self.first, self.committee.validators)
        self.header = {
            "version": 1, "chain": self.chain,
            "context": {"epoch": self.height // self.genesis["epoch_length"], "view": 309, "parent_view": 307,
                        "leader": self.committee.validators[0]["identity"], **(context or {})},
            "height": self.height, "parent": salt("parent"), "time": 1_767_225_609_000, "payload": salt("payload"),
            "results": {"height": self.results, "state_root": self.state_root,
                        "history_root": tree(hashed)[0] if self.results else ZERO},
            "committee": committee, "next_committee": committee, **changes}
        self.certificate = self.committee.certificate(self.header)
        return self

    def tail(self):
        return {"header": encode("header", self.header).hex(), "certificate": self.certificate.hex()}

    def slot(self, i):
        return {"leaf": self.leaves[i].hex(), "salt": salt("slot", i).hex(), "path": hexes(tree(self.hashed, i)[1]),
                "head": {**self.head, "tree": self.head["tree"].hex()}}

    def file(self, kind, parts):
        """A file of these parts, with what verify.py derives from them."""
        kind = f"florin-{kind}-1"
        document = {**parts, "format": kind, "network": self.chain.hex(), "summary": None, "payments": None}
        if "older" not in parts:
            document.update(self.tail())
        if kind != "florin-payments-1":
            del document["payments"]
        with unchecked():
            summary, rest = KINDS[kind][0](document, Trust(self.trust))
        return spelled({"format": kind, "network": self.chain.hex(), "summary": summary, **rest})

    def account(self, i=0):
        return self.file("account", self.slot(i))

    def receipt(self, **receipt):
        """The file of the only receipt of block S."""
        data = encode("receipt", {**RECEIPT, "height": self.results, **receipt})
        self.blocks([data])
        self.seal()
        path = tree([leaf_hash(ZERO, leaf) for leaf in self.history], self.results)[1]
        return self.file("receipt", {
            "receipt": data.hex(), "salt": salt("receipt", 0).hex(), "path": [],
            "history": {"digest": salt("digest", self.results).hex(), "receipts": 1,
                        "state_root": self.state_root.hex(), "path": hexes(path)}})


def hexes(nodes):
    return [node.hex() for node in nodes]


def plain_genesis(committee):
    return {
        "format": "florin-genesis-1", "name": "forged", "time": 1_767_225_600_000, "epoch": 0, "epoch_length": 64,
        "limits": {"block_bytes": 1_048_576, "block_units": 100_000, "command_ttl_ms": 600_000,
                   "attestation_max_age_ms": 86_400_000, "organisation_share": 8_000, "growth_quota": 5_000_000},
        "validators": committee.json(),
        "currencies": [{"code": "JPY", "scale": 0, "issuer": "ISSUER00000000000056"},
                       {"code": "USD", "scale": 2, "issuer": "ISSUER00000000000056"}],
        "members": [], "role_keys": [], "thresholds": {"operator": 2, "treasury": 2}}


ONE = Committee("validator")
RECEIPT = {
    "version": 1, "height": 7, "index": 0, "entered": 1_767_225_604_000, "irrevocable": 1_767_225_605_000,
    "command": b"\x66" * 32, "organisation": PAYER, "kind": Variant("post"),
    "outcome": Variant("applied", Variant("settled")), "leg": None, "debit": None, "credit": None, "money": None,
    "parties": [], "run": None}


def log(entries):
    """The head of a list of (salt, bytes)."""
    return {"count": len(entries), "root": tree([leaf_hash(*entry) for entry in entries])[0]}


def account(letter, currency="USD", balances=(0, 0, 0), journal=(), member=PAYER):
    identity = letter.encode() * 32
    return (Variant("account", identity), b"\5" + encode("account", {
        "id": identity, "member": member, "currency": currency, "status": Variant("active"),
        "balances": dict(zip(("available", "held", "preburned"), balances)), "journal": journal_log(journal)}))


def holdings(accounts=(), customers=(), member=PAYER):
    lists = {name: log([(salt(name, i), identity) for i, identity in enumerate(ids)])
             for name, ids in (("accounts", accounts), ("customers", customers))}
    return (Variant("holdings", member), b"\4" + encode("holdings", {"member": member, **lists}))


def currency(supply, contract=0, code="USD", name="USD"):
    totals = {"supply": supply, "available": 0, "held": 0, "preburned": 0, "contract": contract, "frozen": 0}
    return (Variant("currency", name), b"\2" + encode("currency_record", {
        "code": code, "scale": 2, "issuer": PAYER, "totals": totals, "paid": 0, "reserves": [], "journal": log([])}))


def list_page(world, of, ids, first, last):
    path = tree([leaf_hash(salt(of, i), identity) for i, identity in enumerate(ids)], first, last)[1]
    return {"list": {"of": of, "index": first, "path": hexes(path)}, "record": world.slot(0),
            "entries": [{"id": ids[i].hex(), "salt": salt(of, i).hex()} for i in range(first, last + 1)]}


# Journals: lists of (height, [(kind of movement, minor units)], balances after it)

def journal_leaves(journal):
    """(salt, bytes) of every entry."""
    out = []
    for height, movements, balances in journal:
        log_of_block = log([(salt("movement", height, i), encode("movement", {
            "command": bytes([height]) * 32, "kind": Variant(kind), "minor": minor}))
            for i, (kind, minor) in enumerate(movements)])
        out.append((salt("entry", height), encode("journal_entry", {
            "height": height, "time": 1_767_225_600_000 + 1_000 * height, "movements": log_of_block,
            "balances": dict(zip(("available", "held", "preburned"), balances))})))
    return out


def journal_log(journal):
    return log(journal_leaves(journal))


def history(journal, start, end, before=True, after=True):
    """The history of a span, without what stands around it where that is not wanted."""
    inside = [i for i, (height, _, _) in enumerate(journal) if start <= height <= end]
    below = [i for i, (height, _, _) in enumerate(journal) if height < start][-1:] if before else []
    above = [i for i, (height, _, _) in enumerate(journal) if height > end][:1] if after else []
    run, leaves = below + inside + above, journal_leaves(journal)

    def entry(i, movements=True):
        height, moved, _ = journal[i]
        shown = [{"command": (bytes([height]) * 32).hex(), "kind": kind, "minor": str(minor),
                  "salt": salt("movement", height, k).hex()} for k, (kind, minor) in enumerate(moved)]
        return {"height": height, "time": moment(1_767_225_600_000 + 1_000 * height), "entry": leaves[i][1].hex(),
                "salt": leaves[i][0].hex(), **({"movements": shown} if movements else {})}

    path = tree([leaf_hash(*leaf) for leaf in leaves], run[0], run[-1])[1] if run else []
    return {"journal": {"index": run[0] if run else 0, "path": hexes(path)},
            "before": entry(below[0], False) if below else None, "blocks": [entry(i) for i in inside],
            "after": entry(above[0], False) if above else None}


def history_file(journal, start, end, balances=None, **how):
    balances = balances or (journal[-1][2] if journal else (0, 0, 0))
    world = World([account("a", balances=balances, journal=journal)])
    return world, world.file("history", {
        "span": {"from": start, "to": end}, **history(journal, start, end, **how), "record": world.slot(0)})


def payments_file(accounts, role, code, start, end, change=None, member=PAYER):
    """Accounts are (letter, currency, journal)."""
    ids = [letter.encode() * 32 for letter, _, _ in accounts]
    records = [account(letter, own, journal[-1][2], journal) for letter, own, journal in accounts]
    world = World([holdings(ids, member=member), *records])
    parts = {
        "query": {"role": role, "currency": code, "from": start, "to": end},
        "list": [{"id": identity.hex(), "salt": salt("accounts", i).hex()} for i, identity in enumerate(ids)],
        "accounts": [{"record": world.slot(i + 1),
                      "history": history(journal, start, end) if code in (None, own) else None}
                     for i, (_, own, journal) in enumerate(accounts)],
        "holdings": world.slot(0)}
    if change:
        change(parts)
    return world, world.file("payments", parts)


# Liabilities

def sum_path(nodes, i):
    path = []
    while len(nodes) > 1:
        if i ^ 1 < len(nodes):
            path.append(nodes[i ^ 1])
        pairs = (nodes[k:k + 2] for k in range(0, len(nodes), 2))
        nodes = [wrapping_sum(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
        i //= 2
    return nodes[0], path


def wrapping_sum(left, right):
    """A node as a liar makes it, whose sum forgets what is beyond 128 bits."""
    data = encode("sum_node", left) + encode("sum_node", right)
    return {"hash": domain_hash("sum", data), "minor": (left["minor"] + right["minor"]) & MOST}


def liability_file(minors, others=3, balances=None, numbers=range(8), change=None):
    own, other = b"a" * 32, b"x" * 32
    parts = [(own, number, minor) for number, minor in zip(numbers, minors)] + [(other, k, 7) for k in range(others)]
    nodes = [{"hash": domain_hash("part", salt("part", i) + encode("part", {
        "account": owner, "number": number, "minor": minor})), "minor": minor}
        for i, (owner, number, minor) in enumerate(parts)]
    order = sorted(range(len(nodes)), key=lambda i: nodes[i]["hash"])
    leaves = [nodes[i] for i in order]

    def text(node):
        return {"hash": node["hash"].hex(), "minor": str(node["minor"])}

    shown = [{"index": order.index(i), "minor": str(minor), "salt": salt("part", i).hex(),
              "path": [text(node) for node in sum_path(leaves, order.index(i))[1]]} for i, minor in enumerate(minors)]
    world = World([account("a", balances=balances or (sum(minors), 0, 0))])
    document = {"tree": {"parts": len(leaves), "root": text(sum_path(leaves, 0)[0])}, "parts": shown,
                "record": world.slot(0)}
    if change:
        change(document)
    return world, world.file("liability", document)


# Trust (W23)

def trust_file(handovers, checkpoint=None, **changes):
    return spelled({"format": "florin-trust-1", "genesis": plain_genesis(ONE), "checkpoint": checkpoint,
                    "handovers": handovers, **changes})


def handover(height, old, first, new, epoch=None, validators=None, view=None):
    """The committee `old`, named as of epoch `first`, hands over to `new` after a height."""
    named = committee_hash(height // 64 + 1 if epoch is None else epoch, new.validators)
    world = World([account("a")], old, height, height - 5, first=first, by=ONE, next_committee=named)
    if view:
        world.certificate = old.certificate(world.header, view=view, parent_view=view - 1)
    return {**world.tail(), "validators": validators or new.json()}
