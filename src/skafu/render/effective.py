"""An effective template as YAML, each resolved value with the chain that made it.

A value that nobody wrote down as it stands carries a comment: the places it came from, nearest first. A
value that is known only after deployment is shown as the expression CloudFormation will evaluate.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from skafu.model.estate import Stack
from skafu.model.node import Node, Unknown
from skafu.render.safe import one_line

COMMENT_COLUMN = 60
"""Where comments start, unless the line is longer."""

MAX_COMMENT = 400
"""Characters of a comment; a chain is a handful of places, an error in a reason may be a page."""


def render(stack: Stack) -> str:
    """The effective template of `stack`."""
    head = [
        f"# {stack.id}  {stack.stack_name}",
        f"# account {stack.account.name} ({stack.account.id}), digest {stack.digest[:12]}",
        f"# from {stack.definition.template}",
    ]
    return "".join(f"{line}\n" for line in [*head, *_mapping(stack.template, "")])


def _mapping(node: Node, indent: str) -> Iterator[str]:
    for key, child in node.members.items():
        yield from _member(f"{indent}{_scalar(key)}:", child, indent)


def _member(start: str, child: Node, indent: str) -> Iterator[str]:
    if child.members:
        yield _commented(start, child)
        yield from _mapping(child, f"{indent}  ")
    elif child.items:
        yield _commented(start, child)
        for item in child.items:
            yield from _item(item, f"{indent}  ")
    else:
        yield _commented(f"{start} {_leaf(child)}", child)


def _item(item: Node, indent: str) -> Iterator[str]:
    lines = list(_mapping(item, f"{indent}  ")) if item.members else []
    if lines:
        yield f"{indent}- {lines[0].lstrip()}"
        yield from lines[1:]
    elif item.items:
        yield f"{indent}-"
        for inner in item.items:
            yield from _item(inner, f"{indent}  ")
    else:
        yield _commented(f"{indent}- {_leaf(item)}", item)


def _leaf(node: Node) -> str:
    if isinstance(node.value, Unknown):
        return json.dumps(node.value.expression, ensure_ascii=False, default=str)
    return _scalar(node.value) if not isinstance(node.value, dict | list) else json.dumps(node.value)


def _scalar(value: object) -> str:
    """A scalar as YAML reads it back: JSON, without quotes where a plain word is safe."""
    if isinstance(value, str) and value.replace("-", "").replace("_", "").replace("::", "").isalnum():
        plain = value[0].isalpha() and value.lower() not in {
            "true",
            "false",
            "yes",
            "no",
            "on",
            "off",
            "null",
            "y",
            "n",
        }
        return value if plain and value.isascii() else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False, default=str)


def _commented(line: str, node: Node) -> str:
    why = []
    if isinstance(node.value, Unknown):
        why.append(f"not known before deployment: {node.value.reason}")
    why += [f"{step.what} ({step.location})" for step in node.steps]
    if not why:
        return line
    return f"{line:{COMMENT_COLUMN}}  # {one_line(' <- '.join(why), MAX_COMMENT)}"
