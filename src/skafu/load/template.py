"""A template as written, once it is sure that there is something in it to judge."""

from __future__ import annotations

from pathlib import Path

from skafu.load.document import read_document
from skafu.load.problems import DocumentError, problem
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
