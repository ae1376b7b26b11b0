"""MiniStack as a process on loopback: for one command, or until somebody stops it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from skafu.aws.embedded.environment import NotReady, status
from skafu.aws.embedded.standing import LOCAL, LOG, Beginning, Broken, Found, Running, healthy, look
from skafu.model.errors import SkafuError

CHILD = Path(__file__).with_name("child.py")

UNREADABLE = 4
"""The exit code of the child that cannot read its state."""

KEPT = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")
"""What a program needs to start. Everything else stays outside: credentials, proxies, settings of AWS and Docker."""

START_PATIENCE = 120.0
"""Seconds that it may take to answer first, on a machine that has much else to do; one is usual."""

STOP_PATIENCE = 30.0
"""Seconds that it may take to end: 10 of them for CloudFormation to come to an end, the rest to save."""

PAUSE = 0.05
"""Seconds between two looks."""

LAST_LINES = 5
"""How much of the log is shown when it does not start."""


@contextmanager
def endpoint(root: Path) -> Iterator[str]:
    """The URL of the repository's embedded endpoint, for as long as the block lasts.

    It is the one that `skafu local start` started; else one for this block, which keeps its state in the same folder.

    Raises:
        SkafuError: it does not start or answer, another command has one for itself, or its state could not be saved.
    """
    folder = root / LOCAL
    found = look(folder)
    if isinstance(found, Running) and found.shared:
        if not healthy(found.url):
            raise SkafuError(
                f"the embedded endpoint at {found.url} (process {found.pid}) does not answer.",
                hint="`skafu local stop`, then start it again.",
            )
        yield found.url
        return
    with embedded(folder) as url:
        yield url


@contextmanager
def embedded(folder: Path) -> Iterator[str]:
    """The URL of a MiniStack of one's own, which finds and leaves its state in `folder`.

    However this process ends, it ends, too, and saves its state.

    Raises:
        SkafuError: it does not start, `folder` is another one's, or its state could not be saved.
    """
    child, found = _start(folder, shared=False)
    with child:
        try:
            yield found.url
        except BaseException:
            _end(child, folder)
            raise
        lost = _end(child, folder)
    if lost:
        raise SkafuError(lost)


def start(folder: Path) -> Running:
    """Start one that outlives this process.

    Raises:
        SkafuError: it does not start, or one is at work in `folder`.
    """
    child, found = _start(folder, shared=True)
    child.returncode = 0  # it goes on without us: nothing waits for it here
    return found


def stop(folder: Path) -> str:
    """Stop the one at work in `folder` and wait until it is gone; say why its state is lost, if it is.

    Raises:
        SkafuError: it belongs to somebody else.
    """
    found = _begun(folder)
    if not isinstance(found, Running):
        return ""
    _signal(found.pid, signal.SIGTERM)
    if _gone(folder, STOP_PATIENCE):
        return (
            f"Its state could not be saved: what it did is lost. See {folder / LOG}."
            if isinstance(look(folder), Broken)
            else ""
        )
    _signal(found.pid, signal.SIGKILL)
    _gone(folder, STOP_PATIENCE)
    (folder / "server.json").unlink(missing_ok=True)
    return _killed(found.pid)


def _start(folder: Path, *, shared: bool) -> tuple[subprocess.Popen[bytes], Running]:
    ready = status()
    if isinstance(ready, NotReady):
        raise SkafuError(ready.reason, hint=ready.remedy)
    folder = folder.absolute()
    try:
        _prepare(folder)
        with (folder / LOG).open("ab") as log:
            child = subprocess.Popen(
                [str(ready.python), str(CHILD), str(folder), *([] if shared else ["--with-parent"])],
                stdin=subprocess.DEVNULL if shared else subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=_environment(folder),
                cwd=folder,
                start_new_session=True,  # Ctrl-C is for us: we end it when we are ready to
            )
    except OSError as error:
        raise SkafuError(f"{folder} cannot be used: {error.strerror or error}.") from error
    return child, _answering(child, folder)


def _answering(child: subprocess.Popen[bytes], folder: Path) -> Running:
    end = time.monotonic() + START_PATIENCE
    while time.monotonic() < end and child.poll() is None:
        found = look(folder)
        if isinstance(found, Running) and found.pid == child.pid and healthy(found.url):
            return found
        time.sleep(PAUSE)
    if child.poll() is None:
        child.kill()
        child.wait()
    found = look(folder)
    if isinstance(found, Running | Beginning):
        who = f"{found.url}, process {found.pid}" if isinstance(found, Running) else "it is just starting"
        hint = (
            ""
            if isinstance(found, Running) and found.shared
            else ("Wait for the command that it belongs to, or `skafu local start` one for all commands.")
        )
        raise SkafuError(f"an embedded endpoint is at work in {folder} already ({who}).", hint=hint)
    said = (folder / LOG).read_text(encoding="utf-8", errors="replace").splitlines()[-LAST_LINES:]
    hint = "`skafu local stop --forget` removes what is kept there." if child.returncode == UNREADABLE else ""
    raise SkafuError(
        "\n".join(["MiniStack did not start:", *said, f"(exit code {child.returncode})"]), hint=hint
    )


def _prepare(folder: Path) -> None:
    """Make the folder; what is in it is nobody's business but this machine's."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n", encoding="ascii")
    for left in ("home", "state", "s3"):
        (folder / left).mkdir(exist_ok=True)


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    home = str(folder / "home")
    return {
        **kept,
        "HOME": home,
        "TMPDIR": home,
        "PYTHONNOUSERSITE": "1",
        "PYTHONUTF8": "1",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(folder / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(folder / "s3"),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "localhost",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": f"unix://{folder}/no-docker",
        # A function that is run there looks for credentials, too: a machine in EC2 would give it real ones.
        "AWS_EC2_METADATA_DISABLED": "true",
        "LOG_LEVEL": "WARNING",
    }


def _end(child: subprocess.Popen[bytes], folder: Path) -> str:
    """End a child of ours; why its state is lost, if it is."""
    if child.stdin:
        child.stdin.close()
    try:
        code = child.wait(STOP_PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        return _killed(child.pid)
    return f"MiniStack ended with exit code {code}: what it did is lost. See {folder / LOG}." if code else ""


def _killed(pid: int) -> str:
    return (
        f"MiniStack (process {pid}) did not end within {STOP_PATIENCE:g} s and was killed: "
        "what was done since its start is lost, what was saved before is there."
    )


def _begun(folder: Path) -> Found:
    """What is at work in `folder`, once it says so."""
    end = time.monotonic() + START_PATIENCE
    while isinstance(found := look(folder), Beginning) and time.monotonic() < end:
        time.sleep(PAUSE)
    return found


def _gone(folder: Path, patience: float) -> bool:
    end = time.monotonic() + patience
    while isinstance(look(folder), Running | Beginning):
        if time.monotonic() > end:
            return False
        time.sleep(PAUSE)
    return True


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass
    except PermissionError as error:
        raise SkafuError(f"process {pid} belongs to somebody else and cannot be stopped.") from error
