"""What the team's own files say about themselves. They run in a child process; see `policies_child`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from skafu.adapters.confined import KEPT
from skafu.adapters.worker import Worker
from skafu.model.errors import JudgeError
from skafu.model.finding import Severity
from skafu.validate.policy_files import FOLDER, policy_files, validator_files

READING_LIMIT = 30.0
"""Seconds that one file may take to be imported."""

PLANS = "plans"
"""What a policy is about that is asked about the changes of a plan, and never without one."""

NO_POLICY = f"there is no policy in {FOLDER}/; without one nothing would be judged"


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """What a policy file says about itself.

    Attributes:
        id: the file's name with dashes.
        title: first line of the docstring.
        severity: before any seat overrides it; of a policy about plans, how bad its findings are at most.
        about: `resources`, `stacks`, `plans` or `estate`: what it is asked about.
        resources: patterns of the resource types it looks at; empty when it looks at whole stacks.
        controls: what it supports, as `framework:control`.
        file: relative to the repository root.
        line: where its function starts, 1-based.
        docstring: all of it.
    """

    id: str
    title: str
    severity: Severity
    about: str
    resources: tuple[str, ...]
    controls: tuple[str, ...]
    file: str
    line: int
    docstring: str


def list_policies(root: Path) -> tuple[PolicyPage, ...]:
    """What every policy of the repository says about itself, by id.

    Raises:
        JudgeError: there is none, or one of them cannot be used. The message names every such file and line.
    """
    files = policy_files(root)
    if not files:
        raise JudgeError(NO_POLICY)
    return _listed(root, files)


def list_validators(root: Path) -> tuple[PolicyPage, ...]:
    """What every validator that is written in Python says about itself, by id; there may be none.

    Raises:
        JudgeError: one of them cannot be used. The message names every such file and line.
    """
    return _listed(root, validator_files(root))


def own_worker(root: Path, child: str = "skafu.validate.policies_child") -> Worker:
    """The child (a module) in which the team's code runs; it starts with the first question."""
    # -P: a file of the repository must not stand in for a module of Python or of skafu.
    command = [sys.executable, "-P", "-m", child]
    env = {name: os.environ[name] for name in KEPT if name in os.environ}
    env |= {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return Worker(command, env=env, cwd=root)


def read_pages(worker: Worker, files: Sequence[str]) -> tuple[tuple[PolicyPage, ...], list[str]]:
    """The page of every file by id, and everything that keeps them from being used."""
    pages: list[PolicyPage] = []
    problems: list[str] = []
    for file in files:
        try:
            answer = worker.ask({"do": "read", "file": file}, READING_LIMIT)
        except JudgeError as error:
            problems.append(f"{file}:1: {error.message}")
            continue
        if "problem" in answer:
            problems.append(str(answer["problem"]))
            continue
        page = _page(answer["policy"])
        twin = next((other for other in pages if other.id == page.id), None)
        if twin is not None:
            problems.append(
                f"{file}:{page.line}: {page.id} is also the id of {twin.file}; rename one of the files"
            )
        pages.append(page)
    return tuple(sorted(pages, key=lambda page: page.id)), problems


def _page(told: Mapping[str, Any]) -> PolicyPage:
    return PolicyPage(
        id=told["id"],
        title=told["title"],
        severity=Severity(told["severity"]),
        about=told["about"],
        resources=tuple(told["resources"]),
        controls=tuple(told["controls"]),
        file=told["file"],
        line=told["line"],
        docstring=told["docstring"],
    )


def _listed(root: Path, files: Sequence[str]) -> tuple[PolicyPage, ...]:
    worker = own_worker(root)
    try:
        pages, problems = read_pages(worker, files)
    finally:
        worker.close()
    if problems:
        raise JudgeError("; ".join(problems))
    return pages
