"""Changes every proof file in a folder, one thing at a time, and demands that verify.py refuses each.

    python changes.py FOLDER [--every N]

FOLDER holds genesis.json and the files. Changed are: each N-th byte (a digit stays a digit), and each
value, item and key of the JSON, spelled again as W16 wants it; but for packs of cases, of which a part that is
left out makes another pack. Then each value of the genesis is
changed: no file may verify under another one. With FLORIN_BIN set to the binary `florin`, both
verifiers are asked about a sample of the changes, and must agree. Exit code 1: something went through.
"""

import copy
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from reading import Refused, Unreadable, spelled
from trust import Trust
from verify import verify


def accepts(data, trust):
    try:
        verify(data, trust)
    except (Refused, Unreadable):
        return False
    return True


def changed_byte(byte):
    digits = b"0123456789abcdef"
    return digits[(digits.index(byte) + 1) % 16] if byte in digits else byte ^ 1


def byte_changes(data, every):
    for at in range(0, len(data), every):
        yield f"byte {at}", data[:at] + bytes([changed_byte(data[at])]) + data[at + 1:]
    for at in (0, len(data) // 2, len(data) - 1):
        yield f"byte {at} left out", data[:at] + data[at + 1:]
    yield "line added", data + b"\n"
    yield "mark of byte order", b"\xef\xbb\xbf" + data


def other_values(value):
    """Values that could stand there instead."""
    if isinstance(value, str):
        last = "0" if value[-1:] != "0" else "1"
        yield from (value[:-1] + last, value + "00", value[:-2], value.upper(), None, 0, [value])
    elif isinstance(value, int):
        yield from (value + 1, value - 1, -value, value + (1 << 64), float(value), str(value), None, True)
    elif value is None:
        yield from (0, "", "00" * 32, [], {}, False)
    elif isinstance(value, list):
        yield from (value[1:], value[:-1], value + value[:1], value[::-1], [], None, {})
    else:
        yield from ({**value, "more": 0}, {}, None, [], dict(reversed(value.items())))
        yield from ({k: v for k, v in value.items() if k != left_out} for left_out in value)


def places(value, path=()):
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in pairs:
        yield from places(part, (*path, key))


def at(document, path):
    for key in path:
        document = document[key]
    return document


def is_shown_less(document, path, other):
    """Whether a pack says by this what another good pack would: less, or proofs in another order."""
    if document.get("format") == "florin-evidence-1" and path:
        return is_less_evidence(document, path, other)
    if document.get("format") != "florin-case-1" or not path:
        return False
    if path[-1] == "documents" and path[0] == "messages":
        return other is None
    if path[0] == "anchors" and path[-1] == "size":
        # No root says of how many leaves it is: a size that leaves the path as it is proves the same.
        return isinstance(other, int) and other > document["anchors"][path[1]]["index"]
    whole = at(document, path)
    return path in (("receipts",), ("members",), ("anchors",)) and isinstance(other, list) and all(
        item in whole for item in other) and (path != ("members",) or all(item in other for item in whole))


def is_less_evidence(document, path, other):
    whole = at(document, path)
    if path in (("delivered",), ("anchor",)):
        return other is None
    if path == ("anchor", "size"):
        return isinstance(other, int) and other > document["anchor"]["index"]
    if path == ("receipts",):
        # Without the last one, which no command in the pack needs.
        return other == whole[:-1]
    return path in (("commands",), ("members",)) and isinstance(other, list) and all(
        item in whole for item in other) and (path != ("members",) or all(item in other for item in whole))


def value_changes(document):
    for path in places(document):
        for other in other_values(at(document, path)):
            if is_shown_less(document, path, other):
                continue
            again = copy.deepcopy(document)
            if path:
                at(again, path[:-1])[path[-1]] = other
            else:
                again = other
            if spelled(again) != spelled(document):
                yield f"{'/'.join(map(str, path))} := {json.dumps(other)[:60]}", spelled(again)


class Other:
    """The verifier of this repository, by its exit code; every `step`-th change is shown to it."""

    def __init__(self, binary, trust_file, step):
        self.binary, self.trust_file, self.step, self.seen, self.asked = binary, trust_file, step, 0, 0

    def accepts(self, data):
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            file.write(data)
            file.flush()
            command = [self.binary, "verify", file.name, "--trust", str(self.trust_file)]
            return subprocess.run(command, capture_output=True, check=False).returncode in (0, 3)

    def sampled(self):
        self.seen += 1
        take = self.binary and self.seen % self.step == 0
        self.asked += bool(take)
        return take


def main(folder, every):
    trust_file = folder / "genesis.json"
    trust = Trust(trust_file.read_bytes())
    other = Other(os.environ.get("FLORIN_BIN"), trust_file, int(os.environ.get("FLORIN_STEP", "20")))
    files = [file for file in sorted(folder.glob("*.json")) if file != trust_file]
    faults = changes = 0
    for file in files:
        data = file.read_bytes()
        if not accepts(data, trust):
            print(f"{file.name}: refused as it is")
            faults += 1
        for what, again in (*byte_changes(data, every), *value_changes(json.loads(data))):
            changes += 1
            through = [f"verify.py takes it: {what}"] if accepts(again, trust) else []
            if other.sampled() and other.accepts(again):
                through.append(f"florin takes it: {what}")
            for line in through:
                print(f"{file.name}: {line}")
                faults += 1
    genesis_changes = 0
    for what, again in value_changes(json.loads(trust_file.read_bytes())):
        if json.loads(again) == json.loads(trust_file.read_bytes()):
            continue
        genesis_changes += 1
        try:
            changed = Trust(again)
        except (Refused, Unreadable):
            continue
        for file in files:
            if accepts(file.read_bytes(), changed):
                print(f"{file.name}: verifies under another genesis: {what}")
                faults += 1
    print(f"{len(files)} files, {changes} changes of them and {genesis_changes} of the genesis, "
          f"{other.asked} also shown to florin: {faults} went through")
    return faults > 0


if __name__ == "__main__":
    step = int(sys.argv[sys.argv.index("--every") + 1]) if "--every" in sys.argv else 1
    sys.exit(main(pathlib.Path(sys.argv[1]), step))
