"""Hashes (W2), trees (W10, W21, W29), Ed25519 keys and signatures (W3) and BLS signatures (W14, W15)."""

import functools
import hashlib
import sys

from py_ecc.bls.hash_to_curve import hash_to_G1
from py_ecc.bls.point_compression import decompress_G1, decompress_G2
from py_ecc.optimized_bls12_381 import (
    FQ12, G2, add, curve_order, final_exponentiate, is_inf, multiply, neg, pairing)

# py_ecc raises the limit so far that deep JSON would overflow the stack.
sys.setrecursionlimit(1000)

ZERO = bytes(32)


def sha256(data):
    return hashlib.sha256(data).digest()


def domain_hash(name, data):
    domain = f"florin/{name}/1".encode()
    return sha256(bytes([len(domain)]) + domain + data)


# Trees

def leaf_hash(salt, data):
    return sha256(b"\0" + salt + data)


def node_hash(left, right):
    return sha256(b"\1" + left + right)


def run_root(leaves, first, count, path, above=node_hash):
    """The root that a run of leaves and its path lead to (W21), or None where they fit no tree.

    The run of one leaf has its audit path, and all leaves of a tree have an empty one.
    """
    if not leaves:
        return ZERO if count == 0 and first == 0 and not path else None
    if first + len(leaves) > count:
        return None
    nodes, low, last, path = list(leaves), first, count - 1, list(path)
    while last > 0:
        high = low + len(nodes) - 1
        wanted = (low % 2) + (high % 2 == 0 and high < last)
        if len(path) < wanted:
            return None
        if low % 2:
            nodes.insert(0, path.pop(0))
        if high % 2 == 0 and high < last:
            nodes.append(path.pop(0))
        pairs = (nodes[i:i + 2] for i in range(0, len(nodes), 2))
        nodes = [above(*pair) if len(pair) == 2 else pair[0] for pair in pairs]
        low, last = low // 2, last // 2
    return None if path else nodes[0]


# Ed25519: x*x*(d*y*y + 1) = y*y - 1 modulo p

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
ORDER = 2**252 + 27742317777372353535851937790883648493


def decompressed(data, canonical):
    """The point of 32 bytes, or None. ZIP 215 takes y of p and above too; a key must not have one."""
    y, sign = int.from_bytes(data, "little") & (1 << 255) - 1, data[31] >> 7
    if canonical and y >= P:
        return None
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P != u:
        x = x * pow(2, (P - 1) // 4, P) % P
    if v * x * x % P != u or canonical and x == 0 and sign:
        return None
    return (x if x % 2 == sign else -x % P, y % P)


def plus(a, b):
    product = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + a[1] * b[0]) * pow(1 + product, -1, P)
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, P)
    return (x % P, y % P)


def times(point, scalar):
    total = (0, 1)
    for bit in bin(scalar)[2:]:
        total = plus(total, total)
        if bit == "1":
            total = plus(total, point)
    return total


@functools.cache
def acceptable_key(data):
    """A key in canonical encoding and not of small order."""
    point = decompressed(data, canonical=True)
    return point is not None and times(point, 8) != (0, 1)


def ed25519_verifies(key, message, signature):
    """Whether a signature is valid under ZIP 215."""
    base = decompressed((4 * pow(5, -1, P) % P).to_bytes(32, "little"), canonical=True)
    a, r = decompressed(key, canonical=False), decompressed(signature[:32], canonical=False)
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    return times(times(base, s), 8) == times(plus(r, times(a, k)), 8)


# BLS12-381, signatures in G1 and keys in G2

def in_subgroup(point):
    return not is_inf(point) and is_inf(multiply(point, curve_order))


@functools.cache
def vote_key_point(data):
    """The point of G2 that 96 bytes are, or None."""
    try:
        point = decompress_G2((int.from_bytes(data[:48], "big"), int.from_bytes(data[48:], "big")))
    except ValueError:
        return None
    return point if in_subgroup(point) else None


@functools.cache
def bls_verifies(vote_keys, message, tag, signature):
    """Whether e(signature, g2) = e(hash(message), sum of the keys), every point as W14 wants it."""
    keys = [vote_key_point(key) for key in vote_keys]
    try:
        point = decompress_G1(int.from_bytes(signature, "big"))
    except ValueError:
        return False
    if not keys or None in keys or not in_subgroup(point):
        return False
    total = functools.reduce(add, keys)
    hashed = hash_to_G1(message, tag, hashlib.sha256)
    product = pairing(G2, point, final_exponentiate=False) * pairing(total, neg(hashed), final_exponentiate=False)
    return final_exponentiate(product) == FQ12.one()
