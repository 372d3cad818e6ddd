"""Requests that no description can make: broken HTTP, wrong verbs, slow and endless bodies.

    hostile.py FOLDER      FOLDER of a running network, as network.py reads it

Prints a line per finding; the last line counts. Exit code 1: a finding.
"""

import json
import os
import re
import socket
import sys
import threading
import time

from network import VERBS, processes

PROBLEM = "application/problem+json"
# Longer than any process may wait for a body or a head, in seconds: a file may take 60.
PATIENCE_S = 75
FINDINGS = []
asked = 0


def finding(process, what, said):
    FINDINGS.append(what)
    print(f"FINDING {process.name} {process.surface}: {what}: {said}", flush=True)


def examples(document, path):
    """A path with the examples of its parameters in their places."""
    operation = next(iter(document["paths"][path].values()))
    for parameter in operation.get("parameters", []):
        if parameter["in"] != "path":
            continue
        schema = parameter["schema"]
        named = schema.get("$ref", "").rpartition("/")[2]
        schema = document["components"]["schemas"].get(named, schema)
        example = (schema.get("examples") or [parameter.get("example", "start.js")])[0]
        path = path.replace(f"{{{parameter['name']}}}", str(example))
    return path


def exchange(process, data, patience=PATIENCE_S, half_close=False):
    """What comes back for these bytes, up to the end or a silence: (bytes, whether it ended)."""
    global asked
    asked += 1
    with socket.create_connection((process.host, process.port), timeout=10) as stream:
        stream.settimeout(patience)
        try:
            stream.sendall(data)
            if half_close:
                stream.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # It was refused before all was sent; what it said can still be read.
        back = b""
        try:
            while len(back) < 1 << 20:
                piece = stream.recv(65536)
                if not piece:
                    return back, True
                back += piece
                if is_whole(back):
                    return back, True
        except TimeoutError:
            return back, False
        except OSError:
            return back, True
    return back, True


def is_whole(back):
    """Whether an answer has come up to the end that it announced."""
    _, headers, body = read(back)
    length = headers.get("content-length", "")
    return b"\r\n\r\n" in back and length.isdigit() and len(body) >= int(length)


def read(answer):
    """Status, headers and body of the first answer in these bytes; 0 if there is none."""
    head, _, body = answer.partition(b"\r\n\r\n")
    line, *lines = head.split(b"\r\n")
    matched = re.match(rb"HTTP/1\.[01] (\d{3})", line)
    headers = {}
    for one in lines:
        name, _, value = one.partition(b":")
        headers[name.strip().lower().decode("latin-1")] = value.strip().decode("latin-1")
    return (int(matched[1]) if matched else 0), headers, body


def judge(process, what, status, headers, body, allowed=None, operation=None):
    """No 5xx; a status of the description; a problem as one that it lists, or what it lists instead."""
    document = process.document()
    if status >= 500:
        return finding(process, what, f"{status} {body[:200]}")
    if allowed is not None and status not in allowed:
        return finding(process, what, f"{status}, expected {sorted(allowed)}; {body[:200]}")
    if status < 400 or not body:
        return None
    instead = (operation or {}).get("responses", {}).get(str(status), {}).get("content", {})
    if headers.get("content-type") != PROBLEM and headers.get("content-type") in instead:
        return None
    if headers.get("content-type") != PROBLEM:
        return finding(process, what, f"{status} as {headers.get('content-type')}: {body[:200]}")
    code = json.loads(body)["code"]
    listed = document["components"]["responses"].get(str(status), {}).get("content", {})
    if code not in listed.get(PROBLEM, {}).get("examples", {}):
        return finding(process, what, f"{status} {code} is not described")
    return None


def alive(process, after):
    status, _, _ = process.ask("GET", "/healthz", timeout=30)
    if status != 200:
        finding(process, f"health after {after}", status)


def wrong_verbs(process):
    """405 with `Allow` for what a path does not serve, whatever the verb."""
    global asked
    document = process.document()
    for path, item in document["paths"].items():
        served = {verb.upper() for verb in item if verb in VERBS}
        target = examples(document, path)
        for verb in [*(one.upper() for one in VERBS), "FLORIN", "PROPFIND"]:
            if verb in served:
                continue
            asked += 1
            status, headers, body = process.ask(verb, target)
            what = f"{verb} {path}"
            judge(process, what, status, headers, body, {405})
            allow = {one.strip() for one in headers.get("allow", "").split(",")}
            if status == 405 and allow != served:
                finding(process, what, f"Allow: {allow}, served: {served}")
            if verb == "HEAD" and body:
                finding(process, what, "a body")
            if verb != "HEAD" and status == 405 and headers.get("content-type") != PROBLEM:
                finding(process, what, headers.get("content-type"))
    alive(process, "wrong verbs")


BODIES = {
    "bad UTF-8": b'{"amount": "\xff\xfe"}',
    "a lone surrogate": b'{"amount": "\\ud800"}',
    "a NUL": b'{"amount": "1\x00"}',
    "an escaped NUL": b'{"amount": "1\\u0000", "currency": "\\u0000"}',
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "deep lists": b"[" * 500_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep XML": b"<a>" * 100_000,
    "entities": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb">]><Document>&b;</Document>',
    "a huge number": b'{"amount": ' + b"9" * 100_000 + b"}",
    "a huge exponent": b'{"amount": 1e999999999}',
    "a string": b'"text"',
    "null": b"null",
    "half of it": b'{"amount": "1.00", ',
    "a long string": b'{"amount": "' + b"x" * 900_000 + b'"}',
    "many members": json.dumps({f"m{n}": n for n in range(50_000)}).encode(),
    "blanks": b" " * 100_000,
}
MEDIA = ("application/json", "application/xml", "text/plain", "application/x-www-form-urlencoded",
         "multipart/form-data; boundary=x", "application/json; charset=utf-16", "application/vnd.florin.bcs",
         "nonsense", "*/*")


def bodies(process):
    """Bodies that no reader should choke on, in every media type."""
    global asked
    document = process.document()
    for path, item in document["paths"].items():
        operation = item.get("post")
        if operation is None:
            continue
        target, key = examples(document, path), process.key_for(operation)
        stated = {int(status) for status in operation["responses"]}
        cases = [(name, body, "application/json") for name, body in BODIES.items()]
        cases += [("deep XML", BODIES["deep XML"], "application/xml"),
                  ("entities", BODIES["entities"], "application/xml")]
        cases += [("{}", b"{}", media) for media in MEDIA]
        cases += doubled(document, operation)
        for name, body, media in cases:
            asked += 1
            headers = {"content-type": media, "idempotency-key": os.urandom(8).hex()}
            status, names, said = process.ask("POST", target, key, headers, body)
            what = f"POST {path} with {name} as {media}"
            judge(process, what, status, names, said, stated, operation)
            if name == "doubled members" and status not in (400, 401, 403, 404):
                finding(process, what, f"{status}: which of the two was meant?")
    alive(process, "bodies")


def doubled(document, operation):
    """The example of a JSON body with each member twice."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    named = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    example = (document["components"]["schemas"].get(named, {}).get("examples") or [None])[0]
    if not isinstance(example, dict) or not example:
        return []
    members = [f"{json.dumps(name)}:{json.dumps(value)}" for name, value in example.items()]
    body = "{" + ",".join(members + members) + "}"
    return [("doubled members", body.encode(), "application/json")]


def heads(process):
    """Heads that are no HTTP, or too much of it: refused or closed, never answered with a fault."""
    host = f"{process.host}:{process.port}".encode()
    get = b"GET /healthz HTTP/1.1\r\nhost: " + host + b"\r\n"
    post = next(path for path, item in process.document()["paths"].items()) if process.surface == "audit" else (
        "/v1/payments" if process.surface == "gateway" else "/ledger/v1/commands")
    post = b"POST " + post.encode() + b" HTTP/1.1\r\nhost: " + host + b"\r\n"
    rows = {
        "a header of 60 KiB": get + b"x: " + b"a" * 60_000 + b"\r\n\r\n",
        "a header of 1 MiB": get + b"x: " + b"a" * (1 << 20) + b"\r\n\r\n",
        "10,000 headers": get + b"x: a\r\n" * 10_000 + b"\r\n",
        "a header without colon": get + b"nonsense\r\n\r\n",
        "a header with NUL": get + b"x: a\x00b\r\n\r\n",
        "a header with bytes above 127": get + b"signature: \xff\xfe\r\n\r\n",
        "a folded header": get + b"x: a\r\n b\r\n\r\n",
        "a bare line feed": b"GET /healthz HTTP/1.1\nhost: x\n\n",
        "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
        "HTTP/0.9": b"GET /healthz\r\n\r\n",
        "HTTP/9.9": b"GET /healthz HTTP/9.9\r\n\r\n",
        "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(500),
        "noise": os.urandom(4096),
        "a target of 100 KiB": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
        "an absolute target": b"GET http://elsewhere/healthz HTTP/1.1\r\nhost: x\r\n\r\n",
        "a star": b"OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n",
        "a tunnel": b"CONNECT a:1 HTTP/1.1\r\nhost: x\r\n\r\n",
        "bad percents": b"GET /v1/payments/%zz%ff%00 HTTP/1.1\r\nhost: x\r\n\r\n",
        "dots": b"GET /v1/payments/../../healthz HTTP/1.1\r\nhost: x\r\n\r\n",
        "encoded slashes": b"GET /v1%2fpayments%2f..%2f HTTP/1.1\r\nhost: x\r\n\r\n",
        "bytes in the target": b"GET /v1/\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
        "two lengths": post + b"content-length: 1\r\ncontent-length: 2\r\n\r\nab",
        "length and chunks": post + b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "a negative length": post + b"content-length: -1\r\n\r\n",
        "a length with a plus": post + b"content-length: +1\r\n\r\na",
        "a length beyond u64": post + b"content-length: 99999999999999999999\r\n\r\na",
        "an unknown coding": post + b"transfer-encoding: nonsense\r\n\r\n0\r\n\r\n",
        "a chunk of no size": post + b"transfer-encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n",
        "a chunk beyond u64": post + b"transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\nab\r\n",
        "compressed": post + b"content-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1f\x8b\x08\x00",
        "expecting": post + b"expect: 100-continue\r\ncontent-length: 0\r\n\r\n",
        "expecting what is not": post + b"expect: 200-ok\r\ncontent-length: 0\r\n\r\n",
        "an upgrade": get + b"connection: upgrade\r\nupgrade: websocket\r\n\r\n",
    }
    for name, data in rows.items():
        answer, ended = exchange(process, data, patience=20, half_close=True)
        status, headers, body = read(answer)
        if status >= 500:
            finding(process, name, answer[:300])
        if not answer and not ended:
            finding(process, name, "neither an answer nor an end")
        if status >= 400 and body and headers.get("content-type") != PROBLEM:
            finding(process, name, f"{status} as {headers.get('content-type')}: {body[:100]}")
    alive(process, "heads")


def long_bodies(process):
    """Beyond the limit: 413 with a length and in chunks, before all of it has come."""
    document = process.document()
    for path, item in document["paths"].items():
        if "post" not in item:
            continue
        head = (f"POST {examples(document, path)} HTTP/1.1\r\nhost: x\r\n"
                "content-type: application/json\r\n").encode()
        chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
        rows = {
            "a length of 40 MiB": head + b"content-length: 41943040\r\n\r\n" + b"a" * (1 << 20),
            "chunks without end": head + b"transfer-encoding: chunked\r\n\r\n" + chunk * 400,
        }
        for name, data in rows.items():
            answer, ended = exchange(process, data, patience=PATIENCE_S)
            status, headers, body = read(answer)
            what = f"POST {path} with {name}"
            if not status and not ended:
                finding(process, what, "neither an answer nor an end")
            # A peer that goes on sending may lose the answer to the reset that ends the connection.
            if status:
                judge(process, what, status, headers, body, {401, 413})
    alive(process, "long bodies")


def slow(process):
    """Heads and bodies that never come whole: the connection ends, and others are served meanwhile."""
    document = process.document()
    posts = [path for path, item in document["paths"].items() if "post" in item]
    rows = {"a head that does not end": b"GET /healthz HTTP/1.1\r\nhost: x\r\nx: a"}
    for path in posts:
        rows[f"POST {path} with half a body"] = (
            f"POST {examples(document, path)} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n"
            "content-type: application/json\r\n\r\n{").encode()
    done = {}

    def one(name, data):
        began = time.monotonic()
        answer, ended = exchange(process, data)
        done[name] = (answer, ended or bool(answer), time.monotonic() - began)

    threads = [threading.Thread(target=one, args=row) for row in rows.items()]
    for thread in threads:
        thread.start()
    time.sleep(2)
    alive(process, "slow requests began")
    for thread in threads:
        thread.join()
    for name, (answer, ended, took) in done.items():
        if not ended:
            finding(process, name, f"still open after {took:.0f} s")
        status, headers, body = read(answer)
        if status:
            judge(process, name, status, headers, body, {408})
    alive(process, "slow requests")


def main(folder):
    only = os.environ.get("FUZZ_ONLY", "").split()
    for process in processes(folder):
        if only and process.name not in only:
            continue
        began = time.monotonic()
        for part in (wrong_verbs, bodies, heads, long_bodies, slow):
            try:
                part(process)
            except OSError as error:
                finding(process, part.__name__, f"{type(error).__name__}: {error}")
        took = time.monotonic() - began
        print(f"{process.name} {process.surface}: asked by hand in {took:.0f} s", flush=True)
    print(f"{asked} requests by hand, {len(FINDINGS)} findings")
    return 1 if FINDINGS else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
