"""The file that says which resources that exist a stack takes over."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from skafu.load.document import read_document
from skafu.load.reader import SYNTAX
from skafu.model.errors import InputError


def read_imports(file: str) -> dict[str, Mapping[str, str]]:
    """Logical id -> identifier of the resource (property -> value); nothing where no file is named.

    Raises:
        DocumentError: it cannot be read.
        InputError: it is no mapping of logical id to identifier.
    """
    if not file:
        return {}
    document = read_document(Path(), file, rule=SYNTAX)
    found: dict[str, Mapping[str, str]] = {}
    for name, identifier in document.members.items():
        if not identifier.members or any(
            not isinstance(one.value, str) for one in identifier.members.values()
        ):
            message = f"{name} needs the properties that identify it, as in BucketName: my-bucket"
            raise InputError(message, at=identifier.place)
        found[name] = {key: str(one.value) for key, one in identifier.members.items()}
    if not found:
        raise InputError(
            f"{file} names no resource", hint="Write a mapping: logical id, then its identifier."
        )
    return found
