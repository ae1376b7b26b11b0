"""What a requirements.txt may say: packages and where they come from, but nothing that runs their code.

uv builds from source what a manifest tells it to (`--no-binary`, `--editable`), whatever it was told itself. So every
line is read before it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from skafu.artifacts.failure import ArtifactError
from skafu.model.place import Location

INCLUDES = {"-r", "--requirement", "-c", "--constraint"}
"""Options that name a further file."""

TAKEN = {
    "-i",
    "--index-url",
    "--extra-index-url",
    "-f",
    "--find-links",
    "--no-index",
    "--only-binary",
    "--prefer-binary",
    "--require-hashes",
    "--trusted-host",
}
"""Options that may stand in a line of their own, with one value at most."""

_OPTION = re.compile(r"(-[a-z](?!-)|--[a-z-]+)[=\s]*(.*)", re.DOTALL)


def check(manifest: Path, folder: Path, shown: str) -> None:
    """Read `manifest` and all it includes.

    Args:
        manifest: a file in `folder`.
        folder: a copy of what was approved.
        shown: what people call the folder.

    Raises:
        ArtifactError: it says what is not taken, or includes what is not in `folder`: nobody has approved that.
    """
    seen: set[Path] = set()
    waiting = [manifest.resolve()]
    while waiting:
        file = waiting.pop()
        if file not in seen:
            seen.add(file)
            waiting += _includes(file, folder.resolve(), shown)


def _includes(file: Path, folder: Path, shown: str) -> Iterator[Path]:
    named = f"{shown}/{file.relative_to(folder).as_posix()}"
    for number, line in _lines(file.read_text("utf-8", "replace")):
        option = _OPTION.fullmatch(line)
        name, value = option.groups() if option else ("", line)
        if name in INCLUDES:
            other = (file.parent / value).resolve()
            if not (other.is_relative_to(folder) and other.is_file()):
                raise ArtifactError(
                    f"{value} is included, and is not beside it: nobody has approved it",
                    at=Location(named, number),
                )
            yield other
        elif (name and name not in TAKEN) or (name and " " in value) or (not name and _says_more(line)):
            raise ArtifactError(
                f"{line} is not taken: packages are installed as they were published, never built",
                at=Location(named, number),
            )


def _says_more(line: str) -> bool:
    """Whether a requirement has options beside its hashes."""
    return any(word.startswith("-") and not word.startswith("--hash") for word in line.split()[1:])


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """What is said, without comments; a backslash at the end goes on in the next line."""
    said, since = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        since = since or number
        whole, goes_on = (line[:-1], True) if line.endswith("\\") else (line, False)
        said += re.sub(r"(^|\s)#.*", "", whole)
        if not goes_on:
            if said.strip():
                yield since, " ".join(said.split())
            said, since = "", 0
    if said.strip():
        yield since, " ".join(said.split())
