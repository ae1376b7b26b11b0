"""A real HTTP endpoint before another one that fails on purpose: what a network and AWS do on a bad day."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

HOPS = {"connection", "keep-alive", "transfer-encoding", "content-length", "server", "date"}
"""Headers that belong to one connection; the proxy writes its own."""


@dataclass(frozen=True)
class Request:
    """What was asked for: `CreateChangeSet`, or the method and path of an S3 request."""

    action: str
    method: str
    path: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Fault:
    """An answer instead of the real one.

    `status` 0 closes the connection without an answer; `arrived` lets the request through first, so that it is
    done and nobody hears of it.
    """

    status: int
    code: str = ""
    message: str = ""
    arrived: bool = False


THROTTLED = Fault(400, "Throttling", "Rate exceeded")
"""What CloudFormation and STS say; S3 says 503 Slow Down, and the proxy says it for it."""

SLOW_DOWN = Fault(503, "SlowDown", "Please reduce your request rate")
DROPPED = Fault(0)
LOST = Fault(0, arrived=True)
BROKEN = Fault(500, "InternalFailure", "An internal error occurred")
UNAVAILABLE = Fault(503, "ServiceUnavailable", "Try again")
EXPIRED = Fault(403, "ExpiredToken", "The security token included in the request is expired")


def denied(action: str) -> Fault:
    """AccessDenied in the words of IAM."""
    who = "arn:aws:sts::111111111111:assumed-role/deployer/skafu"
    return Fault(403, "AccessDenied", f"User: {who} is not authorized to perform: {action} on resource: *")


@dataclass
class Faulty:
    """The proxy. `fault` is asked about every request: (request, how often this action came, this one included)."""

    target: str
    fault: Callable[[Request, int], Fault | None] = lambda *_: None
    seen: Counter[str] = field(default_factory=Counter)
    requests: list[Request] = field(default_factory=list)
    turn: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""
    dead: bool = False


@contextmanager
def faulty(target: str):
    """A proxy before `target`; it lives as long as the block."""
    proxy = Faulty(target)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(proxy))
    server.daemon_threads = True
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()


def _handler(proxy: Faulty) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = _request(self.command, self.path, body)
            with proxy.turn:
                proxy.seen[request.action] += 1
                proxy.requests.append(request)
                fault = DROPPED if proxy.dead else proxy.fault(request, proxy.seen[request.action])
            if fault is THROTTLED and request.action.startswith("S3"):
                fault = SLOW_DOWN
            answer = None
            if fault is None or fault.arrived:
                answer = _forward(proxy.target, self.command, self.path, dict(self.headers), body)
            if fault is not None:
                answer = _failed(fault)
            if answer is None:
                self.close_connection = True
                return
            status, headers, content = answer
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            if self.command != "HEAD" or "Content-Length" not in dict(headers):
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _answer  # noqa: N815 - http.server looks for these names

    return Handler


def _request(method: str, path: str, body: bytes) -> Request:
    fields = {name: values[0] for name, values in parse_qs(body.decode("latin-1")).items()}
    return Request(fields.get("Action", f"S3 {method}"), method, path, fields)


def _forward(target: str, method: str, path: str, headers: dict[str, str], body: bytes) -> Any:
    connection = http.client.HTTPConnection(urlsplit(target).netloc, timeout=30)
    try:
        connection.request(method, path, body, {**headers, "Connection": "close"})
        response = connection.getresponse()
        content = response.read()
        kept = [
            (name, value)
            for name, value in response.getheaders()
            if name.lower() not in HOPS or (method == "HEAD" and name.lower() == "content-length")
        ]
    except OSError:
        return None
    else:
        return response.status, kept, content
    finally:
        connection.close()


def _failed(fault: Fault) -> Any:
    if not fault.status:
        return None
    error = f"<Error><Type>Sender</Type><Code>{fault.code}</Code><Message>{fault.message}</Message></Error>"
    body = f"<ErrorResponse>{error}<RequestId>made-up</RequestId></ErrorResponse>"
    return fault.status, [("Content-Type", "text/xml")], body.encode()
