"""Holding policies and validators against the cases beside them, in a child process; see `cases_child`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from skafu.adapters.worker import Worker
from skafu.model.errors import JudgeError
from skafu.sdk.comparing import Difference
from skafu.sdk.mutation import Bites
from skafu.validate.cases_child import CASES, cases_file
from skafu.validate.pages import own_worker
from skafu.validate.policy_files import FOLDER, POLICY, VALIDATOR, VALIDATORS, Kind, policy_id

_CHILD = "skafu.validate.cases_child"

READING_LIMIT = 30.0
"""Seconds that a policy or validator and its cases may take to be read."""

CASE_LIMIT = 10.0
"""Seconds that one may take for one case, and again for all its mutants."""


@dataclass(frozen=True, slots=True)
class TriedCase:
    """What came of one case.

    Attributes:
        name: as its file says.
        file: relative to the root of the repository.
        line: 1-based.
        differences: what was said otherwise.
        crashed: why there is no answer; empty if there is one.
    """

    name: str
    file: str
    line: int
    differences: tuple[Difference, ...] = ()
    crashed: str = ""

    @property
    def failed(self) -> bool:
        """Whether the policy or validator failed at it, instead of answering rightly or wrongly."""
        return bool(self.crashed) or any(one.failed for one in self.differences)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one policy or validator.

    Attributes:
        id: its file's name, with dashes.
        file: relative to the root of the repository.
        problem: why it cannot be used, with file and line; empty if it can.
        unreadable: why its cases cannot be used, with file and line; empty if they can.
        lacking: its answers that no case shows.
        cases: those that were tried, in the order of the file.
        bites: what it said about the mutants of its passing cases; None if there were to be none.
    """

    id: str
    file: str
    problem: str = ""
    unreadable: str = ""
    lacking: tuple[str, ...] = ()
    cases: tuple[TriedCase, ...] = ()
    bites: Bites | None = None

    @property
    def kind(self) -> Kind:
        """Whether it is a policy or a validator."""
        return kind_of(self.file)

    @property
    def failed(self) -> bool:
        """Whether it cannot be used, or failed at a case."""
        return bool(self.problem) or any(case.failed for case in self.cases)

    @property
    def wrong(self) -> tuple[TriedCase, ...]:
        """The cases of which it says something else than they expect."""
        return tuple(case for case in self.cases if case.differences or case.crashed)

    @property
    def toothless(self) -> bool:
        """Whether nothing that was broken in a passing case made it state a violation."""
        return self.bites is not None and not self.bites.killed

    @property
    def good(self) -> bool:
        """Whether there is nothing to say about it."""
        return not (self.problem or self.unreadable or self.lacking or self.wrong or self.toothless)


def try_rules(
    root: Path, files: Sequence[str], *, mutate: bool, limit: float = CASE_LIMIT
) -> Iterator[Trial]:
    """Hold each policy and validator against its cases, and break what passes if asked to.

    Args:
        root: the repository.
        files: their files, relative to it.
        mutate: whether to break the passing cases too.
        limit: seconds that one may take for one case, and again for all its mutants.
    """
    worker = own_worker(root, _CHILD)
    trier = _Trier(worker, mutate, limit)
    try:
        for file in files:
            yield trier.rule(file)
    finally:
        worker.close()


def orphans(root: Path, files: Sequence[str]) -> list[str]:
    """The cases files beside which no policy or validator stands, relative to the root."""
    known = {cases_file(file) for file in files}
    paths = (path for folder in (FOLDER, VALIDATORS) for path in (root / folder).rglob(f"*{CASES}"))
    return sorted({path.relative_to(root).as_posix() for path in paths} - known)


def kind_of(file: str) -> Kind:
    """What a file holds, by the folder it stands in."""
    return VALIDATOR if file.startswith(f"{VALIDATORS}/") else POLICY


@dataclass(frozen=True, slots=True)
class _Trier:
    worker: Worker
    mutate: bool
    limit: float

    def rule(self, file: str) -> Trial:
        id_ = policy_id(file)
        try:
            told = self.worker.ask({"do": "read", "file": file}, READING_LIMIT)
        except JudgeError as error:
            return Trial(id_, file, problem=f"{file}:1: {_reason(error, file)}")
        if "problem" in told or "unreadable" in told:
            return Trial(id_, file, problem=told.get("problem", ""), unreadable=told.get("unreadable", ""))
        if not told["cases"]:
            return Trial(id_, file, lacking=(f"there is no {cases_file(file)}",))
        cases: list[TriedCase] = []
        bites = Bites()
        for number, case in enumerate(told["cases"]):
            here = TriedCase(case["name"], cases_file(file), case["line"])
            tried, more = self._case({"file": file, "case": number}, here)
            cases.append(tried)
            bites += more
            if tried.crashed:
                break  # what hangs or dies once does so again
        # Where a case is wrong, nobody can tell yet whether it bites.
        all_right = self.mutate and not any(case.differences or case.crashed for case in cases)
        return Trial(
            id_,
            file,
            lacking=tuple(told["lacking"]),
            cases=tuple(cases),
            bites=bites if all_right else None,
        )

    def _case(self, which: dict[str, Any], here: TriedCase) -> tuple[TriedCase, Bites]:
        try:
            told = self.worker.ask({"do": "differences", **which}, self.limit)["differences"]
        except JudgeError as error:
            return replace(here, crashed=_reason(error, which["file"])), Bites()
        tried = replace(here, differences=tuple(Difference(**one) for one in told))
        if not self.mutate or tried.differences:
            return tried, Bites()
        try:
            answer = self.worker.ask({"do": "bites", **which}, self.limit)
        except JudgeError as error:
            reason = _reason(error, which["file"])
            return replace(here, crashed=f"with something in it broken, {reason}"), Bites()
        found = {one.name: answer[one.name] for one in fields(Bites)}
        return tried, Bites(**{**found, "survivors": tuple(found["survivors"])})


def _reason(error: JudgeError, file: str) -> str:
    return error.message.replace(_CHILD, f"the {kind_of(file).name}")
