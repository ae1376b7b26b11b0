"""Policy documents that a declaration names by their path: a stack policy, a session policy."""

from __future__ import annotations

import json

from skafu.load.document import read_document
from skafu.load.paths import PathError, inside
from skafu.load.problems import DocumentError
from skafu.load.reader import SYNTAX, Reader
from skafu.model.node import Node

FOLDER = "stacks"
"""Where it must stand, because only what stands there decides whether a run is remembered."""

STACK_POLICY = 16_384
"""Bytes that a stack policy may have (SetStackPolicy, CloudFormation API Reference)."""

SESSION_POLICY = 2_048
"""Characters that a session policy may have (AssumeRole, STS API Reference)."""


def read_policy_document(
    reader: Reader, file: str, document: Node, path: tuple[str, ...], longest: int
) -> str | None:
    """The policy as JSON without blanks, empty where none is named; None (and a problem) where it cannot be used.

    Args:
        reader: of the repository.
        file: the file of the declaration.
        document: the declaration.
        path: where it names the policy.
        longest: bytes it may have.
    """
    written = document.get(*path)
    if written is None:
        return ""
    try:
        policy = read_document(reader.root, _file(reader, file, str(written.value)), rule=SYNTAX)
    except PathError as error:
        reader.refuse(f"the policy {written.value} {error}", document, *path)
        return None
    except DocumentError as bad:
        reader.problems.append(bad.finding)
        return None
    statements = policy.get("Statement")
    text = json.dumps(policy.plain(), separators=(",", ":"))
    if statements is None or not statements.items:
        message = "a policy needs a list Statement"
    elif len(text.encode()) > longest:
        message = f"this policy is {len(text.encode())} bytes long, and AWS takes {longest}"
    else:
        return text
    reader.tell(SYNTAX, message, policy.location)
    return None


def _file(reader: Reader, file: str, written: str) -> str:
    path = inside(reader.root, file, written)
    if not path.resolve().is_relative_to(reader.root / FOLDER):
        raise PathError(f"does not lie in {FOLDER}/")
    return path.relative_to(reader.root).as_posix()
