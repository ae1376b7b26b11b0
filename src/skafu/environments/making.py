"""Whether a tool's own environment holds what is locked, and making it anew from the lock file."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import TypeAlias

from skafu.environments.place import Place
from skafu.model.errors import SkafuError

REMEDY = "Run `skafu doctor --install`."

LAST_LINES = 12
"""How much of a failed installation is shown."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that is installed apart.

    Attributes:
        name: as people write it, e.g. `Checkov`.
        package: as its lock file writes it, e.g. `checkov`.
        lock: the lock file, with hashes.
        place: where it lives.
    """

    name: str
    package: str
    lock: Path
    place: Place


@dataclass(frozen=True, slots=True)
class Ready:
    """The tool can be started.

    Attributes:
        version: its version, which is the one we have locked.
        python: the interpreter that has it.
    """

    version: str
    python: Path


@dataclass(frozen=True, slots=True)
class NotReady:
    """The tool cannot be started.

    Attributes:
        reason: why, one sentence.
        remedy: what to do, one sentence.
    """

    reason: str
    remedy: str


Status: TypeAlias = Ready | NotReady


def status(tool: Tool) -> Status:
    """Whether the locked tool is there. Reads a few files; starts nothing."""
    name, python, wanted = tool.name, tool.place.interpreter(), pinned(tool)
    if wanted is None:
        return NotReady(f"{tool.lock.name} pins no {name}.", "Install skafu again.")
    remedy = REMEDY
    if tool.place.given:
        variable = tool.place.variable
        remedy = f"Unset {variable} or make it name a Python that has {name} {wanted}."
        remedy += f" Without the variable: {REMEDY[0].lower()}{REMEDY[1:]}"
    if not python.is_file():
        return NotReady(f"{name}'s environment is missing: there is no {python}.", remedy)
    found = next((one.version for one in distributions(name=tool.package, path=_packages(python))), None)
    if found is None:
        return NotReady(f"{name} is not installed next to {python}.", remedy)
    if found != wanted:
        return NotReady(f"{name} {found} is installed next to {python}, but {wanted} is locked.", remedy)
    return Ready(found, python)


def install(tool: Tool, report: Callable[[str], None]) -> None:
    """Make the environment anew from the lock file, telling `report` one line at a time.

    Raises:
        SkafuError: it could not be made; the message ends with what the installer said last.
    """
    if tool.place.given:
        variable = tool.place.variable
        raise SkafuError(f"{variable} is set, and skafu only makes the environment it would use without it.")
    home, python = tool.place.home(), tool.place.interpreter()
    report(f"Making {tool.name}'s environment in {home}")
    for command in _commands(home, python, tool.lock):
        _run(command, report)
    made = status(tool)
    if isinstance(made, NotReady):
        raise SkafuError(f"The installation ended without an error, but: {made.reason}")
    report(f"{tool.name} {made.version} is ready")


def pinned(tool: Tool) -> str | None:
    """The version in the lock file, which only a broken copy of skafu has not."""
    text = tool.lock.read_text(encoding="utf-8") if tool.lock.is_file() else ""
    found = re.search(rf"^{re.escape(tool.package)}==([^\s\\;]+)", text, re.MULTILINE)
    return found.group(1) if found else None


def _packages(python: Path) -> list[str]:
    """The folders where packages of this interpreter can be; links are followed by nobody but Python."""
    home = python.parent.parent
    patterns = ("lib/python3*/site-packages", "lib/python3*/dist-packages", "Lib/site-packages")
    return [str(folder) for pattern in patterns for folder in sorted(home.glob(pattern))]


def _commands(home: Path, python: Path, lock: Path) -> Iterator[Sequence[str]]:
    """What to run: with uv where there is one, else with what Python brings."""
    uv = _uv()
    if uv is not None:
        yield [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(home)]
        # Compiled once here, and not by each process where files may not be written beside the code.
        options = ["--quiet", "--compile-bytecode", "--require-hashes"]
        yield [uv, "pip", "sync", *options, "--python", str(python), str(lock)]
        return
    pip = [
        str(python),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--no-deps",
    ]
    yield [sys.executable, "-m", "venv", "--clear", str(home)]
    yield [*pip, "--require-hashes", "--requirement", str(lock)]


def _uv() -> str | None:
    beside = Path(sys.prefix) / ("Scripts/uv.exe" if os.name == "nt" else "bin/uv")
    if beside.is_file():
        return str(beside)
    if importlib.util.find_spec("uv") is None:
        return None
    from uv import find_uv_bin  # noqa: PLC0415  (only there where the line above found it)

    return str(find_uv_bin())


def _run(command: Sequence[str], report: Callable[[str], None]) -> None:
    last: deque[str] = deque(maxlen=LAST_LINES)
    try:
        with subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            for line in process.stdout or ():
                if line.strip():
                    last.append(line.rstrip())
                    report(line.rstrip())
    except OSError as error:
        raise SkafuError(f"{command[0]} cannot be started: {error.strerror or error}.") from error
    if process.returncode:
        said = "\n".join(last)
        raise SkafuError(f"{Path(command[0]).name} ended with exit code {process.returncode}:\n{said}")
