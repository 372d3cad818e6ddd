"""The evidence pack of a case, `florin-case-1`, from docs/spec/wire.md (its file) and interbank.md (its rules).

check(document, trust, verify) gives (summary, rest of the file in order), as the kinds of verify.py do.
"""

import bcs
from bcs import encode
from crypto import ZERO, acceptable_key, domain_hash, ed25519_verifies, leaf_hash, run_root
from reading import decoded, demand, fields, hash_or_none, hashes, hex_list, items, moment, number, octets

MOST = 64 << 20
LETTER = 1 << 20
MESSAGES, KEYS, FORWARDS, HOPS, REOPENED = 64, 8, 8, 8, 3
CLOCK, GRACE, END = (30_000, 2_592_000_000), 300_000, (1 << 64) - 1
REQUESTER, RESPONDER = "requester", "responder"
ENDED = ("closed", "rejected", "withdrawn", "expired")
ASKED = ("assigned", "interim", "forwarded", "reopened")
# B2: what an act of whose turn it is makes of a stage.
ACTS = {
    "accept": (("opened",), "assigned"), "interim": (ASKED, "interim"), "forward": (ASKED, "forwarded"),
    "answer": (ASKED, "answered"), "reject": (("opened", *ASKED), "rejected"), "close": (("answered",), "closed"),
    "reopen": (("answered",), "reopened"),
}
INTERRUPTS = {"withdraw": "withdrawn", "expire": "expired"}


def digest(message):
    return domain_hash("inquiry", encode("case_message", message))


def signed(statement, domain, signed_value, keys, writer):
    key, signature = signed_value["key"], signed_value["signature"]
    whole = domain_hash(domain, statement)
    demand(key in keys.get(writer, ()) and acceptable_key(key), "not_signed")
    demand(ed25519_verifies(key, whole, signature), "not_signed")


def after(stage, side, act):
    demand(stage not in ENDED, "case_ended")
    writer = REQUESTER if stage == "answered" else RESPONDER
    if side != writer:
        demand(writer == RESPONDER and act in INTERRUPTS, "wrong_writer")
        return INTERRUPTS[act]
    froms, to = ACTS.get(act, ((), None))
    demand(stage in froms, "illegal_transition")
    return to


class Case:
    """The messages of a case, one after the other (B1 to B5)."""

    def __init__(self, message, asked):
        act = message["act"]
        demand(act.name == "open", "case_unknown")
        opening = self.opening = act.value
        parties = message["from"], message["to"]
        demand(parties[0] != parties[1], "not_a_party")
        self.identity = {name: message[name] for name in ("chain", "case", "payment")}
        of = {"chain": message["chain"], "payment": message["payment"], "requester": parties[0],
              "responder": parties[1], "nonce": opening["nonce"]}
        demand(message["case"] == domain_hash("case", encode("case_identity", of)), "identity_mismatch")
        demand(message["number"] == 0, "gap")
        demand(message["previous"] == ZERO, "chain_broken")
        demand(message["seen"] == {"count": 0, "last": ZERO}, "seen_mismatch")
        self.deadline(message["written"], opening["answer_by"])
        hops, child = opening["hops"], opening["parent"] is not None
        demand(child == (hops > 0), "forward_mismatch")
        demand(hops <= HOPS, "too_many_forwards")
        self.parties, self.answer_by, self.asked = parties, opening["answer_by"], asked
        self.stage, self.crossed, self.reopened, self.forwards = "opened", None, 0, []
        self.count = {REQUESTER: 0, RESPONDER: 0}
        self.last = {REQUESTER: ZERO, RESPONDER: ZERO}
        self.read = {REQUESTER: 0, RESPONDER: 0}
        self.trail = []
        self.remember(message, REQUESTER)

    @staticmethod
    def deadline(asked, answer_by):
        demand(CLOCK[0] <= answer_by - asked <= CLOCK[1], "deadline_out_of_range")

    def side(self, member):
        return REQUESTER if member == self.parties[0] else RESPONDER if member == self.parties[1] else None

    def remember(self, message, side):
        self.count[side], self.last[side] = message["number"] + 1, digest(message)
        self.read[side] = message["seen"]["count"]
        self.trail.append({"side": side, "number": message["number"], "id": message["id"], "digest": self.last[side],
                           "written": message["written"], "stage": self.stage})

    def step(self, message):
        demand({name: message[name] for name in self.identity} == self.identity, "wrong_payment")
        route = message["from"], message["to"]
        demand(route in (self.parties, self.parties[::-1]), "not_a_party")
        side, other = (REQUESTER, RESPONDER) if route == self.parties else (RESPONDER, REQUESTER)
        demand(all(e["side"] != side or e["id"] != message["id"] for e in self.trail), "number_reused")
        self.follows(message, side, other)
        count, act = message["seen"]["count"], message["act"].name
        stage, crossing = self.seen_by(side, other, count)
        following = after(stage, side, act)
        read = [e["written"] for e in self.trail if e["side"] == side or e["number"] < count]
        demand(message["written"] >= max(read, default=0), "time_backwards")
        self.guard(message, act, message["act"].value)
        self.commit(message, side, following, crossing)

    def follows(self, message, side, other):
        demand(message["number"] == self.count[side], "gap")
        demand(message["previous"] == self.last[side], "chain_broken")
        seen = message["seen"]
        read = {e["number"]: e["digest"] for e in self.trail if e["side"] == other}
        last = ZERO if seen["count"] == 0 else read.get(seen["count"] - 1)
        demand(seen["last"] == last and seen["count"] >= self.read[side], "seen_mismatch")
        demand(self.count[side] < MESSAGES, "too_many_messages")

    def seen_by(self, side, other, count):
        """The stage in which its writer wrote a message, and how it crosses what it had not read (B3)."""
        unseen = self.count[other] - count
        if unseen == 0:
            return self.stage, None
        if side == RESPONDER and self.crossed is not None:
            demand(unseen == 1, "seen_mismatch")
            return self.crossed, "interrupted"
        demand(unseen < len(self.trail), "seen_mismatch")
        demand(side == REQUESTER, "wrong_writer")
        return self.trail[-unseen - 1]["stage"], "interrupts"

    def guard(self, message, act, value):
        written = message["written"]
        demand(act != "answer" or written <= self.answer_by, "answer_late")
        demand(act != "expire" or written >= min(self.answer_by + GRACE, END), "not_due")
        if act == "reopen":
            demand(self.reopened < REOPENED, "reopened_too_often")
            self.deadline(written, value)
        if act == "forward":
            demand(len(self.forwards) < FORWARDS and self.opening["hops"] < HOPS, "too_many_forwards")
            new = value["child"] != self.identity["case"] and value["child"] not in self.forwards
            demand(new and value["to"] not in self.parties, "forward_mismatch")

    def commit(self, message, side, following, crossing):
        act, value = message["act"].name, message["act"].value
        if crossing == "interrupted":
            self.crossed = following
        else:
            if crossing is None and act in INTERRUPTS:
                self.crossed = self.stage
            self.stage = following
        if act == "forward":
            self.forwards.append(value["child"])
        if act == "reopen":
            self.reopened, self.answer_by = self.reopened + 1, value
        self.remember(message, side)


def rises(values):
    return all(low < high for low, high in zip(values, values[1:]))


def letter(name, data):
    demand(len(data) <= LETTER, "malformed")
    return decoded(name, data)


def checked_content(content, salt, message):
    order = bcs.type_of("field_of_case").names
    places = [[order.index(field.name) for field in fields_] for fields_ in
              (content["asked"], [given["field"] for given in content["given"]])]
    sizes = [(content["reasons"], 8), (content["asked"], 32), (content["given"], 32), (content["lines"], 16),
             (content["documents"], 8)]
    demand(all(len(part) <= most for part, most in sizes), "content_too_large")
    demand(sum(mark["bytes"] for mark in content["documents"]) <= 786_432, "content_too_large")
    demand(all(rises(part) for part in places), "content_malformed")
    whole = domain_hash("content", salt + encode("case_content", content))
    demand(whole == message["content"], "content_mismatch")


class Exhibit:
    """A message, with as much of what it says as is shown."""

    def __init__(self, part):
        message, salt, content, documents = fields(part, "message salt content documents")
        self.bytes = octets(message)
        self.signed = letter("signed_case_message", self.bytes)
        self.message = self.signed["value"]
        demand((salt is None) == (content is None), "malformed")
        demand(salt is not None or documents is None, "malformed")
        self.salt = hash_or_none(salt)
        self.content_bytes = None if content is None else octets(content)
        self.content = None if content is None else letter("case_content", self.content_bytes)
        self.documents = None if documents is None else items(documents, octets)
        if self.content is not None:
            checked_content(self.content, self.salt, self.message)
        if self.documents is not None:
            marks = self.content["documents"]
            demand(len(marks) == len(self.documents), "document_mismatch")
            for mark, data in zip(marks, self.documents):
                document = letter("case_document", data)
                same = domain_hash("content", document["salt"] + bytes(document["bytes"])) == mark["commitment"]
                demand(same and len(document["bytes"]) == mark["bytes"], "document_mismatch")

    def spelled(self):
        return {"message": self.bytes.hex(), "salt": self.salt and self.salt.hex(),
                "content": None if self.content_bytes is None else self.content_bytes.hex(),
                "documents": None if self.documents is None else hex_list(self.documents)}


def members(files, trust, verify_record):
    """Settlement keys by member, from its proved record."""
    keys = {}
    for text in files:
        record = verify_record(text.encode(), trust)
        demand(record is not None and record.name == "member", "not_a_member")
        directory = record.value["directory"]
        keys[directory["lei"]] = [key["key"] for key in directory["keys"] if key["role"].name == "settlement"]
    return keys


def check_receipt(data, case, keys):
    receipt = letter("signed_case_receipt", data)
    told = receipt["value"]
    writer, reader = case.side(told["to"]), case.side(told["from"])
    last = told["received"]
    demand(writer and reader and writer != reader and told["case"] == case.identity["case"], "receipt")
    demand(told["chain"] == case.identity["chain"], "receipt")
    found = [e for e in case.trail if e["side"] == writer and e["number"] == last["count"] - 1]
    demand(any(e["digest"] == last["last"] for e in found), "receipt")
    signed(encode("case_receipt", told), "inquiry-receipt", receipt, keys, told["from"])


def check_anchor(part, case, trust, verify_receipt):
    row, again = anchored(part, ("case_row", b"\x11florin/case-row/1"), case.parties, trust, verify_receipt)
    demand(row["case"] == case.identity["case"], "anchor")
    demand(any(e["digest"] == row["message"] for e in case.trail), "anchor")
    return again


def anchored(part, row_kind, parties, trust, verify_receipt):
    """A row under an anchor of one of these members, and the part as it is spelled."""
    row, salt, index, size, path, command, receipt = fields(part, "row salt index size path command receipt")
    demand(isinstance(receipt, str), "not_a_text")
    row_bytes, command_bytes = octets(row), octets(command)
    name, before = row_kind
    row, body = letter(name, row_bytes), decoded("body", command_bytes)
    salt, path = octets(salt, 32), hashes(path)
    leaf = leaf_hash(salt, before + row_bytes)
    root = run_root([leaf], number(index), number(size), path)
    demand(body["organisation"] in parties, "anchor")
    demand(root is not None and body["command"].name == "anchor" and body["command"].value == root, "anchor")
    proved = verify_receipt(receipt.encode(), trust)
    demand(proved["outcome"].name == "applied", "anchor")
    demand(proved["command"] == domain_hash("command", command_bytes), "anchor")
    return row, {"row": row_bytes.hex(), "salt": salt.hex(), "index": index, "size": size, "path": hex_list(path),
                 "command": command_bytes.hex(), "receipt": receipt}


def texts(value):
    found = items(value, lambda item: item)
    demand(all(isinstance(item, str) for item in found), "not_a_text")
    return found


def check(document, trust, verify_record, verify_receipt):
    _, _, _, messages, receipts, files, anchors = fields(
        document, "format network summary messages receipts members anchors")
    exhibits, files = items(messages, Exhibit), texts(files)
    demand(0 < len(exhibits) <= 2 * MESSAGES and len(files) <= KEYS, "malformed")
    opening = exhibits[0]
    case = Case(opening.message, opening.content and opening.content["asked"])
    demand(opening.message["chain"] == trust.chain, "other_network")
    for exhibit in exhibits[1:]:
        case.step(exhibit.message)
    keys = members(files, trust, verify_record)
    for exhibit in exhibits:
        statement = encode("case_message", exhibit.message)
        signed(statement, "inquiry", exhibit.signed, keys, exhibit.message["from"])
    receipts = items(receipts, octets)
    for receipt in receipts:
        check_receipt(receipt, case, keys)
    anchors = items(anchors, lambda part: check_anchor(part, case, trust, verify_receipt))
    kind = case.opening["kind"]
    uetr = case.identity["payment"]["uetr"].hex()
    summary = {
        "case": case.identity["case"].hex(), "kind": kind_name(kind), "requester": case.parties[0],
        "responder": case.parties[1],
        "uetr": "-".join((uetr[:8], uetr[8:12], uetr[12:16], uetr[16:20], uetr[20:])),
        "opened": moment(case.trail[0]["written"]), "answer_by": moment(case.answer_by), "stage": case.stage,
        "messages": len(exhibits), "withheld": sum(exhibit.content is None for exhibit in exhibits),
    }
    return summary, {"messages": [exhibit.spelled() for exhibit in exhibits], "receipts": hex_list(receipts),
                     "members": files, "anchors": anchors}


def kind_name(kind):
    return kind.value.name if kind.name == "RQFI" else kind.name
