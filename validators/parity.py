"""Staging is production, but for what its configuration says.

What passes staging is meant to pass production. That holds as far as the two are the same: a property that only
production has is tried for the first time in production. So both are compared value by value, after the names, the
account and the settings in which the two environments differ have been taken out; what is left must be listed.

Make both the same, let the difference follow from a setting of the environments, or list it under `parity.only` of
staging's configuration, as `stack.LogicalId` or `stack.LogicalId.Property`; a switch always has to be listed. What is
listed and is no difference any more has to go.

Source: "Staging_Account: Pre-production testing" of the deployment architecture.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

from skafu.sdk import Environment, Estate, Stack, Unknown, Violation, validator

if TYPE_CHECKING:
    from collections.abc import Iterator

GENERATED = re.compile(
    r"(?<=Deployment)[0-9a-f]{10}|(?<=Version)[0-9a-f]{10}|(?<=deployment id: )[0-9a-f]{40}"
)
"""SAM ends the names of API deployments and function versions with a hash over what they contain."""

SPEAKING = 4
"""Characters from which on a setting's value is taken for the setting wherever it stands."""


Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True)
class Leaf:
    """A value, as it is and with the names of what both environments have instead of what one has."""

    raw: str
    shared: str


Leaves: TypeAlias = dict[Path, Leaf]

ABSENT = Leaf("absent", "absent")


@validator(severity="medium", controls=["soc2:CC8.1"])
def check(estate: Estate) -> Iterator[Violation]:
    """Compare each environment that is to be like another with that one."""
    for environment in estate.environments:
        model = next((one for one in estate.environments if one.name == environment.get("parity.with")), None)
        if model is not None:
            yield from _compared(estate, environment, model)
        elif environment.get("parity.with") is not None and estate.complete:
            yield environment.violation("There is no environment of that name.", at="parity.with")


def _compared(estate: Estate, ours: Environment, theirs: Environment) -> Iterator[Violation]:
    unused = [str(one) for one in ours.get("parity.only", [])]
    listed = tuple(unused)
    for stack, other in _pairs(estate, ours, theirs):
        for path, message in _differences(
            _leaves(stack, ours, theirs), _leaves(other, theirs, ours), ours, theirs
        ):
            name = next((one for one in listed if _is_about(one, stack.name, path)), None)
            if name is None:
                yield stack.violation(message, at=_in_its_words(stack, path))
            elif name in unused:
                unused.remove(name)
    for name in unused if estate.complete else []:
        at = f"parity.only[{listed.index(name)}]"
        yield ours.violation(f"{name} is listed as a difference from {theirs.name}, and is none.", at=at)


def _pairs(estate: Estate, ours: Environment, theirs: Environment) -> Iterator[tuple[Stack, Stack]]:
    """The same stack in both, then what is nested in it; its stack.yaml says where it stands in one alone."""
    for id_ in dict.fromkeys(stack.id for stack in estate.within(ours.name)):
        other = f"{theirs.name}/{id_.partition('/')[2]}"
        yield from zip(
            [one for one in estate.stacks if one.id == id_],
            [one for one in estate.stacks if one.id == other],
            strict=False,  # a nested stack that only one has is a resource that only one has
        )


def _differences(
    here: Leaves, there: Leaves, ours: Environment, theirs: Environment
) -> Iterator[tuple[Path, str]]:
    """Each value that differs, and each resource that only one of them has."""
    both = {path[0] for path in here} & {path[0] for path in there}
    for name in sorted(str(one) for one in {path[0] for path in here.keys() | there.keys()} - both):
        where = ours.name if any(path[0] == name for path in here) else theirs.name
        yield (name,), f"{name} stands only in {where}."
    for path in sorted(here.keys() | there.keys(), key=str):
        if path[0] not in both:
            continue
        mine, other = here.get(path, ABSENT), there.get(path, ABSENT)
        if mine.raw != other.raw and mine.shared != other.shared and not _follows(mine, other, ours, theirs):
            message = f"{_dotted(path)} is {mine.raw} in {ours.name} and {other.raw} in {theirs.name}."
            yield path, message


def _leaves(stack: Stack, own: Environment, other: Environment) -> Leaves:
    """Every value below `Resources`, as it is and in words that both environments share."""
    names = {(stack.account.id, "(account)"), (own.name, "(environment)")}
    names |= {
        (mine, f"({at})") for at, mine in _settings(own.settings) if _speaks(mine) and other.get(at) != mine
    }
    longest_first = sorted(names, key=_longest)
    found: Leaves = {}
    for path, value in _walk(stack.template.get("Resources", {})):
        raw = _lasting(_late(value) if isinstance(value, Unknown) else str(value))
        shared = raw
        for name, word in longest_first:
            shared = shared.replace(name, word)
        found[tuple(_lasting(part) if isinstance(part, str) else part for part in path)] = Leaf(raw, shared)
    return found


@cache
def _lasting(text: str) -> str:
    """The text without the hashes that SAM ends names with."""
    return GENERATED.sub("", text)


def _follows(mine: Leaf, other: Leaf, ours: Environment, theirs: Environment) -> bool:
    """Whether one setting in which the environments differ is the value there, and here the value or left out.

    A switch is none: `true` there and `false` here would excuse every other switch.
    """
    for at, their in _settings(theirs.settings):
        own = ours.get(at)
        if own != their and not isinstance(their, bool) and _is(mine, own) and _is(other, their):
            return True
    return False


def _is(leaf: Leaf, setting: Any) -> bool:
    return leaf.raw == str(setting) or (leaf is ABSENT and not setting)


def _late(value: Unknown) -> str:
    """What CloudFormation will evaluate; what another stack makes by its kind."""
    return json.dumps(value.expression) if value.expression is not None else f"({value.kind or 'late'})"


def _speaks(setting: Any) -> bool:
    return isinstance(setting, str) and len(setting) >= SPEAKING


def _longest(name: tuple[str, str]) -> tuple[int, tuple[str, str]]:
    return -len(name[0]), name


def _settings(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _settings(member, f"{at}.{key}" if at else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _settings(item, f"{at}[{index}]")
    else:
        yield at, value


def _walk(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(value, Unknown):
        yield path, value
    elif isinstance(value, dict):
        for key, member in value.items():
            yield from _walk(member, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, (*path, index))
    else:
        yield path, value


def _is_about(listed: str, stack: str, path: Path) -> bool:
    name = f"{stack}.{_dotted(path).replace('.Properties.', '.', 1)}"
    return name == listed or name.startswith((f"{listed}.", f"{listed}["))


def _dotted(path: Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def _in_its_words(stack: Stack, path: Path) -> Path:
    """The path in this stack's own words, as far as it goes."""
    own = next((name for name in stack.get("Resources", {}) if _lasting(name) == path[0]), None)
    return ("Resources",) if own is None else ("Resources", own, *path[1:])
