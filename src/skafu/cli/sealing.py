"""Whether what lies on disk still is what the gate approved, asked before every step that cannot be taken back."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from skafu.cache import fingerprint
from skafu.cli.estate import FOLDERS, Memory, Whole, judges_of, resolve_whole
from skafu.model.errors import SkafuError
from skafu.model.estate import Stack, StackId
from skafu.model.verdict import Approved

Signature: TypeAlias = tuple[tuple[str, int, int, int, int], ...]

SETTLED = 2_000_000_000
"""Nanoseconds a file must have been left alone before its times alone say that it is the same: clocks of file
systems are coarse, and an edit within one tick does not show."""


@dataclass(frozen=True, slots=True)
class _Found:
    judges: Mapping[str, str]
    parts: Mapping[StackId, Mapping[str, str]]


class Seal:
    """Computes anew what an approval is bound to. May be asked by several threads."""

    def __init__(self, root: Path, memory: Memory, whole: Whole) -> None:
        self._root = root
        self._memory = memory
        self._paths = (*FOLDERS, *_elsewhere(whole))
        self._turn = threading.Lock()
        self._looks = 0
        self._last = 0  # the last look that found something
        self._signature: Signature = ()
        self._prints: list[str] = []
        self._found: _Found | None = None

    def differs(self, stack: Stack, approved: Approved) -> list[str]:
        """What is not as it was approved, as sentences; nothing where all is the same."""
        try:
            now = self._now()
        except (SkafuError, OSError) as error:
            return [f"it cannot be read any more ({error})"]
        changed = [
            f"{name} changed" for name, was in sorted(approved.judges.items()) if now.judges.get(name) != was
        ]
        parts = now.parts.get(stack.id)
        if parts is None:
            return [*changed, "nothing declares it any more"]
        if not approved.parts or stack.parts != approved.parts:
            changed.append("what is to be deployed is not what was approved")
        return changed + [
            f"its {name} changed" for name in sorted(parts) if parts[name] != approved.parts.get(name)
        ]

    def _now(self) -> _Found:
        """What is found by a look that begins after this was asked. All who wait for their turn share the next one."""
        before = self._looks
        with self._turn:
            if self._found is not None and self._last > before:
                return self._found
            self._looks += 1
            self._found = self._look()
            self._last = self._looks
            return self._found

    def _look(self) -> _Found:
        signature = tuple(_signature(self._root, self._paths))
        if self._found is not None and signature == self._signature:
            return self._found
        prints = self._fingerprints()
        found = self._found
        if found is None or prints != self._prints:
            whole = resolve_whole(self._root, self._memory)
            found = _Found(judges_of(self._root), {id_: stack.parts for id_, stack in whole.stacks.items()})
            if prints != self._fingerprints():
                raise SkafuError("somebody is writing to it at this moment")
            self._prints = prints
        youngest = max((one[2] for one in signature), default=0)
        self._signature = signature if time.time_ns() - youngest > SETTLED else ()
        return found

    def _fingerprints(self) -> list[str]:
        return [fingerprint(str(self._root), path) for path in self._paths]


def _elsewhere(whole: Whole) -> Iterator[str]:
    """The templates and the code that lie outside of the folders."""
    declared = whole.declared
    named = [
        *declared.templates,
        *(f"{Path(template).parent}/{path}" for template, path in declared.artifacts),
    ]
    for path in sorted({os.path.normpath(one) for one in named}):
        if not any(path.split("/")[0] == folder for folder in FOLDERS):
            yield path


def _signature(root: Path, paths: tuple[str, ...]) -> Iterator[tuple[str, int, int, int, int]]:
    for path in paths:
        whole = root / path
        if not whole.is_dir():
            yield _said(str(whole))
        for here, folders, files in os.walk(whole):
            folders.sort()
            yield _said(here)
            for name in sorted(files):
                yield _said(os.path.join(here, name))  # noqa: PTH118 - runs for every file, twice for every stack


def _said(path: str) -> tuple[str, int, int, int, int]:
    try:
        found = os.lstat(path)
    except OSError:
        return (path, 0, 0, 0, 0)
    return (path, found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
