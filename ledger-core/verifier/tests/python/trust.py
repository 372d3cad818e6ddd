"""Whom to trust: genesis (W3, W4, W19), committees and their handovers (W15, W23), certificates (W13, W14)."""

import bcs
from bcs import encode
from crypto import acceptable_key, bls_verifies, domain_hash
from reading import MIB, Unreadable, decoded, demand, fields, from_json, items, known, octets, read_json


def check_validators(validators):
    demand(1 <= len(validators) <= 64, "validators", "number")
    demand(ascending([validator["identity"] for validator in validators]), "validators", "order")


def check_possession(validators):
    tag = b"BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_"
    for validator in validators:
        key, proof = validator["vote_key"], validator["proof_of_possession"]
        demand(bls_verifies((key,), b"\x0eflorin/enrol/1" + key, tag, proof), "no_possession", validator["name"])


def ascending(values):
    return all(a < b for a, b in zip(values, values[1:]))


def check_genesis(genesis):
    """The table of W19."""
    demand(genesis["format"] == "florin-genesis-1", "genesis", "format")
    validators = genesis["validators"]
    check_validators(validators)
    demand(all(acceptable_key(v["identity"]) for v in validators), "genesis", "identities")
    demand(len({v["vote_key"] for v in validators}) == len(validators), "genesis", "vote keys")
    keys = genesis["role_keys"] + [key for member in genesis["members"] for key in member["keys"]]
    demand(ascending([c["code"] for c in genesis["currencies"]]), "genesis", "currencies")
    demand(ascending([m["lei"] for m in genesis["members"]]), "genesis", "members")
    demand(ascending([k["key"] for k in genesis["role_keys"]]), "genesis", "role keys")
    demand(all(acceptable_key(k["key"]) for k in keys), "genesis", "keys")
    demand(genesis["epoch"] == 0 and 8 <= genesis["epoch_length"] <= 1_000_000, "genesis", "epochs")
    demand(all(c["scale"] <= 5 for c in genesis["currencies"]), "genesis", "scale")
    limits = genesis["limits"]
    demand(65_536 <= limits["block_bytes"] <= 4_194_304, "genesis", "block_bytes")
    demand(limits["block_units"] >= 1_000 and limits["growth_quota"] >= 1_000, "genesis", "limits")
    demand(1_000 <= limits["command_ttl_ms"] <= 86_400_000, "genesis", "command_ttl_ms")
    demand(limits["attestation_max_age_ms"] >= 1_000, "genesis", "attestation_max_age_ms")
    demand(1_000 <= limits["organisation_share"] <= 10_000, "genesis", "organisation_share")
    demand(all(2 <= persons <= 8 for persons in genesis["thresholds"].values()), "genesis", "thresholds")
    check_persons(keys)


def check_persons(keys):
    duties = [{"operator", "admin"}, {"treasury"}, {"custodian", "agent"}, {"emergency"}, {"solver"}, {"registrar"}]
    for person in {key["person"] for key in keys}:
        own = [key for key in keys if key["person"] == person]
        roles = {key["role"].name for key in own}
        demand(len({key["organisation"] for key in own}) == 1, "genesis", "person of two organisations")
        demand(sum(bool(roles & duty) for duty in duties) <= 1, "genesis", "person of two duties")
        beside = {"settlement", "gate", "compliance", "admin"}
        demand("solver" not in roles or not roles & beside, "genesis", "person who solves and settles")


def varint(data, at):
    """Seven bits per byte, at most 64 of them, in the shortest form: the number and what follows."""
    value = shift = 0
    while True:
        demand(at < len(data), "certificate", "cut short")
        byte = data[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            demand(value < 1 << 64 and (byte or shift == 7), "certificate", "number")
            return value, at


class Trust:
    """A genesis, and the committees that are believed: (first epoch, validators), ascending."""

    def __init__(self, data):
        document = read_json(data, 64 * MIB)
        demand(isinstance(document, dict), "other_fields")
        checkpoint, handovers = None, []
        if document.get("format") == "florin-trust-1":
            _, genesis, checkpoint, handovers = fields(document, "format genesis checkpoint handovers")
        elif document.get("format") == "florin-genesis-1" and len(data) <= MIB:
            genesis = document
        else:
            raise Unreadable("neither a genesis nor a trust file")
        self.begin(from_json(bcs.type_of("genesis"), genesis))
        if checkpoint is None:
            self.believe(0, self.genesis["validators"])
        else:
            header, validators = fields(checkpoint, "header validators")
            self.hand_over(self.header(octets(header)), validators)
        handovers = items(handovers, lambda item: fields(item, "header certificate validators"))
        demand(len(handovers) <= 1024, "too_many_handovers")
        for header, certificate, validators in handovers:
            self.hand_over(self.certified(octets(header), octets(certificate)), validators)

    @classmethod
    def of(cls, genesis):
        """Trusts a genesis, which is a value already."""
        self = cls.__new__(cls)
        self.begin(genesis)
        self.believe(0, genesis["validators"])
        return self

    def begin(self, genesis):
        check_genesis(genesis)
        self.genesis, self.committees = genesis, []
        self.chain = domain_hash("chain", encode("genesis", genesis))
        self.scales = {currency["code"]: currency["scale"] for currency in genesis["currencies"]}

    def believe(self, epoch, validators):
        check_validators(validators)
        check_possession(validators)
        self.committees.append((epoch, validators))

    def hand_over(self, header, validators):
        validators = from_json(bcs.type_of("list<validator>"), validators)
        following = header["context"]["epoch"] + 1
        demand(self.ends_epoch(header), "not_the_end_of_an_epoch")
        demand(not self.committees or self.committees[-1][0] < following, "handovers_not_ascending")
        demand(header["next_committee"] == committee_hash(following, validators), "other_committee")
        self.believe(following, validators)

    def ends_epoch(self, header):
        return (header["height"] + 1) % self.genesis["epoch_length"] == 0

    def header(self, data):
        header = decoded("header", data)
        known(header["version"])
        demand(header["chain"] == self.chain, "other_network")
        demand(header["results"]["height"] < header["height"], "reports_on_itself")
        demand(header["context"]["epoch"] == header["height"] // self.genesis["epoch_length"], "other_epoch")
        return header

    def certified(self, data, certificate):
        """The header that a quorum certified (W11, W13, W14)."""
        header = self.header(data)
        context = header["context"]
        believed = [committee for committee in self.committees if committee[0] <= context["epoch"]]
        demand(believed, "epoch_before_checkpoint")
        first, validators = believed[-1]
        demand(header["committee"] == committee_hash(first, validators), "other_committee")
        epoch, at = varint(certificate, 0)
        view, at = varint(certificate, at)
        parent_view, at = varint(certificate, at)
        proposal, rest = certificate[:at + 32], certificate[at + 32:]
        as_proposed = view == context["view"] and parent_view == context["parent_view"]
        later = self.ends_epoch(header) and view > context["view"] and parent_view >= context["view"]
        demand(epoch == context["epoch"] and (as_proposed or later), "certificate", "of another view")
        demand(proposal[at:] == domain_hash("header", data), "certificate", "of another header")
        count, size = len(validators), (len(validators) + 7) // 8
        demand(len(rest) == 8 + size + 48, "certificate", "length")
        demand(int.from_bytes(rest[:8], "big") == count, "certificate", "number of validators")
        bits = int.from_bytes(rest[8:8 + size], "little")
        demand(bits < 1 << count, "certificate", "signer unknown")
        keys = tuple(v["vote_key"] for i, v in enumerate(validators) if bits >> i & 1)
        demand(len(keys) >= count - (count - 1) // 3, "certificate", "no quorum")
        namespace = b"florin/" + self.chain + b"_FINALIZE"
        message = bytes([len(namespace)]) + namespace + proposal
        tag = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_"
        demand(bls_verifies(keys, message, tag, rest[-48:]), "certificate", "signature")
        return header

    def amount(self, minor, currency):
        demand(currency in self.scales, "currency_unknown", currency)
        scale = self.scales[currency]
        digits = str(minor).zfill(scale + 1)
        return f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits

    def balances(self, balances, currency):
        return {name: self.amount(minor, currency) for name, minor in balances.items()}


def committee_hash(epoch, validators):
    return domain_hash("committee", encode("committee_of", {"epoch": epoch, "validators": validators}))
