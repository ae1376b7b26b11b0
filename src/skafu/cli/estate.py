"""The whole estate, remembered where no file of it has changed, else loaded, resolved and ordered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from skafu.cache import LEFT_BEHIND, Store, fingerprint
from skafu.cli.common import chosen
from skafu.cli.judging import Fresh, Part, Task
from skafu.cli.remembering import remembering
from skafu.model.declarations import Declarations
from skafu.model.errors import InputError
from skafu.model.estate import Estate, Seat, Stack, StackId
from skafu.model.finding import Finding
from skafu.model.verdict import Thresholds, Waiver
from skafu.validate import Supported, digest, recall, supported_by

FOLDERS = ("stacks", "policies", "validators")
"""Where everything stands that decides what is judged and by whom."""

CONTROLS = "policies/controls"
"""Where it stands which controls the rules of Checkov and cfn-lint support."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What of the estate was asked for; all of it where nothing is named."""

    stacks: tuple[str, ...]
    environments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    """Where it is kept what came of an estate, and what that stands on."""

    store: Store
    standing: str


@dataclass(frozen=True, slots=True)
class Rules:
    """Who judges, and how strictly. Read in every run, whatever is remembered."""

    seats: tuple[Seat, ...]
    thresholds: Thresholds
    waivers: tuple[Waiver, ...]
    supported: Supported


@dataclass(frozen=True, slots=True)
class Whole:
    """Every stack of a repository.

    Attributes:
        declared: what it was resolved from.
        stacks: by id, those that cannot be judged among them.
        findings: what loading, resolving and ordering found.
    """

    declared: Declarations
    stacks: Mapping[StackId, Stack]
    findings: tuple[Finding, ...]


def estate_task(root: Path, selection: Selection, memory: Memory, today: date) -> Task:
    """What is to be done to judge the stacks that are asked for; see `load_estate`."""
    part, rules = load_estate(root, selection, memory)
    return Task(
        parts=[part],
        steps=len(part.subjects) * len(rules.seats),
        seats=rules.seats,
        thresholds=rules.thresholds,
        waivers=rules.waivers,
        supported=rules.supported,
        root=root,
        today=today,
        store=memory.store,
        standing=memory.standing,
        judges=judges_of(root),
        whole=not (selection.stacks or selection.environments),
    )


def load_estate(root: Path, selection: Selection, memory: Memory) -> tuple[Part, Rules]:
    """The stacks that are asked for, as they were judged before or resolved, and the rules.

    Raises:
        InputError: there is no estate, or what is asked for is not in it.
    """
    before = prints(root)
    key = digest("estate", before, selection, memory.standing)
    found = recall(memory.store, key, str(root))
    if found is not None:
        return found, _rules(root, memory)
    whole = resolve_whole(root, memory)
    fresh = part_of(whole, select(whole, selection))
    # What was read must be what was fingerprinted, and nothing else: somebody may be writing at this moment.
    if _stands_here(root, whole.declared) and prints(root) == before:
        fresh = replace(fresh, key=key)
    return fresh, rules_of(whole.declared)


def _rules(root: Path, memory: Memory) -> Rules:
    # ruff: noqa: PLC0415 - loading takes 0.1 s to import, the rest 0.2 s more that an unchanged estate saves
    from skafu.load.reader import Reader
    from skafu.load.strictness import load_seats, load_thresholds, load_waivers

    reader = Reader(root)  # what it could tell of these files is among what is remembered
    return Rules(load_seats(reader), load_thresholds(reader), load_waivers(reader), _supported(root, memory))


def _supported(root: Path, memory: Memory) -> Supported:
    """What the registers of controls say, remembered: reading all of them takes longer than all other rules."""
    from skafu.load.controls import load_controls
    from skafu.load.reader import Reader

    key = digest("controls", fingerprint(str(root), CONTROLS), memory.standing)
    body = memory.store.get(key)
    if body is not None:
        return {(tool, rule): tuple(controls) for tool, rule, controls in json.loads(body)}
    found = supported_by(load_controls(Reader(root)).values())
    kept = [[tool, rule, controls] for (tool, rule), controls in sorted(found.items())]
    memory.store.put(key, json.dumps(kept).encode("ascii"))
    return found


def resolve_whole(root: Path, memory: Memory) -> Whole:
    """Every stack of the repository, loaded, resolved and ordered.

    Raises:
        InputError: there is no estate.
    """
    from skafu.graph import order
    from skafu.load import load_repository
    from skafu.resolve import by_translator, resolve_estate

    declared = load_repository(root)
    resolution = resolve_estate(declared, remembering(by_translator, memory.store, memory.standing))
    findings = (
        *declared.problems,
        *declared.inline_skips,
        *resolution.findings,
        *order(resolution.stacks).findings,
    )
    return Whole(declared, resolution.stacks, findings)


def select(whole: Whole, selection: Selection) -> set[StackId]:
    """The stacks that are asked for.

    Raises:
        InputError: what is asked for is not there, and everything could be read.
    """
    if not (selection.stacks or selection.environments):
        return set(whole.stacks)
    layers = {name: definition.layer for name, definition in whole.declared.definitions.items()}
    try:
        return chosen(whole.stacks, layers, selection.stacks, selection.environments)
    except InputError:
        if not whole.declared.problems:
            raise
        return set()  # what was asked for may be what could not be read; the report tells


def part_of(whole: Whole, selected: set[StackId]) -> Fresh:
    """What is to be judged of these stacks, with what is known about them."""
    return Fresh(
        tuple(stack for id_, stack in sorted(whole.stacks.items()) if id_ in selected),
        tuple(
            replace(one, stacks=tuple(sorted(selected & set(one.stacks))))
            for one in whole.findings
            if not one.stacks or selected & set(one.stacks)
        ),
        estate=_estate(whole.declared, whole.stacks),
    )


def rules_of(declared: Declarations) -> Rules:
    """Who judges, and how strictly, as it was declared."""
    supported = supported_by(declared.frameworks.values())
    return Rules(declared.seats, declared.thresholds, declared.waivers, supported)


def _estate(declared: Declarations, stacks: Mapping[StackId, Stack]) -> Estate:
    judgeable = {id_: stack for id_, stack in stacks.items() if not stack.obstacle}
    unread = any(problem.bad_input for problem in declared.problems)
    complete = len(judgeable) == len(stacks) and not unread
    return Estate(declared.estate, declared.accounts, declared.environments, judgeable, complete)


WAIVERS = "policies/waivers.yaml"


def judges_of(root: Path) -> dict[str, str]:
    """What an approval is bound to beside the stack: who judged, how strictly, and which exceptions held."""
    return {
        "policies": fingerprint(str(root), "policies", leaving_out=frozenset({WAIVERS})),
        "validators": fingerprint(str(root), "validators"),
        "waivers": fingerprint(str(root), WAIVERS),
    }


def prints(root: Path) -> list[str]:
    """What all that decides about the estate looks like now."""
    return [fingerprint(str(root), folder) for folder in FOLDERS]


def _stands_here(root: Path, declared: Declarations) -> bool:
    """Whether nothing was read, or looked for in vain, outside of the folders, or was passed over in them."""
    if any(problem.bad_input for problem in declared.problems):
        return False
    stacks = (root / FOLDERS[0]).resolve()
    templates = [root / template for template in declared.templates]
    code = [(root / template).parent / written for template, written in declared.artifacts]
    return all(
        path.resolve().is_relative_to(stacks) and not path.name.endswith(LEFT_BEHIND)
        for path in [*templates, *code]
    )
