"""Files made here, under keys made here: what no pinned file shows, each with what the text says of it.

    python forge.py [FOLDER]

Every case is shown to verify.py and, with FLORIN_BIN set to the binary `florin`, to that too. Both must
say what the case says. With FOLDER, the files are left there. Exit code 1: somebody says otherwise.
"""

import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

from py_ecc.bls.hash_to_curve import hash_to_G1
from py_ecc.bls.point_compression import compress_G1, compress_G2
from py_ecc.optimized_bls12_381 import G2, add, curve_order, multiply

from bcs import Variant, encode, uleb
from crypto import ORDER, P, ZERO, domain_hash, leaf_hash, node_hash, times
from reading import Refused, Unreadable, spelled
from trust import Trust, committee_hash
from verify import KINDS, key_of, verify

BASE = (int("216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51a", 16),
        int("6666666666666666666666666666666666666666666666666666666666666658", 16))
PAYER, PAYEE = "PAYER000000000000034", "PAYEE000000000000037"
NEVER = 2**64 - 1


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
            point = multiply(hash_to_G1(message, b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_", hashlib.sha256), secret)
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


class World:
    """A genesis, a state of some records and a certified header over them."""

    def __init__(self, records=(), committee=None, height=9, results=7, context=None, **genesis):
        self.committee = committee or ONE
        self.genesis = {**plain_genesis(self.committee), **genesis}
        self.trust_bytes = spelled(self.genesis)
        self.chain = Trust(self.trust_bytes).chain
        self.slots(records)
        self.heights = (height, results)
        self.history()
        self.seal(context)

    def slots(self, records):
        """Leaves linked in the order of their keys; a record is (name, bytes) or a whole leaf."""
        names = [encode("name", record[0]) for record in records]
        keys = sorted(map(key_of, names))
        after = dict(zip(keys, [*keys[1:], b"\xff" * 32]))
        self.leaves = [i.to_bytes(8, "little") + b"\1" + key_of(name) + after[key_of(name)] + record[1]
                       for i, (name, record) in enumerate(zip(names, records))]
        self.hashed = [leaf_hash(salt("slot", i), leaf) for i, leaf in enumerate(self.leaves)]
        self.head = {"slots": len(self.leaves), "free": None, "tree": tree(self.hashed)[0]}
        self.state_root = domain_hash("state", encode("state_head", self.head))

    def free_slot(self, i):
        """Makes slot i a free one."""
        self.leaves[i] = i.to_bytes(8, "little") + b"\0\0"
        self.slots_again()

    def slots_again(self):
        self.hashed = [leaf_hash(salt("slot", i), leaf) for i, leaf in enumerate(self.leaves)]
        self.head["tree"] = tree(self.hashed)[0]
        self.state_root = domain_hash("state", encode("state_head", self.head))
        self.history()
        self.seal(None)

    def history(self, receipts=None):
        """Blocks 0 to S, of which the last holds the receipts."""
        self.receipts = receipts or []
        results = self.heights[1]
        leaves = []
        for height in range(min(results, 64) + 1):
            own = self.receipts if height == results else []
            hashed = [leaf_hash(salt("receipt", i), receipt) for i, receipt in enumerate(own)]
            leaves.append(encode("history_leaf", {
                "height": height, "digest": salt("digest", height),
                "receipts": {"count": len(own), "root": tree(hashed)[0]},
                "state_root": self.state_root if height == results else salt("state", height)}))
        self.blocks = [leaf_hash(ZERO, leaf) for leaf in leaves]
        self.block_leaves = leaves

    def seal(self, context=None, **changes):
        height, results = self.heights
        first, committee = 0, committee_hash(0, self.committee.validators)
        self.header = {
            "version": 1, "chain": self.chain,
            "context": {"epoch": height // self.genesis["epoch_length"], "view": 309, "parent_view": 307,
                        "leader": self.committee.validators[first]["identity"], **(context or {})},
            "height": height, "parent": salt("parent"), "time": 1_767_225_609_000, "payload": salt("payload"),
            "results": {"height": results, "state_root": self.state_root,
                        "history_root": tree(self.blocks)[0] if results else ZERO},
            "committee": committee, "next_committee": committee, **changes}
        self.certificate = self.committee.certificate(self.header)

    def tail(self):
        return {"header": encode("header", self.header).hex(), "certificate": self.certificate.hex()}

    def slot(self, i):
        return {"leaf": self.leaves[i].hex(), "salt": salt("slot", i).hex(),
                "path": [node.hex() for node in tree(self.hashed, i)[1]],
                "head": {**self.head, "tree": self.head["tree"].hex()}}

    def receipt(self, receipt):
        """The file of a receipt, the only one of block S."""
        data = encode("receipt", {**RECEIPT, "height": self.heights[1], **receipt})
        self.history([data])
        self.seal()
        path = tree(self.blocks, self.heights[1])[1]
        return self.file("receipt", {
            "receipt": data.hex(), "salt": salt("receipt", 0).hex(), "path": [],
            "history": {"digest": salt("digest", self.heights[1]).hex(), "receipts": 1,
                        "state_root": self.state_root.hex(), "path": [node.hex() for node in path]}})

    def file(self, kind, parts, summary=None, derived=None):
        """A file of these parts. What is derived is derived by verify.py, unless it is given."""
        kind = f"florin-{kind}-1"
        document = {"format": kind, "network": self.chain.hex(), "summary": None, **(derived or {}), **parts,
                    **({} if "older" in parts else self.tail())}
        if summary is None:
            document["summary"], rest = KINDS[kind][0](document, Trust(self.trust_bytes))
            document.update(rest)
        else:
            document["summary"] = summary
        return spelled(document)


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


def head(entries):
    """The head of a list of (salt, bytes)."""
    return {"count": len(entries), "root": tree([leaf_hash(*entry) for entry in entries])[0]}


def account(letter, currency="USD", balances=(0, 0, 0), journal=None, member=PAYER, **changes):
    identity = letter.encode() * 32
    record = {"id": identity, "member": member, "currency": currency, "status": Variant("active"),
              "balances": dict(zip(("available", "held", "preburned"), balances)), "journal": journal or head([]), **changes}
    return (Variant("account", identity), b"\5" + encode("account", record))
