"""Breaking what a validator lets pass, one place at a time; as `skafu.sdk.mutation` does for policies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from skafu.model.place import Path, dotted
from skafu.sdk.declare import Validator
from skafu.sdk.estate_cases import EstateCase, estate_of
from skafu.sdk.mutation import GONE, Bites, broken, grafted, put, tally
from skafu.sdk.running import run_validator

SECTIONS = ("stacks", "environments", "accounts", "files")
"""The parts of a case that are broken, in this order."""


def estate_mutants(case: EstateCase) -> Iterator[tuple[str, EstateCase]]:
    """Every way of breaking the case in one place, and the case so broken, in an order that stays.

    Values are broken as `skafu.sdk.mutation.mutants` does it. A stack also gets each other layer and tier that the
    case knows, a need is removed or turned around, and a file loses a line.
    """
    for section in SECTIONS:
        for path, what, value in _broken(case, section):
            yield f"{dotted(path)} {what}", _with(case, path, value)
    for id_, body in case.written.get("stacks", {}).items():
        for need in body.get("needs", []):
            turned = _turned(case, id_, need)
            if turned is not None:
                yield f"stacks.{id_}.needs: {need} is turned around", turned


def estate_grafts(case: EstateCase, violating: Sequence[EstateCase]) -> Iterator[tuple[str, EstateCase]]:
    """The case with one thing in it as a violating case has it, in the same place."""
    for other in violating:
        for section in SECTIONS:
            own, foreign = case.written.get(section, {}), other.written.get(section, {})
            for path, value in grafted(own, foreign, (section,)):
                yield f"{dotted(path)} is as in the case at line {other.line}", _with(case, path, value)


def estate_bites(validator: Validator, case: EstateCase, cases: Sequence[EstateCase]) -> Bites:
    """What the validator says about a case of `cases` after it was broken; nothing is tried if it should not pass."""
    if case.expect != ():
        return Bites()
    violating = [one for one in cases if one.expect]
    found = [*estate_mutants(case), *estate_grafts(case, violating)]
    rulings = ((what, run_validator(validator, estate_of(mutant.written))) for what, mutant in found)
    return tally(rulings) if found else Bites()


def _broken(case: EstateCase, section: str) -> Iterator[tuple[Path, str, Any]]:
    for key, value in case.written.get(section, {}).items():
        yield (section, key), "is removed", GONE
        if section == "files":
            yield from _lines_removed(value, (section, key))
        elif section == "stacks":
            yield from _broken_stack(case, value, (section, key))
        else:
            yield from broken(value, (section, key))


def _lines_removed(text: str, path: Path) -> Iterator[tuple[Path, str, Any]]:
    lines = text.splitlines(keepends=True)
    for index in range(len(lines)):
        yield path, f"has no line {index + 1}", "".join(lines[:index] + lines[index + 1 :])


def _broken_stack(case: EstateCase, body: dict[str, Any], path: Path) -> Iterator[tuple[Path, str, Any]]:
    needs = body.get("needs", [])
    for index, need in enumerate(needs):
        yield (*path, "needs", index), f"({need}) is removed", GONE
    for key in ("layer", "tier"):
        known = {one[key] for one in case.written["stacks"].values() if key in one} - {body.get(key)}
        yield from (((*path, key), f"is {other!r}", other) for other in sorted(known))
    rest = {key: value for key, value in body.items() if key != "needs"}
    yield from broken(rest, path)


def _turned(case: EstateCase, id_: str, need: str) -> EstateCase | None:
    """The case with the need turned around; None if what is needed stands elsewhere."""
    kind, target, *what = need.split()
    there = case.written["stacks"].get(target)
    if there is None or target == id_:
        return None
    here = case.written["stacks"][id_]
    less = put(case.written, ("stacks", id_, "needs"), [one for one in here["needs"] if one != need])
    more = [*there.get("needs", []), " ".join((kind, id_, *what))]
    return replace(case, written=put(less, ("stacks", target, "needs"), more))


def _with(case: EstateCase, path: Path, value: Any) -> EstateCase:
    whole = {section: {} for section in SECTIONS} | dict(case.written)
    return replace(case, written=put(whole, path, value))
