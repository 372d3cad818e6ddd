"""What schemathesis is told about Florin: who signs, what exists, which problems are described.

FUZZ_NETWORK is the folder of a running network, FUZZ_PROCESS and FUZZ_SURFACE say what is asked.
"""

import hashlib
import os
from urllib.parse import urlsplit

import requests
import schemathesis
from network import harvest, processes, sign

FOLDER = os.environ["FUZZ_NETWORK"]
PROCESS = next(
    process
    for process in processes(FOLDER)
    if (process.name, process.surface) == (os.environ["FUZZ_PROCESS"], os.environ["FUZZ_SURFACE"])
)


class Signature(requests.auth.AuthBase):
    """Signs a request as it is sent: by a key that fits, one time in ten by another, or nobody's."""

    def __init__(self, operation):
        self.operation = operation

    def __call__(self, request):
        body = request.body or b""
        if isinstance(body, str):
            body = body.encode()
        if not isinstance(body, bytes):
            return request
        url = urlsplit(request.url)
        target = url.path + (f"?{url.query}" if url.query else "")
        # The same request is signed by the same key: runs can be repeated.
        drawn = hashlib.sha256(f"{request.method} {target}".encode() + body).digest()
        key = PROCESS.key_for(self.operation, drawn[1])
        if key is None or drawn[0] < 13:
            return request
        if drawn[0] < 26:
            every = [key for _, key in sorted(PROCESS.keys.items())]
            key = every[drawn[1] % len(every)]
        text = lambda value: value.decode("latin-1") if isinstance(value, bytes) else value
        headers = {text(name).lower(): text(value) for name, value in request.headers.items()}
        for name, value in sign(key, request.method, target, headers, body).items():
            request.headers[name] = value
        return request


@schemathesis.serializer("application/vnd.florin.bcs")
def canonical(context, value):
    """Canonical bytes are described as text: what is drawn goes out as it is."""
    return {"data": value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")}


@schemathesis.hook
def before_call(context, case, kwargs):
    kwargs["auth"] = Signature(case.operation.definition.raw)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Half of all identifiers are of things that exist."""
    for name, values in harvest(FOLDER, PROCESS).items():
        schema = raw_schema["components"]["schemas"].get(name)
        if schema and values and "pattern" in schema:
            schema["anyOf"] = [{"enum": values}, {"pattern": schema.pop("pattern")}]


@schemathesis.check
def described_problem(ctx, response, case):
    """A refusal has a code that the description lists under its status."""
    media = response.headers.get("content-type", [""])[0]
    if not media.startswith("application/problem+json"):
        assert response.status_code < 400 or media, f"{response.status_code} without a body"
        return
    problem = response.json()
    assert problem["status"] == response.status_code, problem
    assert problem["type"] == f"urn:florin:problem:{problem['code']}", problem
    listed = case.operation.schema.raw_schema["components"]["responses"]
    listed = listed[str(response.status_code)]["content"]["application/problem+json"]["examples"]
    assert problem["code"] in listed, f"{problem['code']} is not described"
