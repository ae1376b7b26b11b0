"""`stacks/environments/`: one typed configuration each, and the schema that types them."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from skafu.load import declarations, schema
from skafu.load.document import read_document
from skafu.load.problems import DocumentError
from skafu.load.reader import REFERENCE, SYNTAX, Reader
from skafu.model.estate import Account, Environment
from skafu.model.nearest import nearest
from skafu.model.place import Location

FOLDER = "stacks/environments"
OWN_SCHEMA = f"{FOLDER}/schema.json"


def load_environments(reader: Reader, accounts: dict[str, Account]) -> dict[str, Environment]:
    """The environments that can be used, by name; `reader.named` gets all that have a file."""
    own = _own_schema(reader)
    found: dict[str, Environment] = {}
    for name, file in _files(reader).items():
        document = reader.document(file, schema.shipped("environment"))
        if document is None:
            continue
        wrong = schema.check(document, own)
        reader.problems += wrong
        environment = declarations.environment(document)
        if environment.name != name:
            message = (
                f'the environment is named "{environment.name}", but its file is {PurePosixPath(file).name}'
            )
            reader.refuse(message, document, "name")
        elif accounts and environment.account not in accounts:
            fix = nearest(environment.account, accounts)
            reader.refuse(f'there is no account "{environment.account}"', document, "account", fix=fix)
        elif accounts and not wrong:
            found[environment.name] = environment
    return found


def _files(reader: Reader) -> dict[str, str]:
    """Environment -> its file."""
    folder = reader.root / FOLDER
    listed = sorted(folder.iterdir()) if folder.is_dir() else []
    found: dict[str, str] = {}
    for path in listed:
        if path.suffix not in {".yaml", ".yml"}:
            continue
        file = f"{FOLDER}/{path.name}"
        if path.stem in found:
            message = f'the environment "{path.stem}" has two files, {found[path.stem]} and this one'
            reader.tell(REFERENCE, message, Location(file), fix="Remove one of them.")
            continue
        found[path.stem] = file
    if not found:
        message = f"there is no file in {FOLDER}/, so no stack goes anywhere"
        reader.tell(REFERENCE, message, Location(FOLDER))
    reader.named.update(found)
    return found


def _own_schema(reader: Reader) -> dict[str, Any]:
    if not (reader.root / OWN_SCHEMA).exists():
        return {}
    try:
        return schema.check_schema(read_document(reader.root, OWN_SCHEMA, rule=SYNTAX))
    except DocumentError as bad:
        reader.problems.append(bad.finding)
        return {}
