"""Which controls a policy or validator says it supports, held against the registers, both ways.

The files are read and never run here: a policy's code runs in a child process only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from skafu.load.controls import FOLDER
from skafu.load.reader import REFERENCE, SCHEMA, Reader
from skafu.model.control import Control, Framework
from skafu.model.nearest import nearest
from skafu.model.place import Location

KINDS = {"policies": ("policy", "stack_policy", "plan_policy"), "validators": ("validator",)}
"""Folder, and key in a register -> the decorators whose `controls` count there."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What one file says it supports: control -> where it says so; None where the file cannot be read."""

    file: str
    controls: Mapping[str, Location] | None


def check_claims(reader: Reader, frameworks: Mapping[str, Framework]) -> None:
    """Report every control that a file claims and no register grants, and the other way round.

    A repository without registers has nothing to hold claims against.
    """
    if not (reader.root / FOLDER).is_dir():
        return
    controls = {control.name: control for one in frameworks.values() for control in one.controls}
    unread = {path.stem for path in (reader.root / FOLDER).rglob("*")} - set(frameworks)
    for kind, decorators in KINDS.items():
        claims = _claims(reader, kind, decorators)
        for id_, one in claims.items():
            for name, at in (one.controls or {}).items():
                if name.partition(":")[0] not in unread:
                    _check_claim(reader, kind, id_, controls, name, at)
        for control in controls.values():
            _check_control(reader, kind, control, claims)


def _check_claim(
    reader: Reader, kind: str, id_: str, controls: Mapping[str, Control], name: str, at: Location
) -> None:
    control = controls.get(name)
    if control is None:
        fix = nearest(name, controls)
        reader.tell(REFERENCE, f'no file in {FOLDER}/ has the control "{name}"', at, fix=fix)
    elif id_ not in getattr(control, kind):
        message = f"{id_} supports {name}, and {control.node.location.file} does not say so"
        fix = f"Add {id_} to preventive.{kind} of {control.id} at {control.node.place}."
        reader.tell(REFERENCE, message, at, fix=fix)


def _check_control(reader: Reader, kind: str, control: Control, claims: Mapping[str, Claims]) -> None:
    for index, id_ in enumerate(getattr(control, kind)):
        at = control.node.nearest(("preventive", kind, index)).location
        found = claims.get(id_)
        if found is None:
            fix = nearest(id_, claims)
            message = f'{control.name} names "{id_}", which is no file in {kind}/'
            reader.tell(REFERENCE, message, at, fix=fix)
        elif found.controls is not None and control.name not in found.controls:
            message = f"{control.name} names {id_}, and {found.file} does not say that it supports it"
            fix = f'Add "{control.name}" to its controls, or take {id_} out here.'
            reader.tell(REFERENCE, message, at, fix=fix)


def _claims(reader: Reader, folder: str, decorators: tuple[str, ...]) -> dict[str, Claims]:
    """What each file of the folder claims, by id: its name with dashes."""
    return {
        path.stem.replace("_", "-"): _claimed(reader, path, decorators)
        for path in sorted((reader.root / folder).rglob("*.py"))
        if path.is_file()
    }


def _claimed(reader: Reader, path: Path, decorators: tuple[str, ...]) -> Claims:
    file = path.relative_to(reader.root).as_posix()
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return Claims(file, None)  # whoever runs it says what is wrong with it
    found: dict[str, Location] = {}
    for listed in _listed(tree, decorators):
        for item in listed.elts if isinstance(listed, ast.List | ast.Tuple) else [listed]:
            at = Location(file, item.lineno, item.col_offset + 1)
            if not isinstance(item, ast.Constant) or not isinstance(item.value, str):
                message = "the controls must be written out here as a list of texts, to be held against"
                reader.tell(SCHEMA, f"{message} {FOLDER}/", at, fix='For instance controls=["soc2:A1.2"].')
                return Claims(file, None)
            found[item.value] = at
    return Claims(file, found)


def _listed(tree: ast.Module, decorators: tuple[str, ...]) -> Iterator[ast.expr]:
    """What stands behind `controls=` in the decorators of the module's functions."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for call in function.decorator_list:
                if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in decorators:
                    yield from (word.value for word in call.keywords if word.arg == "controls")
