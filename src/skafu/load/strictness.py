"""What decides how strictly an estate is judged: the seats, the thresholds and the waivers."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

from skafu.load import declarations, schema
from skafu.load.problems import INLINE_SKIP, TITLES
from skafu.load.reader import REFERENCE, SCHEMA, SYNTAX, Reader
from skafu.model.estate import Seat
from skafu.model.finding import Severity
from skafu.model.nearest import nearest
from skafu.model.place import Location
from skafu.model.verdict import Thresholds, Waiver

THRESHOLDS = "validators/thresholds.yaml"
WAIVERS = "policies/waivers.yaml"

CASES = ".cases.yaml"
"""How the name of a file ends that tells what the validator beside it must say."""


_ENDINGS = (".py", ".yaml", ".yml")
"""How the names of the files end that say who judges; case counts."""


def check_policies(reader: Reader, seats: Iterable[Seat]) -> None:
    """Report what stands in `policies/` and would not be run, or would share its waivers with a validator.

    Links and files whose names only nearly end with `.py` are not run.
    """
    validators = {seat.name: seat.location.file for seat in seats if seat.judge == "python"}
    for file in reader.files("policies"):
        _check_ending(reader, file)
        name = PurePosixPath(file).stem.replace("_", "-")
        if file.endswith(".py") and name in validators:
            message = f"{name} is also the id of {validators[name]}; a waiver could not tell them apart"
            reader.tell(REFERENCE, message, Location(file), fix="Rename one of the files.")


def load_seats(reader: Reader) -> tuple[Seat, ...]:
    """The seats of `validators/`, in order of their files. Two of one name would hide one another."""
    found: dict[str, Seat] = {}
    names: dict[str, str] = {}
    files = list(reader.files("validators"))
    for file in files:
        _check_ending(reader, file)
        if file == THRESHOLDS or not file.endswith(_ENDINGS):
            continue
        if file.endswith(CASES) and file.removesuffix(CASES) + ".py" in files:
            continue
        name = PurePosixPath(file).stem
        if file.endswith(".py"):
            name = name.replace("_", "-")
        if name in names:
            message = f'there are two validators "{name}", {names[name]} and this one'
            reader.tell(REFERENCE, message, Location(file), fix="Rename one of the files.")
            continue
        names[name] = file
        if file.endswith(".py"):
            found[name] = Seat(name, "python", declarations.DEFAULT_TIME_LIMIT, Location(file))
            continue
        document = reader.document(file, schema.shipped("validator"))
        if document is not None:
            found[name] = declarations.seat(document, file)
    return tuple(found.values())


def load_thresholds(reader: Reader) -> Thresholds:
    """The thresholds; the strictest there are while they cannot be read."""
    document = reader.document(THRESHOLDS, schema.shipped("thresholds"))
    if document is None:
        return Thresholds(default=Severity.INFO, environments={})
    found = declarations.thresholds(document)
    for name in found.environments:
        if name not in reader.named:
            fix = nearest(name, reader.named)
            reader.refuse(f'there is no environment "{name}"', document, "environments", name, fix=fix)
    return found


def load_waivers(reader: Reader) -> tuple[Waiver, ...]:
    """The registered exceptions that can be used."""
    if not (reader.root / WAIVERS).exists():
        return ()
    document = reader.document(WAIVERS, schema.shipped("waivers"))
    found: dict[str, Waiver] = {}
    for node in document.nearest(("waivers",)).items if document else []:
        try:
            waiver = declarations.waiver(node)
        except ValueError:
            message = f"the waiver {node.text('id')} expires on {node.text('expires')}, which is no day"
            reader.tell(SCHEMA, message, node.nearest(("expires",)).location)
            continue
        if waiver.rule in TITLES:
            message = f"the waiver {waiver.id} is about {waiver.rule}, which cannot be waived"
            fix = "Mend what it finds."
            if waiver.rule == INLINE_SKIP:
                fix = "Name the rule that the template skips: a waiver about that rule registers the skip."
            reader.tell(REFERENCE, message, node.nearest(("rule",)).location, fix=fix)
            continue
        if _same(waiver.owner, waiver.approver):
            message = f"the waiver {waiver.id} is approved by its owner, {waiver.owner}"
            fix = "Somebody else has to agree to an exception."
            reader.tell(REFERENCE, message, node.nearest(("approver",)).location, fix=fix)
            continue
        if waiver.id in found:
            message = f"there are two waivers {waiver.id}; the other is at {found[waiver.id].location}"
            reader.tell(REFERENCE, message, node.nearest(("id",)).location, fix="Give one another id.")
            continue
        found[waiver.id] = waiver
    return tuple(found.values())


def _check_ending(reader: Reader, file: str) -> None:
    ending = PurePosixPath(file).suffix
    if ending not in _ENDINGS and ending.lower() in _ENDINGS:
        fix = f"Let its name end with {ending.lower()}, or remove it."
        reader.tell(SYNTAX, f"{file} would not be read: it ends with {ending}", Location(file), fix=fix)


def _same(one: str, other: str) -> bool:
    """Whether two names differ in nothing but case, blanks and punctuation."""
    return _letters(one) == _letters(other)


def _letters(name: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", name).casefold() if char.isalnum())
