"""The evidence pack of a payment, `florin-evidence-1`, from docs/spec/wire.md.

check(document, trust, verify) gives (summary, rest of the file in order), as the kinds of verify.py do.
"""

from bcs import encode
from case import KEYS, anchored, letter, members, signed, texts
from crypto import domain_hash
from reading import decoded, demand, fields, hex_list, items, octets

MANY = 256
# Commands about one payment alone, and those that put it on the ledger.
OF_ONE = ("hold", "transfer", "schedule", "enqueue", "post", "post_part", "void", "release", "confirm_credit", "close")
ORDERS = OF_ONE[:4]


def proved_receipts(files, payment, trust, verify_receipt):
    found = []
    for text in files:
        receipt = verify_receipt(text.encode(), trust)
        place = (receipt["height"], receipt["index"])
        demand(not found or found[-1][0] < place, "receipt")
        demand(receipt["leg"] == payment["leg"], "receipt")
        outcome = receipt["outcome"]
        if outcome.name == "applied" and outcome.value.name in ("held", "settled"):
            money, whole = receipt["money"], payment["money"]
            demand(receipt["debit"] == payment["debit"] and money is not None, "receipt")
            part = receipt["kind"].name == "post_part" and money["minor"] <= whole["minor"]
            demand(money["currency"] == whole["currency"] and (part or money == whole), "receipt")
        found.append((place, receipt))
    return [receipt for _, receipt in found]


def is_ordered(commands, receipts, payment):
    """Whether one of the commands ordered this payment, with or without success."""
    tied = False
    for data in commands:
        body = decoded("body", data)
        command = body["command"]
        own = [r for r in receipts if r["command"] == domain_hash("command", data)]
        demand(own and command.name in OF_ONE, "command")
        if command.name in ORDERS:
            same = command.value["payment"] == payment and body["organisation"] == payment["leg"]["instructing"]
            demand(same or own[0]["outcome"].name == "refused", "command")
            tied = tied or same
    return tied


def check_words(payment, salt, message, delivered, answer, keys, trust):
    payer, payee = payment["leg"]["instructing"], payment["leg"]["instructed"]
    if delivered is not None:
        statement = encode("delivery_message", {
            "chain": trust.chain, "from": payer, "to": payee, "payment": payment, "salt": salt, "message": message})
        signed(statement, "message", letter("delivered", delivered), keys, payer)
    if answer is None:
        return None, None
    given = letter("signed_delivery_answer", answer)
    said, decision = given["value"], given["value"]["decision"]
    demand(said["chain"] == trust.chain and said["leg"] == domain_hash("leg", encode("leg", payment["leg"])), "answer")
    demand(said["message"] == payment["message"], "answer")
    statement = encode("delivery_answer", said)
    signed(statement, "delivery", given, keys, payee)
    if decision.name == "accepted":
        yes = decision.value
        demand(yes["value"]["payment"] == domain_hash("payment", encode("payment", payment)), "answer")
        signed(encode("acceptance", yes["value"]), "acceptance", yes, keys, payee)
    return decision.name.replace("rejected_because", "rejected"), domain_hash("delivery", statement)


def optional(value):
    return None if value is None else octets(value)


def check(document, trust, verify_record, verify_receipt):
    _, _, _, payment, salt, message, delivered, answer, commands, receipts, files, anchor = fields(
        document, "format network summary payment salt message delivered answer commands receipts members anchor")
    demand(isinstance(message, str), "not_a_text")
    payment_bytes, salt = octets(payment), octets(salt, 32)
    payment, words = letter("payment", payment_bytes), message.encode()
    demand(domain_hash("content", salt + words) == payment["message"], "commitment")
    delivered, answer = optional(delivered), optional(answer)
    commands, receipts, files = items(commands, octets), texts(receipts), texts(files)
    demand(len(commands) <= MANY and len(receipts) <= MANY and len(files) <= KEYS, "malformed")
    tied = is_ordered(commands, proved_receipts(receipts, payment, trust, verify_receipt), payment)
    keys = members(files, trust, verify_record)
    said, digest = check_words(payment, salt, words, delivered, answer, keys, trust)
    demand(tied or delivered is not None or said == "accepted", "untied")
    leg = payment["leg"]
    leg_hash, again = domain_hash("leg", encode("leg", leg)), None
    if anchor is not None:
        parties = (leg["instructing"], leg["instructed"])
        row, again = anchored(anchor, ("exchange_row", b""), parties, trust, verify_receipt)
        demand((row["leg"], row["message"], row["answer"]) == (leg_hash, payment["message"], digest), "anchor")
    uetr, money = leg["uetr"].hex(), payment["money"]
    summary = {
        "leg": leg_hash.hex(), "uetr": "-".join((uetr[:8], uetr[8:12], uetr[12:16], uetr[16:20], uetr[20:])),
        "kind": leg["kind"].name, "instructing": leg["instructing"], "instructed": leg["instructed"],
        "amount": trust.amount(money["minor"], money["currency"]), "currency": money["currency"], "answer": said,
    }
    return summary, {
        "payment": payment_bytes.hex(), "salt": salt.hex(), "message": message,
        "delivered": delivered and delivered.hex(), "answer": answer and answer.hex(),
        "commands": hex_list(commands), "receipts": receipts, "members": files, "anchor": again}
