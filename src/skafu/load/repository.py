"""The files of a repository -> declarations, with a finding for everything that cannot be used.

Nothing here stops at the first mistake: what can be read is read, so that one run tells all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from skafu.load import declarations, schema
from skafu.load.artifacts import digest_artifact
from skafu.load.claims import check_claims
from skafu.load.controls import load_controls
from skafu.load.document import read_document
from skafu.load.environments import load_environments
from skafu.load.inline_skips import load_inline_skips
from skafu.load.paths import PathError, inside
from skafu.load.policy_document import SESSION_POLICY, STACK_POLICY, read_policy_document
from skafu.load.problems import DocumentError
from skafu.load.reader import REFERENCE, SYNTAX, Reader
from skafu.load.strictness import check_policies, load_seats, load_thresholds, load_waivers
from skafu.load.template import nested_templates, read_template
from skafu.model.artifacts import local_artifacts
from skafu.model.declarations import Declarations
from skafu.model.errors import InputError
from skafu.model.estate import Definition, Environment
from skafu.model.nearest import nearest
from skafu.model.node import Node
from skafu.model.place import Location

ACCOUNTS = "stacks/accounts.yaml"

NAMES = ("stack.yaml", "stack.yml")
"""What the file of a definition is called."""


def load_repository(root: Path) -> Declarations:
    """Read everything that the repository at `root` declares.

    Raises:
        InputError: when `root` holds no estate at all: no `stacks/`, or no stack in it.
    """
    reader = Reader(root)
    files = _stack_files(reader)
    document = reader.document(ACCOUNTS, schema.shipped("accounts"))
    accounts = declarations.accounts(document) if document else {}
    session_policy = (
        read_policy_document(reader, ACCOUNTS, document, ("deployment", "session_policy"), SESSION_POLICY)
        if document
        else ""
    )
    environments = load_environments(reader, accounts)
    definitions = _definitions(reader, files, environments)
    templates = _templates(reader, definitions)
    artifacts = _artifacts(reader, templates)
    seats, thresholds, waivers = load_seats(reader), load_thresholds(reader), load_waivers(reader)
    check_policies(reader, seats)
    frameworks = load_controls(reader)
    check_claims(reader, frameworks)
    usable = {name: one for name, one in definitions.items() if one.template in templates}
    return Declarations(
        estate=document.text("estate") if document else "",
        accounts=accounts,
        deployment=document.get("deployment") if document else None,
        session_policy=session_policy or "",
        environments=environments,
        definitions=usable,
        templates=templates,
        artifacts=artifacts,
        seats=seats,
        thresholds=thresholds,
        waivers=waivers,
        frameworks=frameworks,
        inline_skips=load_inline_skips(reader.root, usable.values(), environments, templates),
        problems=tuple(sorted(reader.problems, key=lambda finding: (finding.location, finding.message))),
    )


def load_template(path: Path) -> Node:
    """Read one template outside of any repository; its locations carry the path as given.

    Raises:
        DocumentError: when it cannot be read, or has no resources.
    """
    return read_template(Path(), path.as_posix())


def load_values(path: Path) -> Node:
    """Read a file of parameter values: a mapping, or the list form that the AWS CLI takes.

    Raises:
        DocumentError: when it cannot be read.
        InputError: when it has neither form.
    """
    file = path.as_posix()
    try:
        listed = json.loads(path.read_text("utf-8")) if path.suffix == ".json" else None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        listed = None  # read_document below says what is wrong with it
    if not isinstance(listed, list):
        return read_document(Path(), file, rule=SYNTAX)
    at = Location(file)
    try:
        pairs = {str(item["ParameterKey"]): Node(item["ParameterValue"], at) for item in listed}
    except (TypeError, KeyError):
        message = "each item needs a ParameterKey and a ParameterValue"
        raise InputError(message, at=at, hint="Or write a mapping of parameter to value.") from None
    return Node(pairs, at)


def _stack_files(reader: Reader) -> list[str]:
    if not (reader.root / "stacks").is_dir():
        raise InputError(
            f"there is no folder stacks/ in {reader.root.name}/, so there is nothing to judge",
            hint="Run skafu in the root of a repository that has one, or judge single templates "
            "with `skafu scan TEMPLATE`.",
        )
    files = [file for file in reader.files("stacks") if Path(file).name in NAMES]
    for folder in sorted(path for name in NAMES for path in (reader.root / "stacks").rglob(name)):
        if folder.is_dir():
            file = folder.relative_to(reader.root).as_posix()
            fix = "A stack is declared by a file of that name."
            reader.tell(SYNTAX, f"{file} is a folder, not a file", Location(file), fix=fix)
    if not files and not reader.problems:
        raise InputError(
            "stacks/ holds no stack.yaml, so there is nothing to judge",
            hint="A stack is a folder stacks/<layer>/<name>/ with a stack.yaml and a template.",
        )
    return files


def _definitions(
    reader: Reader, files: Iterable[str], environments: dict[str, Environment]
) -> dict[str, Definition]:
    found: dict[str, Definition] = {}
    for file in files:
        document = reader.document(file, schema.shipped("stack"))
        if document is None:
            continue
        template = _template(reader, file, document)
        policy = read_policy_document(reader, file, document, ("stack_policy",), STACK_POLICY)
        definition = declarations.definition(document, file, template or "", policy or "")
        sound = _places_exist(reader, definition, environments) and None not in {template, policy}
        if definition.name in found:
            other = found[definition.name].node.location.file
            message = f'the stack "{definition.name}" is defined twice, in {other} too'
            reader.tell(REFERENCE, message, document.location, fix="Rename a folder.")
        elif sound:
            found[definition.name] = definition
    return found


def _template(reader: Reader, file: str, document: Node) -> str | None:
    """The template's path relative to the root, or None (and a problem) when there is none inside of it."""
    written = document.text("template")
    try:
        return inside(reader.root, file, written).relative_to(reader.root).as_posix()
    except PathError as error:
        reader.refuse(f"the template {written} {error}", document, "template")
        return None


def _places_exist(reader: Reader, definition: Definition, environments: dict[str, Environment]) -> bool:
    """Whether everything that the definition says about its places can be; a problem for each that cannot."""
    before = len(reader.problems)
    for index, name in enumerate(definition.environments):
        if reader.named and name not in reader.named:
            message = f'there is no environment "{name}"'
            fix = nearest(name, reader.named)
            reader.refuse(message, definition.node, "environments", index, fix=fix)
    if not definition.regions or any(name not in environments for name in definition.environments):
        return len(reader.problems) == before
    regions = {name: environments[name].regions for name in definition.environments}
    known = {region for listed in regions.values() for region in listed}
    for index, region in enumerate(definition.regions):
        if region not in known:
            message = f'none of its environments has the region "{region}"'
            fix = nearest(region, known)
            reader.refuse(message, definition.node, "regions", index, fix=fix)
    if len(reader.problems) == before:
        for index, (name, listed) in enumerate(regions.items()):
            if not set(listed) & set(definition.regions):
                message = f'the environment "{name}" has none of the regions of this stack'
                fix = f"Its regions: {', '.join(listed)}."
                reader.refuse(message, definition.node, "environments", index, fix=fix)
    return len(reader.problems) == before


def _templates(reader: Reader, definitions: dict[str, Definition]) -> dict[str, Node]:
    """The templates of the definitions, and those nested in them."""
    found: dict[str, Node] = {}
    pending = sorted({definition.template for definition in definitions.values()})
    while pending:
        file = pending.pop(0)
        if file in found:
            continue
        try:
            found[file] = read_template(reader.root, file)
        except DocumentError as bad:
            if bad.finding not in reader.problems:
                reader.problems.append(bad.finding)
            continue
        pending += nested_templates(reader.root, file, found[file])
    return found


def _artifacts(reader: Reader, templates: dict[str, Node]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for file, template in templates.items():
        for node in local_artifacts(template):
            try:
                found[file, str(node.value)] = digest_artifact(reader.root, file, node)
            except DocumentError as bad:
                reader.problems.append(bad.finding)
    return found
