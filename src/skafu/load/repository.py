"""The files of a repository -> declarations, with a finding for everything that cannot be used.

Nothing here stops at the first mistake: what can be read is read, so that one run tells all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from skafu.load import declarations, schema
from skafu.load.artifacts import digest_artifact, local_artifacts
from skafu.load.document import read_document
from skafu.load.problems import DocumentError, problem
from skafu.model.declarations import Declarations
from skafu.model.errors import InputError
from skafu.model.estate import Account, Definition, Environment, Seat
from skafu.model.finding import Finding, Severity
from skafu.model.nearest import nearest
from skafu.model.node import Node
from skafu.model.place import Location
from skafu.model.verdict import Thresholds, Waiver

SYNTAX = "definition-syntax"
SCHEMA = "definition-schema"
REFERENCE = "definition-reference"
TEMPLATE = "template-syntax"


def load_repository(root: Path) -> Declarations:
    """Read everything that the repository at `root` declares.

    Raises:
        InputError: when `root` holds no estate at all: no `stacks/`, or no stack in it.
    """
    return _Reader(root).read()


def load_template(path: Path) -> Node:
    """Read one template outside of any repository; its locations carry the path as given.

    Raises:
        DocumentError: when it cannot be read.
    """
    return read_document(Path(), path.as_posix(), rule=TEMPLATE)


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


class _Reader:
    """Reads one repository; `problems` grows as it goes."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.problems: list[Finding] = []
        self.named: set[str] = set()
        """Every environment that has a file, readable or not: a mistake in one is told once."""

    def read(self) -> Declarations:
        if not (self.root / "stacks").is_dir():
            raise InputError(
                f"there is no folder stacks/ in {self.root.name}/, so there is nothing to judge",
                hint="Run skafu in the root of a repository that has one, or judge single templates "
                "with `skafu scan TEMPLATE`.",
            )
        files = [file for file in self._files("stacks") if file.endswith(("/stack.yaml", "/stack.yml"))]
        if not files:
            raise InputError(
                "stacks/ holds no stack.yaml, so there is nothing to judge",
                hint="A stack is a folder stacks/<layer>/<name>/ with a stack.yaml and a template.",
            )
        estate, accounts = self._accounts()
        environments = self._environments(accounts)
        definitions = self._definitions(files, environments)
        templates = self._templates(definitions)
        artifacts = self._artifacts(templates)
        seats, thresholds, waivers = self._seats(), self._thresholds(), self._waivers()
        return Declarations(
            estate=estate,
            accounts=accounts,
            environments=environments,
            definitions={name: one for name, one in definitions.items() if one.template in templates},
            templates=templates,
            artifacts=artifacts,
            seats=seats,
            thresholds=thresholds,
            waivers=waivers,
            problems=tuple(sorted(self.problems, key=lambda finding: (finding.location, finding.message))),
        )

    def _files(self, folder: str) -> Iterator[str]:
        """Every file under `folder`, sorted; links are reported instead of followed."""
        for here, folders, files in os.walk(self.root / folder):
            folders.sort()
            for name in sorted([*folders, *files]):
                path = Path(here, name)
                file = path.relative_to(self.root).as_posix()
                if path.is_symlink():
                    message = f"{file} is a symbolic link, and what lies behind it is not judged"
                    fix = "Replace it by the files themselves."
                    self.problems.append(problem(SYNTAX, message, Location(file), fix=fix))
                elif name in files:
                    yield file

    def _document(self, file: str, kind: dict[str, Any], *, rule: str = SYNTAX) -> Node | None:
        try:
            document = read_document(self.root, file, rule=rule)
        except DocumentError as bad:
            self.problems.append(bad.finding)
            return None
        found = schema.check(document, kind)
        self.problems += found
        return None if found else document

    def _accounts(self) -> tuple[str, dict[str, Account]]:
        document = self._document("stacks/accounts.yaml", schema.shipped("accounts"))
        if document is None:
            return "", {}
        return document.text("estate"), declarations.accounts(document)

    def _environments(self, accounts: dict[str, Account]) -> dict[str, Environment]:
        own = self._own_schema()
        found: dict[str, Environment] = {}
        folder = self.root / "stacks/environments"
        files = sorted(path.name for path in folder.glob("*.y*ml")) if folder.is_dir() else []
        if not files:
            message = "there is no file in stacks/environments/, so no stack goes anywhere"
            self.problems.append(problem(REFERENCE, message, Location("stacks/environments")))
        for name in files:
            file = f"stacks/environments/{name}"
            self.named.add(Path(name).stem)
            document = self._document(file, schema.shipped("environment"))
            if document is None:
                continue
            wrong = schema.check(document, own)
            self.problems += wrong
            environment = declarations.environment(document)
            if environment.name != Path(name).stem:
                message = f'the environment is named "{environment.name}", but its file is {name}'
                self._refuse(message, document, "name")
            elif accounts and environment.account not in accounts:
                fix = nearest(environment.account, accounts)
                self._refuse(f'there is no account "{environment.account}"', document, "account", fix=fix)
            elif accounts and not wrong:
                found[environment.name] = environment
        return found

    def _own_schema(self) -> dict[str, Any]:
        file = "stacks/environments/schema.json"
        if not (self.root / file).exists():
            return {}
        try:
            return schema.check_schema(read_document(self.root, file, rule=SYNTAX))
        except DocumentError as bad:
            self.problems.append(bad.finding)
            return {}

    def _definitions(self, files: list[str], environments: dict[str, Environment]) -> dict[str, Definition]:
        found: dict[str, Definition] = {}
        for file in files:
            document = self._document(file, schema.shipped("stack"))
            if document is None:
                continue
            template = self._inside(document, file)
            definition = declarations.definition(document, file, template or "")
            sound = self._places_exist(definition, environments) and template is not None
            if definition.name in found:
                other = found[definition.name].node.location.file
                message = f'the stack "{definition.name}" is defined twice, in {other} too'
                self.problems.append(problem(REFERENCE, message, document.location, fix="Rename a folder."))
            elif sound:
                found[definition.name] = definition
        return found

    def _inside(self, document: Node, file: str) -> str | None:
        """The template's path relative to the root, or None (and a problem) when it leaves the repository."""
        written = document.text("template")
        path = Path(os.path.normpath(self.root / Path(file).parent / written))
        if path.is_relative_to(self.root) and path.resolve().is_relative_to(self.root):
            return path.relative_to(self.root).as_posix()
        self._refuse(f"the template {written} lies outside of the repository", document, "template")
        return None

    def _places_exist(self, definition: Definition, environments: dict[str, Environment]) -> bool:
        sound = True
        for index, name in enumerate(definition.environments):
            if name not in self.named:
                fix = nearest(name, self.named)
                message = f'there is no environment "{name}"'
                self._refuse(message, definition.node, "environments", index, fix=fix)
                sound = False
        known = {
            region
            for name in definition.environments
            if name in environments
            for region in environments[name].regions
        }
        readable = all(name in environments for name in definition.environments)
        for index, region in enumerate(definition.regions if readable else ()):
            if region not in known:
                message = f'none of its environments has the region "{region}"'
                self._refuse(message, definition.node, "regions", index, fix=nearest(region, known))
                sound = False
        return sound

    def _templates(self, definitions: dict[str, Definition]) -> dict[str, Node]:
        found: dict[str, Node] = {}
        for definition in definitions.values():
            file = definition.template
            if file in found:
                continue
            if not (self.root / file).exists():
                self._refuse(f"the template {file} does not exist", definition.node, "template")
                continue
            try:
                found[file] = read_document(self.root, file, rule=TEMPLATE)
            except DocumentError as bad:
                self.problems.append(bad.finding)
        return found

    def _artifacts(self, templates: dict[str, Node]) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for file, template in templates.items():
            for node in local_artifacts(template):
                try:
                    found[file, str(node.value)] = digest_artifact(self.root, file, node)
                except DocumentError as bad:
                    self.problems.append(bad.finding)
        return found

    def _seats(self) -> tuple[Seat, ...]:
        found: list[Seat] = []
        for file in self._files("validators"):
            if file == "validators/thresholds.yaml" or not file.endswith((".yaml", ".yml", ".py")):
                continue
            if file.endswith(".py"):
                message = "validators written in Python are not seated by this version of skafu"
                fix = "Write it as a policy, or remove it: a judge that never speaks must not look like one."
                self.problems.append(problem(SCHEMA, message, Location(file), fix=fix))
                continue
            document = self._document(file, schema.shipped("validator"))
            if document is not None:
                found.append(declarations.seat(document, file))
        return tuple(found)

    def _thresholds(self) -> Thresholds:
        strictest = Thresholds(default=Severity.INFO, environments={})
        document = self._document("validators/thresholds.yaml", schema.shipped("thresholds"))
        if document is None:
            return strictest
        found = declarations.thresholds(document)
        for name in found.environments:
            if name not in self.named:
                fix = nearest(name, self.named)
                self._refuse(f'there is no environment "{name}"', document, "environments", name, fix=fix)
        return found

    def _waivers(self) -> tuple[Waiver, ...]:
        file = "policies/waivers.yaml"
        if not (self.root / file).exists():
            return ()
        document = self._document(file, schema.shipped("waivers"))
        if document is None:
            return ()
        try:
            return declarations.waivers(document)
        except ValueError as error:
            self.problems.append(
                problem(SCHEMA, f"a waiver expires on no real day: {error}", document.location)
            )
            return ()

    def _refuse(self, message: str, document: Node, *path: str | int, fix: str = "") -> None:
        self.problems.append(problem(REFERENCE, message, document.nearest(path).location, fix=fix))
