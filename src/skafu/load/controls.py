"""The registers of controls, `policies/controls/<framework>.yaml`."""

from __future__ import annotations

from pathlib import PurePosixPath

from skafu.load import schema
from skafu.load.reader import REFERENCE, SCHEMA, Reader
from skafu.model.control import Control, Framework
from skafu.model.node import Node
from skafu.model.place import Location

FOLDER = "policies/controls"


def load_controls(reader: Reader) -> dict[str, Framework]:
    """The frameworks that are registered, by id; a repository need not register any."""
    found: dict[str, Framework] = {}
    files: dict[str, str] = {}
    for file in reader.files(FOLDER):
        name = PurePosixPath(file).stem
        if not file.endswith((".yaml", ".yml")):
            message = f"{file} is no register of controls"
            reader.tell(SCHEMA, message, Location(file), fix=f"{FOLDER}/ holds <framework>.yaml files only.")
        elif name in files:
            message = f'the framework "{name}" is registered twice, in {files[name]} too'
            reader.tell(REFERENCE, message, Location(file), fix="Put its controls into one file.")
        else:
            files[name] = file
            document = reader.document(file, schema.shipped("controls"))
            if document is None:
                continue
            if document.text("framework") != name:
                message = f"{file} is the register of {name}, not of {document.text('framework')}"
                reader.refuse(message, document, "framework", fix="Name the file as the framework.")
                continue
            found[name] = _framework(document)
    return found


def _framework(document: Node) -> Framework:
    name = document.text("framework")
    controls = document.nearest(("controls",)).members
    return Framework(
        id=name,
        title=document.text("title"),
        version=document.text("version"),
        source=document.text("source"),
        controls=tuple(_control(name, id_, node) for id_, node in controls.items()),
    )


def _control(framework: str, id_: str, node: Node) -> Control:
    return Control(
        framework=framework,
        id=id_,
        title=node.text("title"),
        policies=_texts(node, "preventive", "policies"),
        validators=_texts(node, "preventive", "validators"),
        checkov=_texts(node, "preventive", "checkov"),
        cfn_lint=_texts(node, "preventive", "cfn_lint"),
        prevented_by=_texts(node, "preventive", "resources"),
        config_rules=_texts(node, "detective", "config_rules"),
        detected_by=_texts(node, "detective", "resources"),
        manual=_line(node, "manual"),
        not_covered=_line(node, "not_covered"),
        node=node,
    )


def _texts(node: Node, *path: str) -> tuple[str, ...]:
    listed = node.get(*path)
    return tuple(str(item.value) for item in listed.items) if listed else ()


def _line(node: Node, key: str) -> str:
    """A text that may be folded over several lines, on one."""
    return " ".join(node.text(key).split())
