"""Follows each reference of docs/seed-coverage.md into the repository, and asks who is said to hold each value.

The page is written by hand; this tells, in sentences, where it lies: a name that leads nowhere, a value that is
another one, a holder that has no objection when the value is changed. tests/content/test_seed_coverage.py asks for
them; whoever edits the page can, too:

    .venv/bin/python docs/seed_coverage.py
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml
from seed_page import Reference, Row, rows, spans

from skafu.load import load_repository
from skafu.model.estate import Estate as Declared
from skafu.resolve import by_translator, resolve_estate
from skafu.sdk.declare import Validator
from skafu.sdk.reading import find, parts
from skafu.sdk.running import run, run_validator
from skafu.sdk.subjects import Stack
from skafu.sdk.unknown import Unknown
from skafu.validate.policy_files import read_policy
from skafu.validate.policy_wire import decode_estate, encode_estate

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/seed-coverage.md"
STAGES = ("development", "staging", "production")
SECTIONS = ("Conditions", "Outputs", "Parameters", "Rules")
ATTRIBUTES = ("DeletionPolicy", "Type", "UpdateReplacePolicy")
REASON = re.compile(r"- \S.{9,}")


@dataclass(frozen=True)
class Spot:
    """One place in the estate as policies and validators see it; what cannot be changed there has no `put`."""

    value: Any
    environment: str = ""
    stack: Stack | None = None
    put: Callable[[Any], None] | None = None

    @property
    def where(self) -> str:
        """For people."""
        return self.stack.id if self.stack else self.environment


class Repository:
    """What references lead to."""

    def __init__(self) -> None:
        self._said: dict[tuple[Reference, str], set[Any]] = {}
        self.declared = load_repository(ROOT)
        stacks = resolve_estate(self.declared, by_translator).stacks
        told = Declared(
            self.declared.estate, self.declared.accounts, self.declared.environments, stacks, complete=True
        )
        estate = decode_estate(json.loads(json.dumps(encode_estate(told))), ROOT)
        shared = {one.name: one for one in estate.environments}  # so that a change shows in every stack
        self.estate = replace(
            estate,
            stacks=tuple(replace(one, environment=shared[one.environment.name]) for one in estate.stacks),
        )

    @cached_property
    def checks(self) -> set[str]:
        """The ids of Checkov's checks."""
        return set(yaml.safe_load((ROOT / "src/skafu/adapters/checkov_severities.yaml").read_text("utf-8")))

    def spots(self, place: Reference) -> list[Spot]:
        """Everything that a reference leads to; nothing if it leads nowhere."""
        if place.kind == "file":
            path, _, text = place.path.partition(": ")
            file = ROOT / path
            return [Spot(text)] if file.exists() and (not text or text in file.read_text("utf-8")) else []
        if place.kind == "schema":
            schema = json.loads((ROOT / "stacks/environments/schema.json").read_text("utf-8"))
            found = find(schema, tuple(key for part in parts(place.path) for key in ("properties", part)))
            return [Spot(found)] if found else []
        if place.kind == "accounts":
            name, _, key = place.path.partition(".")
            return [
                Spot(getattr(one, key, None), name, put=_setter(one, key))
                for one in self.estate.accounts
                if one.name == name
            ]
        if place.kind.startswith("environment"):
            wanted = STAGES if place.kind == "environments" else (place.kind.removeprefix("environment "),)
            return [
                _spot(one.settings, parts(place.path), one.name)
                for one in self.estate.environments
                if one.name in wanted
            ]
        return self._of_stacks(place.kind, parts(place.path))

    def _of_stacks(self, name: str, path: tuple[str | int, ...]) -> list[Spot]:
        found = [
            _spot(stack.declaration if str(path[0])[0].islower() else stack.template, keys, stack)
            for stack in self.estate.of(name)
            for keys in [_keys(path)]
        ]
        if all(one.value is None for one in found) and name in self.declared.definitions:
            template = self.declared.templates[self.declared.definitions[name].template].plain()
            return [Spot(value) for value in _written(template, _keys(path))]
        return found

    def is_there(self, holder: Reference) -> bool:
        """Whether there is such a policy, validator, check, test or file."""
        if holder.kind in ("policy", "validator"):
            folder = {"policy": "policies", "validator": "validators"}[holder.kind]
            names = (f"{holder.path.replace('-', '_')}.py", f"{holder.path}.yaml")
            return any((ROOT / folder / name).is_file() for name in names)
        if holder.kind == "check":
            return holder.path in self.checks
        if holder.kind == "test":
            file, _, name = holder.path.partition("::")
            path = ROOT / "tests/content" / file
            return path.is_file() and f"def {name}(" in path.read_text("utf-8")
        return holder.kind == "file" and bool(self.spots(holder))

    def is_asked(self, holder: Reference) -> bool:
        """Whether it is a policy or a validator of the team's own, which can be asked here; no judge from outside."""
        return self.is_there(holder) and not (ROOT / f"validators/{holder.path}.yaml").exists()

    def objects(self, holder: Reference, spots: list[Spot], *, gone: bool = False) -> bool:
        """Whether the holder says something else when the value is another one, or when it is not there."""
        before = self._says(holder, spots)
        for spot in spots:
            spot.put(None if gone else changed(spot.value))
        try:
            return self._asked(holder, spots) != before
        finally:
            for spot in spots:
                spot.put(spot.value)

    def _says(self, holder: Reference, spots: list[Spot]) -> set[Any]:
        """What it says when nothing is changed; it is asked once."""
        where = "" if holder.kind == "validator" else ",".join(sorted(spot.where for spot in spots))
        if (holder, where) not in self._said:
            self._said[holder, where] = self._asked(holder, spots)
        return self._said[holder, where]

    def _asked(self, holder: Reference, spots: list[Spot]) -> set[Any]:
        asked = rule(holder.kind, holder.path)
        if isinstance(asked, Validator):
            return set(run_validator(asked, self.estate).violations)
        stacks = [
            one for spot in spots for one in ([spot.stack] if spot.stack else self.estate.within(spot.where))
        ]
        return {violation for stack in stacks for violation in run(asked, stack).violations}


@cache
def rule(kind: str, name: str) -> Any:
    """The policy or validator of that name."""
    folder = {"policy": "policies", "validator": "validators"}[kind]
    return read_policy(ROOT, f"{folder}/{name.replace('-', '_')}.py").policy


def changed(value: Any) -> Any:
    """Another value of the same kind; None, which is absent, for what is no single value."""
    if isinstance(value, Unknown):
        return None
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if not isinstance(value, str):
        return None
    flipped = {"true": "false", "false": "true"}.get(value)
    return flipped or (str(int(value) + 1) if value.isdigit() else f"{value}-changed")


def text(value: Any) -> str:
    """A value as the page writes it."""
    if value is None:
        return "absent"
    if isinstance(value, Unknown):
        return "unknown"
    if isinstance(value, dict | list):
        return f"{len(value)} values"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _keys(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    first, *rest = path
    if first in SECTIONS or str(first)[0].islower():
        return path
    inside = rest if not rest or rest[0] in ATTRIBUTES else ["Properties", *rest]
    return ("Resources", first, *inside)


def _spot(tree: Any, keys: tuple[str | int, ...], of: Stack | str) -> Spot:
    parent, last = find(tree, keys[:-1]), keys[-1]
    value = find(parent, (last,))
    name, stack = (of, None) if isinstance(of, str) else (of.environment.name, of)

    def put(new: Any) -> None:
        if new is not None:
            parent[last] = new
        elif isinstance(parent, dict):
            del parent[last]
        if stack is not None and keys == ("tier",):
            object.__setattr__(stack, "tier", new)

    return Spot(value, name, stack, None if value is None or isinstance(parent, Unknown) else put)


def _setter(account: Any, key: str) -> Callable[[Any], None]:
    return lambda new: object.__setattr__(account, key, new)


def _written(tree: Any, keys: tuple[str | int, ...]) -> list[Any]:
    """What stands at a path of a template as written, in any branch of its conditions."""
    if isinstance(tree, dict) and "Fn::If" in tree:
        return [found for branch in tree["Fn::If"][1:] for found in _written(branch, keys)]
    if not keys:
        return [tree]
    found = find(tree, keys[:1])
    return [] if found is None else _written(found, keys[1:])


def problems(page: list[Row], repository: Repository) -> Iterator[str]:
    """What is wrong with the rows of the page, a sentence each."""
    for row in page:
        for told in (*_forms(row), *_references(row, repository), *_held(row, repository)):
            yield f"docs/seed-coverage.md:{row.number}: {told}"


def _forms(row: Row) -> Iterator[str]:
    first, last = row.block
    if not row.lines <= set(range(first, last + 1)):
        yield f"its lines are outside of the block's, {first}-{last}"
    for cell, what in ((row.stands, "place"), (row.held, "holder")):
        if not spans(cell) and not REASON.fullmatch(cell):
            yield f"it has no {what}, and no reason why"


def _references(row: Row, repository: Repository) -> Iterator[str]:
    for place in row.places:
        found = repository.spots(place)
        there = [one for one in found if one.value is not None]
        if not there:
            yield f"{place} leads nowhere"
        elif len(place.wanted) not in (0, 1, len(STAGES)):
            yield f"{place} needs one value, or one for each stage"
        elif len(place.wanted) == 1:
            yield from {
                f"{place} is {text(one.value)}" for one in there if text(one.value) != place.wanted[0]
            }
        else:
            for stage, wanted in zip(STAGES if place.wanted else (), place.wanted, strict=True):
                values = {text(one.value) for one in found if one.environment == stage} or {"absent"}
                if values != {wanted}:
                    yield f"{place} is {', '.join(sorted(values))} in {stage}"
    yield from (f"there is no {holder}" for holder in row.holders if not repository.is_there(holder))


def _held(row: Row, repository: Repository) -> Iterator[str]:
    """Every value has a holder that objects when it is changed, and every rule that is named holds one of them."""
    rules = [one for one in row.holders if one.kind in ("policy", "validator") and repository.is_asked(one)]
    useful: set[Reference] = set()
    for place in row.places if rules else ():
        spots = [spot for spot in repository.spots(place) if spot.put is not None]
        alone = {spot.where: {one for one in rules if repository.objects(one, [spot])} for spot in spots}
        # An edit of a template changes every stack of it; some rules see only that, or only that it is gone.
        together = {one for one in rules if repository.objects(one, spots)}
        useful |= together.union(*alone.values())
        useful |= {one for one in rules if one not in useful and repository.objects(one, spots, gone=True)}
        if len(place.wanted) > 1 or (place.wanted and not together):
            silent = [where for where, who in alone.items() if not who and len(rules) == len(row.holders)]
            yield from (f"{place} can change unnoticed in {where}" for where in silent)
    if any(spot.put for place in row.places for spot in repository.spots(place)):
        yield from (f"{holder} holds nothing here" for holder in rules if holder not in useful)


if __name__ == "__main__":
    wrong = list(problems(rows(PAGE.read_text("utf-8")), Repository()))
    print("\n".join(wrong) or "Every reference leads somewhere.")
    sys.exit(bool(wrong))
