"""skafu as a process of its own, forked from one that has imported it: an import for all tests, and not for each run.

What a run is given (arguments, folder, environment, streams, signals) is what a process is given, and it ends as one.
The tests of judging start the installed command itself; so does one of deploying.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

SERVER = """
import json, os, socket, sys, threading
import skafu.cli.deploy, skafu.cli.plan, skafu.cli.drift, skafu.cli.destroy, skafu.cli.main

def become(asked, streams):
    for target, stream in enumerate(streams):
        os.dup2(stream, target)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["skafu", *asked["arguments"]]
    code = 70
    try:
        skafu.cli.main.main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                pass
        os._exit(code)

def answer(connection):
    with connection:
        message, streams, _, _ = socket.recv_fds(connection, 1 << 20, 3)
        asked = json.loads(message)
        child = os.fork()
        if not child:
            listening.close()
            become(asked, streams)
        for stream in streams:
            os.close(stream)
        connection.sendall(b"%d\\n" % child)
        _, status = os.waitpid(child, 0)
        connection.sendall(b"%d\\n" % os.waitstatus_to_exitcode(status))

listening = socket.socket(socket.AF_UNIX)
listening.bind(sys.argv[1])
listening.listen(64)
print("listening", flush=True)
while True:
    connection, _ = listening.accept()
    threading.Thread(target=answer, args=(connection,), daemon=True).start()
"""


class Forked:
    """The process that the others are forked from. It ends with the block."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._server = subprocess.Popen([sys.executable, "-c", SERVER, self._path], stdout=subprocess.PIPE)
        assert self._server.stdout.readline() == b"listening\n"

    def start(self, arguments, folder, environment):
        """A run of skafu, begun."""
        return Process(self._path, arguments, folder, environment)

    def close(self):
        """End it."""
        self._server.kill()
        self._server.communicate()


class Process:
    """A run, as `subprocess.Popen` would show it."""

    def __init__(self, path, arguments, folder, environment) -> None:
        self.returncode = None
        self._told = socket.socket(socket.AF_UNIX)
        self._told.connect(path)
        (self.stdout, out), (self.stderr, err) = _pipe(), _pipe()
        asked = {
            "arguments": [str(one) for one in arguments],
            "folder": str(folder),
            "environment": {name: str(value) for name, value in environment.items()},
        }
        with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - its number is wanted
            socket.send_fds(self._told, [json.dumps(asked).encode()], [nothing.fileno(), out, err])
        os.close(out)
        os.close(err)
        self._lines = self._told.makefile("rb")
        self.pid = int(self._lines.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.wait()

    def wait(self, timeout=120):
        """Until it has ended."""
        if self.returncode is None:
            self._told.settimeout(timeout)
            self.returncode = int(self._lines.readline())
            self._lines.close()
            self._told.close()
        return self.returncode

    def communicate(self, timeout=120):
        """What it printed, and what it complained of."""
        said = {}

        def read(name, stream):
            with stream:
                said[name] = stream.read()

        readers = [
            threading.Thread(target=read, args=(name, stream), daemon=True)
            for name, stream in (("stdout", self.stdout), ("stderr", self.stderr))
        ]
        for reader in readers:
            reader.start()
        self.wait(timeout)
        for reader in readers:
            reader.join(timeout)
        return said["stdout"], said["stderr"]

    def send_signal(self, number):
        """As `kill` does; one that has ended hears nothing."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self):
        """At once."""
        self.send_signal(signal.SIGKILL)


def _pipe():
    read, write = os.pipe()
    return os.fdopen(read, "rb"), write
