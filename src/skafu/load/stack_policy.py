"""The stack policy that a declaration names: what an update may do to which resource."""

from __future__ import annotations

import json

from skafu.load.document import read_document
from skafu.load.paths import PathError, inside
from skafu.load.problems import DocumentError
from skafu.load.reader import SYNTAX, Reader
from skafu.model.node import Node

FOLDER = "stacks"
"""Where it must stand, because only what stands there decides whether a run is remembered."""

LONGEST = 16_384
"""Bytes that a stack policy may have (SetStackPolicy, API Reference)."""


def read_stack_policy(reader: Reader, file: str, document: Node) -> str | None:
    """The policy as JSON, empty where none is named; None (and a problem) where it cannot be used."""
    written = document.get("stack_policy")
    if written is None:
        return ""
    try:
        policy = read_document(reader.root, _file(reader, file, str(written.value)), rule=SYNTAX)
    except PathError as error:
        reader.refuse(f"the stack policy {written.value} {error}", document, "stack_policy")
        return None
    except DocumentError as bad:
        reader.problems.append(bad.finding)
        return None
    statements = policy.get("Statement")
    text = json.dumps(policy.plain(), indent=2)
    if statements is None or not statements.items:
        message = "a stack policy needs a list Statement"
    elif len(text.encode()) > LONGEST:
        message = f"the stack policy is {len(text.encode())} bytes long, and CloudFormation takes {LONGEST}"
    else:
        return text
    reader.tell(SYNTAX, message, policy.location, fix="See Prevent updates to stack resources in its guide.")
    return None


def _file(reader: Reader, file: str, written: str) -> str:
    path = inside(reader.root, file, written)
    if not path.resolve().is_relative_to(reader.root / FOLDER):
        raise PathError(f"does not lie in {FOLDER}/")
    return path.relative_to(reader.root).as_posix()
