"""Whether CloudFormation holds what it was given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from skafu.model.cloud import Standing, Submission

SECRET = "****"  # noqa: S105 - what DescribeStacks shows in place of a NoEcho parameter


def differences(submitted: Submission, held: Any, standing: Standing) -> dict[str, list[str]]:
    """What is not as submitted: `template`, `parameters` and `tags` -> where; empty lists where all is the same.

    Values that CloudFormation does not show are not compared: secrets, and what it resolved from Parameter Store.

    Args:
        submitted: what it was given.
        held: the template that GetTemplate returns, parsed.
        standing: what DescribeStacks returns.
    """
    given = json.loads(submitted.template)
    return {
        "template": sorted(_unequal(given, held, "")),
        "parameters": _members(submitted.parameters, standing.parameters, ignored=SECRET),
        "tags": _members(submitted.tags, standing.tags, ignored=None),
    }


def _members(given: Mapping[str, str], held: Mapping[str, str], ignored: str | None) -> list[str]:
    names = sorted({*given, *(name for name in held if not name.startswith("aws:"))})
    return [
        name
        for name in names
        if given.get(name) != held.get(name) and not (ignored is not None and held.get(name) == ignored)
    ]


def _unequal(given: Any, held: Any, at: str) -> list[str]:
    """The deepest places that differ; a number and its text are two things here."""
    if isinstance(given, Mapping) and isinstance(held, Mapping):
        return [
            place
            for key in {*given, *held}
            for place in (
                _unequal(given[key], held[key], f"{at}.{key}" if at else str(key))
                if key in given and key in held
                else [f"{at}.{key}" if at else str(key)]
            )
        ]
    if isinstance(given, list) and isinstance(held, list) and len(given) == len(held):
        return [
            place
            for index, pair in enumerate(zip(given, held, strict=True))
            for place in _unequal(*pair, f"{at}[{index}]")
        ]
    same = type(given) is type(held) and given == held
    return [] if same else [at or "the whole"]
