"""A running network as its folder shows it, and requests signed by the profile of ADR 0016.

The folder is that of `florin demo --keep --out FOLDER`: one folder with a `config.toml` for each
process, private keys of clients in `clients/`, of institutions in `*/keys/`.
"""

import base64
import hashlib
import http.client
import json
import os
import re
import time
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = {
    "gateway": ROOT / "docs/api/openapi.json",
    "audit": ROOT / "docs/api/openapi-audit.json",
    "ledger-port": ROOT / "docs/api/openapi-ledger-port.json",
}
VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")
# Seconds that a signature counts: short, since every nonce is remembered for so long.
LIFETIME_S = 30


def private_key(path):
    """A key file: 64 hex digits, or PKCS#8 in PEM."""
    text = path.read_bytes()
    if text.startswith(b"-----"):
        return serialization.load_pem_private_key(text, password=None)
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text.decode().strip()))


def sign(key, method, target, headers, body):
    """The headers that sign a request; `target` is path and query, names of headers are lower case."""
    path, _, query = target.partition("?")
    covered = [("@method", method), ("@path", path), ("@query", f"?{query}")]
    extra = {}
    if body:
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        extra["content-digest"] = f"sha-256=:{digest}:"
        covered.append(("content-digest", extra["content-digest"]))
        covered.append(("content-type", headers.get("content-type", "").strip()))
    if "idempotency-key" in headers:
        covered.append(("idempotency-key", headers["idempotency-key"].strip()))
    public = key.public_key().public_bytes_raw().hex()
    nonce = base64.b64encode(os.urandom(16)).decode()
    now = int(time.time())
    names = " ".join(f'"{name}"' for name, _ in covered)
    parameters = (
        f"({names});created={now};expires={now + LIFETIME_S}"
        f';nonce="{nonce}";alg="ed25519";keyid="{public}"'
    )
    lines = [f'"{name}": {value}' for name, value in covered]
    base = "\n".join([*lines, f'"@signature-params": {parameters}'])
    signature = base64.b64encode(key.sign(base.encode("utf-8", "surrogateescape"))).decode()
    return {**extra, "signature-input": f"sig1={parameters}", "signature": f"sig1=:{signature}:"}


@dataclass
class Process:
    """One process, one of the things that it serves, and keys by the role that they have there."""

    name: str
    surface: str
    host: str
    port: int
    keys: dict = field(default_factory=dict)

    @property
    def url(self):
        return f"http://{self.host}:{self.port}"

    def document(self):
        return json.loads(DOCUMENTS[self.surface].read_text())

    def key_for(self, operation, choice=0):
        """A key that an operation of the document lets in, or None if nobody signs it."""
        security = operation.get("security")
        if security is not None and {} in security:
            return None
        named = [role for one in security or [] for role in one.get("rfc9421", [])]
        fitting = [key for role, key in sorted(self.keys.items()) if role in named]
        if not named:
            fitting = [key for role, key in sorted(self.keys.items()) if role != "member"]
        every = [key for _, key in sorted(self.keys.items())]
        fitting = fitting or every
        return fitting[choice % len(fitting)]

    def ask(self, method, target, key=None, headers=None, body=b"", timeout=60):
        """One request on a connection of its own: status, headers by lower-case name, body."""
        headers = {name.lower(): value for name, value in (headers or {}).items()}
        if key is not None:
            headers.update(sign(key, method, target, headers, body))
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            connection.request(method, target, body=body or None, headers=headers)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, names, answer.read()
        finally:
            connection.close()


def listen(config, part):
    url = urlsplit(f"//{config[part]['listen']}")
    return url.hostname, url.port


def processes(folder):
    """Every surface of every process of the network that answers."""
    folder = Path(folder)
    found = []
    configs = {path.parent.name: tomllib.loads(path.read_text())
               for path in sorted(folder.glob("*/config.toml"))}
    transport = {name: folder / name / config["signers"]["transport"]["file"]
                 for name, config in configs.items() if "transport" in config["signers"]}
    for name, config in configs.items():
        own = {}
        for client in config.get("clients", []):
            for role in client["roles"]:
                own[role] = private_key(folder / "clients" / f"{client['name']}.pem")
        if config["role"] == "gateway":
            others = [path for other, path in transport.items()
                      if other != name and other.startswith("bank")]
            keys = {**own, "member": private_key(others[0])}
            found.append(Process(name, "gateway", *listen(config, "api"), keys))
            continue
        overseer = folder / "regulator" / "keys/regulator.key"
        keys = {"bank": private_key(transport["bank-a"]), "regulator": private_key(overseer)}
        found.append(Process(name, "ledger-port", *listen(config, "ledger_port"), keys))
        if config["role"] == "observer":
            found.append(Process(name, "audit", *listen(config, "api"), own))
    return [process for process in found if answers(process)]


def answers(process):
    try:
        return process.ask("GET", "/healthz", timeout=5)[0] == 200
    except OSError:
        return False


ID = re.compile(r"\b[0-9a-f]{64}\b")
UETR = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b")
LISTS = ("/v1/events", "/v1/recalls", "/v1/cases", "/v1/customers", "/v1/accounts",
         "/v1/mint-orders", "/v1/answer-rules")


def harvest(folder, process):
    """Identifiers of what is there: from lists of the process, then from files of the demo."""
    texts = []
    if process.surface == "gateway":
        document = process.document()
        for path in LISTS:
            key = process.key_for(document["paths"][path]["get"])
            status, _, body = process.ask("GET", path, key)
            if status == 200:
                texts.append(body.decode())
    for kept in sorted(Path(folder).glob("*/*.json")):
        if kept.parent.name in ("receipts", "messages"):
            texts.append(kept.read_text())
    pools = {}
    for name, pattern in (("Id", ID), ("Uetr", UETR)):
        values = [value for text in texts for value in pattern.findall(text)]
        pools[name] = list(dict.fromkeys(values))[:200]
    leis = [tomllib.loads(path.read_text()).get("institution", {}).get("lei")
            for path in sorted(Path(folder).glob("*/config.toml"))]
    pools["LeiCode"] = [lei for lei in leis if lei]
    genesis = json.loads((Path(folder) / "genesis.json").read_text())
    pools["CurrencyCode"] = re.findall(r'"code":\s*"([A-Z]{3})"', json.dumps(genesis))
    return pools
