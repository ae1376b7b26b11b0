"""A template as written, once it is sure that there is something in it to judge."""

from __future__ import annotations

from pathlib import Path

from skafu.load.document import read_document
from skafu.load.paths import PathError, inside
from skafu.load.problems import DocumentError, problem
from skafu.model.artifacts import artifact_places, local_paths
from skafu.model.node import Node

RULE = "template-syntax"


def read_template(root: Path, file: str) -> Node:
    """Read the template `file`, a path relative to `root`.

    Raises:
        DocumentError: when it cannot be read, or has no resources: judges would find nothing wrong with it.
    """
    template = read_document(root, file, rule=RULE)
    resources = template.get("Resources")
    if resources is None:
        message, at = f"{file} is no CloudFormation template: it has no Resources", template.location
    elif not isinstance(resources.value, dict):
        message, at = f"Resources in {file} must be a mapping of name to resource", resources.place
    elif not resources.value:
        message, at = f"Resources in {file} is empty, so there is nothing to judge", resources.place
    else:
        return template
    raise DocumentError(
        problem(RULE, message, at, fix="CloudFormation takes no template without a resource.")
    )


def nested_templates(root: Path, file: str, template: Node) -> list[str]:
    """The files of the templates that `template`, which stands in `file`, nests and that are in the repository.

    What it names and is not there is a finding of `artifacts`.
    """
    found: list[str] = []
    nesting = (place.node for place in artifact_places(template) if place.form == "template")
    for node in [path for written in nesting for path in local_paths(written)]:
        try:
            found.append(inside(root, file, str(node.value)).relative_to(root.resolve()).as_posix())
        except PathError:
            continue
    return found


def nested_library(root: Path, file: str, template: Node) -> dict[str, Node]:
    """The template and everything nested in it, at any depth: file -> template. What cannot be read is left out."""
    library = {file: template}
    pending = nested_templates(root, file, template)
    while pending:
        inner = pending.pop(0)
        if inner not in library:
            try:
                library[inner] = read_template(root, inner)
            except DocumentError:
                continue
            pending += nested_templates(root, inner, library[inner])
    return library
