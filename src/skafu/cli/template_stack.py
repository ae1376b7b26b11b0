"""One template, read and resolved as if it were a stack of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from skafu.cli.judging import Fresh
from skafu.load import DocumentError, digest_artifact, load_template, nested_library
from skafu.model.artifacts import local_artifacts
from skafu.model.estate import Account, Definition, Environment, Stack, StackId
from skafu.model.node import Node
from skafu.resolve import (
    Placement,
    Translate,
    deployable,
    expand,
    parts,
    resolve_template,
    sha256,
    with_nested,
)

ACCOUNT = "000000000000"
"""Stands for the account of a template that belongs to no estate."""

UNGIVEN = "parameter-missing"
"""A scan is not told every parameter: a value that is not given is unknown, not wrong."""


@dataclass(frozen=True, slots=True)
class Read:
    """A template as written, with all that belongs to it.

    Attributes:
        path: as given on the command line.
        source: the template.
        library: the template and those nested in it, by file.
        code: the local code they name, (template, path as written) -> digest; empty where it cannot be used:
            `sam build` may not have made all of it yet.
    """

    path: Path
    source: Node
    library: Mapping[str, Node]
    code: Mapping[tuple[str, str], str]

    @property
    def beside(self) -> list[str]:
        """Where everything stands that the template names, nested templates included."""
        return sorted({os.path.normpath(Path(file).parent / written) for file, written in self.code})


def read(path: Path) -> Read:
    """The template and what belongs to it, as they are now.

    Raises:
        DocumentError: it cannot be read.
    """
    source = load_template(path)
    library = nested_library(Path(), path.as_posix(), source)
    return Read(path, source, library, _code(library))


@dataclass(frozen=True, slots=True)
class Resolver:
    """How templates become stacks.

    Attributes:
        given: parameter -> value; a template takes those that it declares.
        region: where they would stand.
        translate: expands SAM.
    """

    given: Mapping[str, Node]
    region: str
    translate: Translate

    def part(self, found: Read) -> Fresh:
        """The stack, and what resolving it found."""
        path, source = found.path, found.source
        usable = {place: one for place, one in found.code.items() if one}
        id_ = StackId("scan", self.region, path.as_posix())
        declared = source.get("Parameters")
        fitting = {name: one for name, one in self.given.items() if declared and name in declared.members}
        placement = Placement(ACCOUNT, self.region, path.stem)
        origin = Node({}, source.location)
        resolved, scope = resolve_template(source, fitting, origin, placement, lambda _: None, found.library)
        resolved = expand(resolved, scope, self.region, usable, self.translate)
        whole = parts(deployable(resolved, placement, origin, {}))
        stack = Stack(
            id=id_,
            definition=Definition(path.as_posix(), "", path.as_posix(), ("scan",), (self.region,), origin),
            account=Account("scan", ACCOUNT, "", "", "", (), origin),
            environment=Environment("scan", "scan", self.region, (self.region,), origin),
            stack_name=path.stem,
            source=source,
            template=resolved.template,
            parameters=resolved.parameters,
            tags={},
            references=(),
            digest=sha256(whole),
            parts=whole,
            obstacle=resolved.obstacle,
        )
        known = (replace(one, stacks=(id_,)) for one in resolved.findings if one.rule != UNGIVEN)
        return Fresh((with_nested(stack, resolved),), tuple(known))


def _code(library: Mapping[str, Node]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for file, template in library.items():
        for node in local_artifacts(template):
            place = (file, str(node.value))
            try:
                found[place] = digest_artifact(Path(), file, node)
            except DocumentError:
                found[place] = ""
    return found
