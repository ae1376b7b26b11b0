"""Reading policy documents: what identities may do, and whom resources let in."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

from skafu.model.place import Path, dotted
from skafu.sdk.reading import At, as_list, parts
from skafu.sdk.subjects import Resource
from skafu.sdk.unknown import Unknown

Statement: TypeAlias = Any
"""A mapping as IAM defines it, or the `Unknown` that stands for it."""


def statements(resource: Resource, document: At) -> Iterator[tuple[Path, Statement]]:
    """Each statement of the policy document at a path of the resource's properties, and where it stands.

    A document may be a mapping or JSON text, its `Statement` one mapping or a list of them. What only deployment
    tells, the document or a statement, is given as the `Unknown` it is: reading it leaves a policy unanswered, and
    a validator has to test for it. There is none where there is no document.

    Raises:
        ValueError: the document is text that is not JSON, or is no mapping.
    """
    at = parts(document)
    given = resource.get(at)
    if isinstance(given, Unknown):
        yield at, given
        return
    if isinstance(given, str):
        given = _decoded(given, resource, at)
    if given is None:
        return
    if not isinstance(given, Mapping):
        raise ValueError(f"{dotted(at)} of {resource.logical_id} is no document")  # noqa: TRY004  (as bad JSON is)
    listed = given.get("Statement", [])
    if isinstance(listed, Unknown | Mapping):
        yield (*at, "Statement"), listed
    else:
        yield from (((*at, "Statement", index), one) for index, one in enumerate(listed))


def permissions(identity: Resource) -> Iterator[tuple[Path, Statement]]:
    """Each statement about what an `AWS::IAM` resource or a permission set may do, and where it stands.

    Those are `PolicyDocument`, `InlinePolicy` and the documents of `Policies`; trust is none of them. See
    `statements`.
    """
    yield from statements(identity, ("PolicyDocument",))
    yield from statements(identity, ("InlinePolicy",))
    inline = identity.get("Policies")
    if isinstance(inline, Unknown):
        yield ("Policies",), inline
        return
    for index, one in enumerate(as_list(inline)):
        at = ("Policies", index)
        if isinstance(one, Unknown):
            yield at, one
        else:
            yield from statements(identity, (*at, "PolicyDocument"))


def allows(statement: Mapping[str, Any], action: str) -> bool:
    """Whether an `Allow` statement is about an action such as `iam:PassRole`, through `Action` or `NotAction`.

    The effect and the resources are for the caller to look at. Wildcards are IAM's; case does not matter.
    """
    name = "NotAction" if "NotAction" in statement else "Action"
    given = statement.get(name)
    listed = [given] if isinstance(given, Unknown) else as_list(given)
    named = any(fnmatchcase(action.lower(), str(one).lower()) for one in listed)
    return named == (name == "Action")


def narrowed(statement: Mapping[str, Any], keys: Collection[str], tests: Collection[str]) -> bool:
    """Whether a condition of the statement holds it to somebody: tests one of the keys against something definite.

    A value that is empty or has a wildcard holds to nobody, but for what follows the account in an ARN. What only
    deployment tells is something definite.

    Args:
        statement: as IAM defines it.
        keys: shell-style patterns of condition keys in lower case. Only the value of one that ends with `arn` is read as an ARN.
        tests: the operators that count, in IAM's spelling. Those with `IfExists` or `ForAllValues` are met by a
            request without the key, and those with `Not` by all others: they narrow nothing.
    """
    return any(
        any(fnmatchcase(key.lower(), wanted) for wanted in keys)
        and not any(_is_open(key, one) for one in ([given] if isinstance(given, Unknown) else as_list(given)))
        for test, tested in (statement.get("Condition") or {}).items()
        if test in tests
        for key, given in tested.items()
    )


def _is_open(key: str, value: Any) -> bool:
    if isinstance(value, Unknown):
        return False
    whose = str(value)
    if key.lower().endswith("arn") and whose.startswith("arn:"):
        whose = [*whose.split(":", 5), *[whose] * 4][4]
    return str(value) == "" or "*" in whose or "?" in whose


def _decoded(text: str, resource: Resource, at: Path) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{dotted(at)} of {resource.logical_id} is not JSON: {error}") from None
