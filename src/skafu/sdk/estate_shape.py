"""What may be written in a case of a validator, and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from skafu.sdk.case_text import CasesError
from skafu.sdk.case_values import is_unknown

ABOUT = ("stack", "environment", "account", "file")
"""What a violation can be about."""

EXPECTED_KEYS = {*ABOUT, "resource", "at", "message"}

_MAPPINGS = ("environments", "accounts", "stacks", "files")
_KEYS = {"name", "expect", "complete", *_MAPPINGS}
_ACCOUNT_KEYS = {"id", "allowed_resources", "purpose", "access", "deployer_role"}
_STACK_MAPPINGS = ("tags", "declaration", "parameters", "resources", "outputs", "nested")
_STACK_TEXTS = ("layer", "tier", "stack_name")
_STACK_KEYS = {"needs", *_STACK_MAPPINGS, *_STACK_TEXTS}
_NESTED_KEYS = {"parameters", "resources", "outputs"}
_NEEDS = {"depends_on": 2, "output": 3, "export": 3}
"""How many words each kind of need has."""


def checked(written: Any, number: int, line: int) -> Mapping[str, Any]:
    """The case, if an estate can be made of it.

    Args:
        written: the case as written.
        number: which one it is, from 1.
        line: where it starts.

    Raises:
        CasesError: it cannot; the message says why.
    """
    if not isinstance(written, dict) or not {"name", "expect"} <= written.keys() <= _KEYS:
        allowed = ", ".join(sorted(_KEYS))
        raise CasesError(line, f"case {number} needs name and expect, and may have {allowed}")
    for reason in _reasons(written):
        raise CasesError(line, f"{written['name']}: {reason}")
    return written


def _reasons(written: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with it, the first thing first; what comes after may rest on it."""
    yield from (f"{key} is a mapping" for key in _MAPPINGS if not _is_mapping(written.get(key, {})))
    if not isinstance(written.get("complete", True), bool):
        yield "complete is true or false"
    for name, settings in written.get("environments", {}).items():
        if not _is_mapping(settings):
            yield f"the environment {name} is a mapping"
        if not isinstance(settings.get("account", ""), str):
            yield f"the account of the environment {name} is text"
    for name, account in written.get("accounts", {}).items():
        yield from _of_account(name, account)
    if any(not isinstance(text, str) for text in written.get("files", {}).values()):
        yield "a file is text"
    for id_, body in written.get("stacks", {}).items():
        yield from _of_stack(id_, body)


def _of_account(name: str, account: Any) -> Iterator[str]:
    if not _is_mapping(account) or not account.keys() <= _ACCOUNT_KEYS:
        yield f"the account {name} may have {', '.join(sorted(_ACCOUNT_KEYS))}"
    if not isinstance(account.get("allowed_resources", []), list):
        yield f"allowed_resources of the account {name} is a list"
    if any(not isinstance(account.get(key, ""), str) for key in _ACCOUNT_KEYS - {"allowed_resources"}):
        yield f"what the account {name} says is text; put it in quotes"


def _of_stack(id_: str, body: Any) -> Iterator[str]:
    if len(id_.split("/")) != len(("environment", "region", "name")) or not all(id_.split("/")):
        yield f"the stack {id_} is called environment/region/name"
    if not _is_mapping(body) or not body.keys() <= _STACK_KEYS:
        yield f"the stack {id_} may have {', '.join(sorted(_STACK_KEYS))}"
    for key in _STACK_MAPPINGS:
        if not _is_mapping(body.get(key, {})):
            yield f"{key} of the stack {id_} is a mapping"
    for key in _STACK_TEXTS:
        if not isinstance(body.get(key, ""), str):
            yield f"{key} of the stack {id_} is text"
    needs = body.get("needs", [])
    if not isinstance(needs, list) or not all(_is_need(one) for one in needs):
        yield f"needs of the stack {id_} is a list of depends_on STACK, output STACK NAME and export STACK NAME"
    for part in (body, *body.get("nested", {}).values()):
        yield from _of_part(id_, body, part)


def _of_part(id_: str, body: Any, part: Any) -> Iterator[str]:
    """What is wrong with the template of a stack, or with one that is nested in it."""
    if part is not body and (not _is_mapping(part) or not part.keys() <= _NESTED_KEYS):
        yield f"what is nested in the stack {id_} may have {', '.join(sorted(_NESTED_KEYS))}"
    if any(not _is_mapping(value) for key, value in part.items() if key in _NESTED_KEYS):
        yield f"what is nested in the stack {id_} has mappings"
    for logical_id, resource in part.get("resources", {}).items():
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            yield f"the resource {logical_id} of the stack {id_} has no Type"


def _is_need(written: Any) -> bool:
    words = written.split() if isinstance(written, str) else [""]
    return _NEEDS.get(words[0] if words else "") == len(words)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, dict) and not is_unknown(value)
