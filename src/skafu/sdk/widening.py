"""Comparing policy documents: what a change allows that was not allowed before.

Statements are compared by what they mean: order, case of actions and `Sid` do not matter, a wildcard covers what it
matches, and a statement may move into another. What only deployment tells is the same where the same expression
makes it.

Where nobody can say whether one covers the other (two overlapping wildcards, conditions of different kinds), it
counts as allowed anew: a person looks at it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from skafu.model.place import Path
from skafu.sdk.reading import as_list
from skafu.sdk.statements import Statement
from skafu.sdk.unknown import Unknown

ELEMENTS = ("Principal", "Action", "Resource")
"""What a statement is about, each also with `Not` before it."""

EVERYTHING = "*"

LATE = "\0"
"""With what the text of a value begins that only deployment tells; no other text does."""

_ACCOUNT = re.compile(r"\d{12}")


@dataclass(frozen=True, slots=True)
class _Element:
    """What a statement says under `Action`, `Resource` or `Principal`; `excluded` where it says all but these."""

    values: frozenset[str]
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class _Grant:
    """A statement, ready to be compared."""

    at: Path
    effect: str
    elements: tuple[_Element, ...]
    conditions: Mapping[tuple[str, str], frozenset[str]]


def widened(
    before: Iterable[tuple[Path, Statement]], after: Iterable[tuple[Path, Statement]]
) -> Iterator[tuple[Path, str | Unknown]]:
    """What is allowed after and was not before: where, and what, as the end of the sentence "it allows ...".

    What is no longer denied is told where it was denied. An `Unknown` stands for what nobody can tell: a statement
    that only deployment tells, or a value that may be one that was there before under its own name.

    Args:
        before: the statements as they stand; see `skafu.sdk.statements.statements`.
        after: the statements as they will stand.

    Raises:
        ValueError: one of them is no statement.
    """
    read: dict[str, str | Unknown] = {}
    old, unread = _grants(before, read)
    new, open_ = _grants(after, read)
    yield from ((at, one) for text, (at, one) in open_.items() if text not in unread)
    doubt = next((one for text, (_, one) in unread.items() if text not in open_), None)
    gone = [_values(old, index) - _values(new, index) for index in range(len(ELEMENTS))]
    allowed, denied = ([one for one in new if one.effect == effect] for effect in ("Allow", "Deny"))
    for grant in allowed:
        others = [one for one in old if one.effect == "Allow"]
        missing = next(_uncovered(grant, others), None)
        if missing is not None:
            values = (value for one, lost in zip(missing, gone, strict=True) if lost for value in one.values)
            late = map(read.get, values)
            answers = (doubt, *(one for one in late if isinstance(one, Unknown)))
            known = _told(missing, read) + _otherwise(missing, others)
            yield grant.at, next((one for one in answers if one is not None), known)
    for grant in (one for one in old if one.effect == "Deny"):
        missing = next(_uncovered(grant, denied), None)
        if missing is not None:
            yield grant.at, f"{_told(missing, read)}, which was denied"


def added(before: Any, after: Any) -> list[Any]:
    """The items of a list, or the one value, that were not there before."""
    there = {_text(one, {}) for one in _items(before)}
    return [one for one in _items(after) if _text(one, {}) not in there]


def _grants(
    statements: Iterable[tuple[Path, Statement]], read: dict[str, str | Unknown]
) -> tuple[list[_Grant], dict[str, tuple[Path, Unknown]]]:
    """The statements, and those that only deployment tells, by their expression. Fills `read`."""
    grants: list[_Grant] = []
    unread: dict[str, tuple[Path, Unknown]] = {}
    for at, statement in statements:
        if isinstance(statement, Unknown):
            unread[_text(statement, read)] = (at, statement)
        elif not isinstance(statement, Mapping) or statement.get("Effect") not in ("Allow", "Deny"):
            raise ValueError(f"{'.'.join(map(str, at))} is no statement that allows or denies")
        else:
            elements = tuple(_element(statement, name, read) for name in ELEMENTS)
            grants.append(_Grant(at, statement["Effect"], elements, _conditions(statement, read)))
    return grants, unread


def _element(statement: Mapping[str, Any], name: str, read: dict[str, str | Unknown]) -> _Element:
    excluded = f"Not{name}" in statement
    given = statement.get(f"Not{name}" if excluded else name)
    if name == "Principal":
        return _Element(frozenset(_principals(given, read)), excluded)
    values = [_text(one, read) for one in _items(given)] or [""]
    if name == "Action":
        for one in values:
            read.setdefault(one.lower(), one)
        values = [one if one.startswith(LATE) else one.lower() for one in values]
    return _Element(frozenset(values), excluded)


def _principals(given: Any, read: dict[str, str | Unknown]) -> Iterator[str]:
    """Each with its kind before it; an account is the same by its number as by its root."""
    if given is None:
        yield ""
        return
    if isinstance(given, Unknown) or not isinstance(given, Mapping):
        given = {"AWS": given}
    for kind, named in given.items():
        for one in _items(named):
            text = _text(one, read)
            if text.startswith(LATE) or text == EVERYTHING:
                yield text
            elif _ACCOUNT.fullmatch(text):
                yield f"{kind} arn:aws:iam::{text}:root"
            else:
                yield f"{kind} {text}"


def _conditions(
    statement: Mapping[str, Any], read: dict[str, str | Unknown]
) -> Mapping[tuple[str, str], frozenset[str]]:
    return {
        (test, key.lower()): frozenset(_text(one, read) for one in _items(given))
        for test, tested in (statement.get("Condition") or {}).items()
        for key, given in tested.items()
    }


def _items(given: Any) -> list[Any]:
    return [given] if isinstance(given, Unknown) else as_list(given)


def _text(value: Any, read: dict[str, str | Unknown]) -> str:
    """A value as text; what only deployment tells as its expression, which no value looks like."""
    if not isinstance(value, Unknown):
        return str(value).lower() if isinstance(value, bool) else str(value)
    text = f"{LATE}{json.dumps(value.expression, sort_keys=True)}"
    read[text] = value
    return text


def _values(grants: Iterable[_Grant], index: int) -> set[str]:
    return {value for grant in grants for value in grant.elements[index].values}


def _uncovered(grant: _Grant, others: Iterable[_Grant]) -> Iterator[tuple[_Element, ...]]:
    """Each principal, action and resource of the statement that none of the others covers."""
    able = [one for one in others if _implied(one.conditions, grant.conditions)]
    # Most statements stay as they are, or move as a whole.
    if any(all(map(_covers_all, one.elements, grant.elements)) for one in able):
        return
    for combination in product(*(_members(element) for element in grant.elements)):
        if not _covered(combination, able):
            yield combination


def _covered(combination: tuple[_Element, ...], others: Iterable[_Grant]) -> bool:
    return any(all(map(_covers, one.elements, combination)) for one in others)


def _members(element: _Element) -> list[_Element]:
    """Each of its values alone; what is excluded stays together."""
    if element.excluded:
        return [element]
    return [_Element(frozenset([value])) for value in sorted(element.values)]


def _covers_all(one: _Element, other: _Element) -> bool:
    return all(_covers(one, member) for member in _members(other))


def _covers(one: _Element, other: _Element) -> bool:
    """Whether all that the other is about, the one is about; the other has one value, or excludes."""
    if other.excluded:
        if one.excluded:
            return all(any(_matches(old, new) for new in other.values) for old in one.values)
        return EVERYTHING in one.values
    (value,) = other.values
    if one.excluded:
        return not any(_overlap(value, excluded) for excluded in one.values)
    return any(_matches(value, pattern) for pattern in one.values)


def _implied(wanted: Mapping[tuple[str, str], frozenset[str]], given: Mapping[Any, frozenset[str]]) -> bool:
    """Whether a request that meets the given conditions meets the wanted ones too."""
    for (test, key), values in wanted.items():
        there = given.get((test, key))
        if there is None or not (values <= there if "Not" in test else there <= values):
            return False
    return True


def _overlap(one: str, other: str) -> bool:
    if _matches(one, other) or _matches(other, one):
        return True
    heads = [re.split(r"[*?]", text, maxsplit=1)[0] for text in (one, other)]
    both = all("*" in text or "?" in text for text in (one, other))
    return both and (heads[0].startswith(heads[1]) or heads[1].startswith(heads[0]))


def _matches(value: str, pattern: str) -> bool:
    """Whether the pattern, with IAM's wildcards, covers the value, which may be a pattern itself."""
    if pattern in (value, EVERYTHING):
        return True
    return not pattern.startswith(LATE) and _expression(pattern).fullmatch(value) is not None


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    parts = (".*" if one == "*" else "." if one == "?" else re.escape(one) for one in pattern)
    return re.compile("".join(parts), re.DOTALL)


def _told(missing: tuple[_Element, ...], read: Mapping[str, str | Unknown]) -> str:
    """As `dynamodb:GetItem on arn:aws:... to AWS arn:aws:iam::...:root`."""
    principal, action, resource = (_shown(element, read) for element in missing)
    return " ".join(
        [
            action or "it",
            *([f"on {resource}"] if resource else []),
            *([f"to {principal}"] if principal else []),
        ]
    )


def _otherwise(missing: tuple[_Element, ...], others: Iterable[_Grant]) -> str:
    return " under other conditions" if _covered(missing, others) else ""


def _shown(element: _Element, read: Mapping[str, str | Unknown]) -> str:
    values = ", ".join(sorted(named(read.get(value, value)) for value in element.values))
    return f"all but {values}" if element.excluded else values


def named(value: Any) -> str:
    """A value as people read it; one that only deployment tells by the resources it is made of, or its expression."""
    if not isinstance(value, Unknown):
        return str(value)
    if not isinstance(value.expression, dict):
        return "what only deployment tells"
    return ", ".join(sorted(value.resources)) or json.dumps(value.expression)
