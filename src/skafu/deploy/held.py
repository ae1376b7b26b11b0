"""Whether CloudFormation holds what it was given."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from skafu.model.cloud import Standing, Submission

SECRET = "****"  # noqa: S105 - what DescribeStacks shows in place of a NoEcho parameter

STORED = "AWS::SSM::Parameter::Value<"
"""How the type of a parameter begins whose value CloudFormation fetches. MiniStack shows what it fetched, AWS the name."""


_BEYOND = re.compile(r"[^\x00-\x7f]")


def differences(submitted: Submission, held: Any, standing: Standing) -> dict[str, list[str]]:
    """What is not as submitted: `template`, `parameters` and `tags` -> where; empty lists where all is the same.

    Values that CloudFormation does not show are not compared: secrets, and what it resolved from Parameter Store. It
    shows every character beyond ASCII as `?` (cloudformation-coverage-roadmap, issues 814 and 1220), so a `?` is any.

    Args:
        submitted: what it was given.
        held: the template that GetTemplate returns, parsed.
        standing: what DescribeStacks returns.
    """
    given = json.loads(submitted.template)
    unseen = fetched(given) | {name for name, value in standing.parameters.items() if value == SECRET}
    return {
        "template": sorted(_unequal(given, held, "")),
        "parameters": [
            name for name in _members(submitted.parameters, standing.parameters) if name not in unseen
        ],
        "tags": _members(submitted.tags, standing.tags),
    }


def fetched(template: Mapping[str, Any]) -> frozenset[str]:
    """The parameters of a template whose values CloudFormation fetches from Parameter Store."""
    declared = template.get("Parameters", {})
    return frozenset(name for name, one in declared.items() if STORED in str(one.get("Type", "")))


def _members(given: Mapping[str, str], held: Mapping[str, str]) -> list[str]:
    names = sorted({*given, *(name for name in held if not name.startswith("aws:"))})
    return [name for name in names if not _same(given.get(name), held.get(name))]


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
    return [] if _same(given, held) else [at or "the whole"]


def _same(given: Any, held: Any) -> bool:
    if isinstance(given, str) and isinstance(held, str) and "?" in held:
        return given == held or _BEYOND.sub("?", given) == held
    return type(given) is type(held) and bool(given == held)
