"""MiniStack, run by the interpreter of its own environment; nothing of skafu is imported here.

    python child.py FOLDER [--with-parent]

It takes the lock of FOLDER, listens on a free port of loopback (the one it had last, where that is free), states in
FOLDER who and where it is, and works until SIGTERM or, with `--with-parent`, until its standard input ends, which
it does however the parent ends. Then it lets CloudFormation come to an end, saves its state and takes the
statement away. Exit codes: 3 another one has the lock, 4 state cannot be read, 5 it could not be saved.
"""

# mypy: disable-error-code="import-not-found"
from __future__ import annotations

import asyncio
import fcntl
import ipaddress
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

LOCKED, UNREADABLE, UNSAVED = 3, 4, 5

STATEMENT = "server.json"

OVERVIEW = "/_skafu/stacks"
"""Answers with the number of stacks in each account and region, which no call of CloudFormation's tells."""

QUIET = 10.0
"""Seconds that CloudFormation may take to end what it does before we stop."""

GRACE = 0.2
"""Seconds that open connections may take at the end."""


def main(folder: Path, *, with_parent: bool) -> int:
    """Serve until told to stop."""
    if not taken(folder / "lock"):
        return LOCKED
    stated = folder / STATEMENT
    stated.unlink(missing_ok=True)
    listening = listen(folder / "port")
    port = listening.getsockname()[1]
    # MiniStack reads it when it is imported, for the URLs that it hands out.
    os.environ["GATEWAY_PORT"] = str(port)
    os.environ["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{port}"  # for the functions that it runs
    sys.addaudithook(stay_on_loopback)
    complaints = Complaints()
    told = {
        "url": f"http://127.0.0.1:{port}",
        "pid": os.getpid(),
        "version": version("ministack"),
        "since": time.time(),
        "shared": not with_parent,
    }

    def ready() -> None:
        if complaints.heard:  # what it could not read, it would write anew as empty
            print(*complaints.heard, sep="\n", file=sys.stderr, flush=True)  # noqa: T201 - the log
            os._exit(UNREADABLE)
        partial = folder / f".{STATEMENT}.partial"
        partial.write_text(json.dumps(told), encoding="utf-8")
        partial.replace(stated)

    asyncio.run(work(listening, complaints, ready, with_parent=with_parent))
    if complaints.heard:
        return UNSAVED  # the statement stays: it tells that what was done since then is lost
    stated.unlink(missing_ok=True)
    return 0


async def work(
    listening: socket.socket, complaints: Complaints, ready: Callable[[], None], *, with_parent: bool
) -> None:
    """Answer until told to stop and nothing is under way any more."""
    from hypercorn.asyncio import serve  # noqa: PLC0415 - MiniStack, only now: it reads its port on import
    from hypercorn.config import Config  # noqa: PLC0415
    from ministack.app import app  # noqa: PLC0415

    logging.getLogger().addHandler(complaints)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop.set)
    if with_parent:
        threading.Thread(target=follow, args=(loop, stop), daemon=True).start()

    async def told_to_stop() -> None:
        ready()
        await stop.wait()
        await quiet()

    async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == OVERVIEW:
            await overview(send)
        else:
            await app(scope, receive, send)

    config = Config()
    config.bind = [f"fd://{listening.detach()}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = GRACE
    config.loglevel = "WARNING"
    await serve(answer, config, shutdown_trigger=told_to_stop)


class Complaints(logging.Handler):
    """What MiniStack says about state that it could not read or save; it goes on all the same, we do not."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message, if it is about that."""
        message = record.getMessage()
        if "persist" in message.lower():
            self.heard.append(message)


def taken(file: Path) -> bool:
    """Take the lock; the system gives it back when this process ends, however that happens."""
    lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    for _ in range(20):  # who looks whether it is taken holds it for that moment
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.01)
        else:
            return True
    return False


def listen(remembered: Path) -> socket.socket:
    """A socket on a free port of loopback. It listens already: between choosing and serving nobody can take it."""
    try:
        wanted = int(remembered.read_text(encoding="ascii"))
    except (OSError, ValueError):
        wanted = 0
    for port in (wanted, 0):
        found = socket.socket()
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind(("127.0.0.1", port))
            found.listen(100)
        except (OSError, OverflowError):
            found.close()
            continue
        # What stands holds URLs with the port, those of queues say.
        remembered.write_text(str(found.getsockname()[1]), encoding="ascii")
        return found
    raise SystemExit("no port of 127.0.0.1 is free")


def stay_on_loopback(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: this process neither listens nor connects anywhere else, whatever it is asked to emulate."""
    if event not in {"socket.bind", "socket.connect", "socket.sendto"}:
        return
    address = arguments[1]
    if isinstance(address, tuple) and isinstance(address[0], str) and not on_loopback(address[0]):
        raise PermissionError(f"the embedded endpoint stays on loopback: {event} {address[0]}")


def on_loopback(host: str) -> bool:
    """Whether a host is this machine for sure. An empty one is every interface, a name may be anything."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def follow(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Ask to stop as soon as the parent is gone."""
    sys.stdin.buffer.read()
    loop.call_soon_threadsafe(stop.set)
    time.sleep(QUIET * 3)
    os._exit(1)


async def quiet() -> None:
    """Wait until no stack is at work. One that does not end is recorded as failed: nobody would go on with it."""
    end = time.monotonic() + QUIET
    while any(at_work(stack) for stack in stacks().values()):
        if time.monotonic() > end:
            for stack in filter(at_work, stacks().values()):
                give_up(stack)
            return
        await asyncio.sleep(0.02)


def give_up(stack: dict[str, Any]) -> None:
    """Record that what was under way has failed. Only the clean-up after an update changes nothing about its end."""
    status = stack["StackStatus"]
    cleaning = status.endswith("_CLEANUP_IN_PROGRESS")
    stack["StackStatus"] = (
        status.removesuffix("_CLEANUP_IN_PROGRESS") if cleaning else status.replace("_IN_PROGRESS", "_FAILED")
    )
    stack["StackStatusReason"] = "The embedded endpoint was stopped before this came to an end."


async def overview(send: Any) -> None:
    """Say how many stacks there are in each account and region."""
    there = (key for key, stack in stacks().items() if stack.get("StackStatus") != "DELETE_COMPLETE")
    counts: dict[str, dict[str, int]] = {}
    for account, region, _ in there:
        found = counts.setdefault(account, {})
        found[region] = found.get(region, 0) + 1
    body = json.dumps(counts, sort_keys=True).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def stacks() -> dict[tuple[str, str, str], dict[str, Any]]:
    """(account, region, name) -> the stack. Nobody has asked for CloudFormation yet where its module is missing."""
    module: Any = sys.modules.get("ministack.services.cloudformation")
    return dict(module._stacks._data) if module else {}  # noqa: SLF001 - there is no other way to see all accounts


def at_work(stack: dict[str, Any]) -> bool:
    """Whether CloudFormation is at work on it; a stack in review waits for somebody."""
    status = stack.get("StackStatus", "")
    return bool(status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), with_parent="--with-parent" in sys.argv))
