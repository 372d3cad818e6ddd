"""Reads the pinned values of the repository by bcs.py and crypto.py: bytes, order of fields, hashes, signatures.

    python vectors.py CHECKOUT

Each value of ledger-core is decoded and encoded again, compared in its order with the JSON beside it,
and refused with a byte more or less; of the others digests and signatures are computed. Then the
engine's own certificate is checked. Exit code 1: some value is another one by docs/spec/wire.md.
"""

import json
import pathlib
import re
import sys

import bcs
from crypto import domain_hash, ed25519_verifies, leaf_hash, node_hash, run_root
from reading import Refused
from trust import Trust

# Where the name of a vector is not the name of its type.
TYPES = {
    "chain_id": "genesis", "committee_hash": "committee_of", "payment_hash": "payment", "gate_attestation": "gate",
    "signed_gate_attestation": "signed_gate", "attestation_hash": "attestation", "set_hash": "list<set_leg>",
    "leg_id": "leg", "delivery_hash": "delivery", "call_hash": "call", "payload": "list<signed_command>",
    "first_block/blinding": "blinding", "liability_part": None, "liability_nodes": None, "liabilities": "statement",
    "log_append": None, "frontier": None, "stored_slot": None, "payload_root": None,
    "payload/no_command": None, "proposal_content": "action",
}


def type_of(file, name):
    """The type of a vector of ledger-core; None for what has none in the text, and for other folders."""
    first, _, last = name.partition("/")
    if file == "journals" and first == "salt":
        return "salt"
    if file == "blocks" and first in ("genesis", "first_block") and last != "blinding":
        return last
    if file in ("names", "commands"):
        return {"names": "name", "commands": "signed_command" if first == "signed_command" else "body"}[file]
    if file == "records":
        return "slot_leaf" if first == "slot_leaf" else "record"
    if file == "":
        return None
    for key in (name, first, last):
        if key in TYPES:
            return TYPES[key]
    return next((key for key in (first, last) if key in bcs.DEFINITIONS), None)


def scalars(value):
    """Everything that is no name of a field, in order: what must be equal whatever fields are called."""
    if isinstance(value, bcs.Variant):
        return [word(value.name)] if value.value is None else scalars(value.value)
    if isinstance(value, dict):
        return [scalar for part in value.values() for scalar in scalars(part)]
    if isinstance(value, (list, bcs.Octets)):
        return [scalar for part in value for scalar in scalars(part)]
    return [word(value.hex() if isinstance(value, bytes) else value)]


def word(value):
    return re.sub("[^0-9a-z]", "", str(value).lower())


def check(file, vector):
    """What is wrong with a vector, or None; and whether there was a type to read it by."""
    data, kind = bytes.fromhex(vector["bytes"]), type_of(file, vector["name"])
    if "digest" in vector:
        name = vector["domain"].split("/")[1]
        if domain_hash(name, data).hex() != vector["digest"]:
            return "another digest", kind
    if "leaf" in vector and leaf_hash(bytes.fromhex(vector["salt"]), data).hex() != vector["leaf"]:
        return "another leaf", kind
    if "signature" in vector:
        key, signature = bytes.fromhex(vector["public_key"]), bytes.fromhex(vector["signature"])
        signed = bytes.fromhex(vector["digest"])
        if not ed25519_verifies(key, signed, signature):
            return "the signature does not hold", kind
        if ed25519_verifies(key, signed, signature[:32] + bytes([signature[32] ^ 1]) + signature[33:]):
            return "another signature holds", kind
    for result in ("node", "root"):
        if result in vector:
            leaves = [bytes.fromhex(leaf) for leaf in vector["value"]]
            root = node_hash(*leaves) if result == "node" else run_root(leaves, 0, len(leaves), [])
            return None if root.hex() == vector[result] else "another root", kind
    if kind is None:
        return None, kind
    try:
        value = bcs.decode(kind, data)
    except bcs.Malformed as error:
        return f"no {kind}: {error}", kind
    if bcs.encode(kind, value) != data:
        return "encoded otherwise", kind
    shown, found = scalars(vector["value"]), scalars(value)
    if file == "enums" and value.value is None:
        shown = [word(vector["name"].partition("/")[2])]
    if shown != found:
        return f"another value as {kind}: {found} for {shown}", kind
    for other in (data + b"\0", data[:-1]):
        try:
            bcs.decode(kind, other)
            return "read with another length", kind
        except bcs.Malformed:
            pass
    return None, kind


def check_finalization(pinned):
    """The engine's certificate (W13, W14) under the genesis beside it (W15)."""
    trust = Trust.of(bcs.decode("genesis", bytes.fromhex(pinned["genesis"])))
    header, certificate = (bytes.fromhex(pinned[name]) for name in ("header", "finalization"))
    try:
        trust.certified(header, certificate)
    except Refused as error:
        return f"refused: {error}"
    for at in range(len(certificate)):
        changed = certificate[:at] + bytes([certificate[at] ^ 1]) + certificate[at + 1:]
        try:
            trust.certified(header, changed)
            return f"taken with byte {at} changed"
        except Refused:
            pass
    return None if trust.chain.hex() == pinned["chain_id"] else "another chain id"


def main(checkout):
    faults, read, hashed = 0, 0, 0
    for path in sorted(checkout.glob("ledger-core/tests/vectors/*.json")):
        for vector in json.loads(path.read_bytes())["vectors"]:
            fault, kind = check(path.stem, vector)
            read, hashed = read + (kind is not None), hashed + (kind is None)
            if fault:
                print(f"{path.name}: {vector['name']}: {fault[:300]}")
                faults += 1
    for path in ("settlement-api/tests/vectors/delivery.json", "settlement-api/interbank/tests/vectors/cases.json"):
        for vector in json.loads((checkout / path).read_bytes()):
            fault, _ = check("", vector) if "domain" in vector else (None, None)
            hashed += 1
            if fault:
                print(f"{path}: {vector['name']}: {fault}")
                faults += 1
    fault = check_finalization(json.loads((checkout / "consensus/tests/vectors/finalization.json").read_bytes()))
    if fault:
        print(f"finalization.json: {fault}")
        faults += 1
    print(f"{read} values read by the text, {hashed} more hashed, one certificate: {faults} otherwise")
    return faults > 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
