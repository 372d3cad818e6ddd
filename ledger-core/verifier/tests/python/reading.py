"""Reading JSON strictly, and spelling it and times as W16 and W20 want them."""

import datetime
import json
import re

import bcs
from bcs import Variant

KIB, MIB = 1 << 10, 1 << 20


class Refused(Exception):
    """A file that is not valid: a code, and what it is about."""


class Unreadable(Exception):
    """No JSON, or of a format or size that is not known."""


def known(version):
    if version != 1:
        raise Unreadable("a version that is not known")


def demand(held, code, about=""):
    if not held:
        raise Refused(code, about)


# Reading JSON

def read_json(data, most):
    """JSON without repeated keys; numbers are integers."""
    def unique(pairs):
        demand(len(dict(pairs)) == len(pairs), "repeated_key")
        return dict(pairs)

    def refuse(text):
        raise Refused("not_an_integer", text)

    def integer(text):
        return refuse(text) if text.startswith("-") else int(text)

    if len(data) > most:
        raise Unreadable("too large")
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=unique, parse_int=integer,
                          parse_float=refuse, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"no JSON: {error}") from error


def fields(value, names):
    """The values of an object that has exactly these keys."""
    names = names.split()
    demand(isinstance(value, dict) and set(value) == set(names), "other_fields", ", ".join(names))
    return [value[name] for name in names]


def octets(value, size=None):
    demand(isinstance(value, str) and re.fullmatch(r"([0-9a-f]{2})*", value), "not_lowercase_hex")
    demand(size in (None, len(value) // 2), "wrong_length")
    return bytes.fromhex(value)


def number(value, bits=64):
    demand(type(value) is int and 0 <= value < 1 << bits, "not_a_number")
    return value


def minor_units(value):
    """A count of minor units, as decimal text."""
    demand(isinstance(value, str) and re.fullmatch(r"0|[1-9][0-9]{0,38}", value), "not_a_number")
    return number(int(value), 128)


def items(value, read):
    demand(isinstance(value, list), "not_a_list")
    return [read(item) for item in value]


def one_of(value, words):
    demand(isinstance(value, str) and value in words, "malformed", "/".join(words))
    return value


def hash_or_none(value):
    return None if value is None else octets(value, 32)


def hashes(value):
    return items(value, lambda item: octets(item, 32))


def decoded(name, data, code="malformed"):
    try:
        return bcs.decode(name, data)
    except bcs.Malformed as error:
        raise Refused(code, f"{name}: {error}") from error


def from_json(kind, value):
    """A value of a type of bcs.py from the JSON of a genesis: fields by name, bytes in hex."""
    if isinstance(kind, bcs.Struct):
        found = fields(value, " ".join(name for name, _ in kind.fields))
        return {name: from_json(item, part) for (name, item), part in zip(kind.fields, found)}
    if isinstance(kind, bcs.ListOf):
        return items(value, lambda item: from_json(kind.item, item))
    if isinstance(kind, bcs.Integer):
        return number(value, 8 * kind.size)
    if type(kind) is bcs.Fixed:
        return octets(value, kind.size)
    read = Variant(value) if isinstance(kind, bcs.Enum) else value
    demand(isinstance(value, str), "not_a_text")
    try:
        kind.write(read)
    except bcs.Malformed as error:
        raise Refused("malformed", str(error)) from error
    return read


# Spelling (W16, W20)

def spelled(value):
    return json.dumps(value, indent=2, ensure_ascii=False).encode() + b"\n"


def moment(milliseconds):
    """RFC 3339; a year above 9999 has all its digits. The calendar repeats every 146 097 days."""
    days, rest = divmod(milliseconds, 86_400_000)
    cycles, days = divmod(days, 146_097)
    day = datetime.datetime(1970, 1, 1) + datetime.timedelta(days=days, milliseconds=rest)
    return f"{day.year + 400 * cycles:04}-{day:%m-%dT%H:%M:%S}.{rest % 1000:03}Z"


def hex_list(path):
    return [item.hex() for item in path]
