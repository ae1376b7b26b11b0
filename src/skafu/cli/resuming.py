"""What a run was asked for, and what one that was broken off leaves to be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from skafu.cli.done import Done
from skafu.cli.estate import Whole
from skafu.cli.runs import RUNS
from skafu.deploy import Prior
from skafu.model.cloud import Standing
from skafu.model.errors import InputError
from skafu.model.estate import StackId
from skafu.record.deployment import deployment_of
from skafu.record.log import Log
from skafu.record.resume import Broken, Left, broken_of
from skafu.record.shapes import read_checked


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, in plain values: they are recorded, and a run that goes on does the same."""

    stacks: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    endpoint: str = ""
    with_needs: bool = False
    recover: bool = False
    prune: bool = False
    yes: bool = False
    as_administrator: bool = False
    imports: str = ""
    together: int = 16
    per_account: int = 16
    with_dependants: bool = False
    offline: bool = False
    against: str = ""


def asked_before(options: Mapping[str, Any]) -> Asked:
    """What an earlier run was asked for; lists were tuples.

    Raises:
        InputError: an option is not of its kind.
    """
    given: dict[str, Any] = {}
    for field in fields(Asked):
        if field.name not in options:
            continue
        value = options[field.name]
        given[field.name] = tuple(value) if isinstance(value, list) else value
        kinds = {type(one) for one in value} if isinstance(value, list) else {str}
        if type(given[field.name]) is not type(field.default) or kinds - {str}:
            raise InputError(f"the option {field.name} cannot be {value!r}")
    return Asked(**given)


def log_of(root: Path, id_: str) -> Log:
    """The record of a run that is to go on. From now on nobody else writes it, so that what is read of it holds.

    Raises:
        InputError: there is no such run, or it still goes on.
        SkafuError: its record cannot be written.
    """
    folder = root / RUNS / id_
    if Path(id_).name != id_ or not folder.is_dir():
        raise InputError(f'there is no run "{id_}"', hint="`skafu history list` names them.")
    return Log.resume(folder)


def broken_off(root: Path, id_: str, command: str) -> tuple[Broken, Asked]:
    """A run of this command that was broken off, and what it was asked for.

    Raises:
        InputError: there is no such run, it was another command's, it came to its end, or its record was edited.
    """
    asked = {"deploy-started": lambda event: asked_before(event["options"])}
    broken = broken_of(deployment_of(read_checked(root / RUNS / id_, asked)), id_)
    if broken.deployment.command != command:
        message = f"run {id_} is a `skafu {broken.deployment.command}`"
        raise InputError(message, hint=f"Go on with: skafu {broken.deployment.command} --resume {id_}")
    return broken, asked_before(broken.deployment.options)


def check_the_same(broken: Broken, whole: Whole, selected: set[StackId]) -> None:
    """Whether the stacks are those that the run had approved.

    Raises:
        InputError: one is not.
    """
    told = broken.deployment
    was = {
        stack.id: stack.digest for stack in told.stacks if stack.id in told.needs
    }  # the others it had pruned
    other = sorted(
        id_
        for id_ in {*was, *selected}
        if id_ not in was or id_ not in selected or whole.stacks[id_].digest != was[id_]
    )
    if other:
        message = f"{other[0]} is not what run {broken.deployment.run} approved"
        raise InputError(message, hint="Start a new deployment: what stands already is left as it is.")


def results_of(broken: Broken | None) -> dict[StackId, str]:
    """Stack -> its result, of those that are done already."""
    return {} if broken is None else {one.id: one.result for one in broken.stacks(Left.DONE)}


def done_before(broken: Broken | None) -> Done:
    """What need not be done again; nothing where no run was broken off."""
    if broken is None:
        return Done()
    asked = [*broken.stacks(Left.IN_FLIGHT), *broken.stacks(Left.UNREAD)]
    return Done(
        stood={
            stack.id: Standing(stack.stack_id, "", stack.status, outputs=stack.outputs)
            for stack in broken.stacks(Left.DONE)
        },
        priors={
            stack.id: Prior(
                token=stack.execution_token or stack.token,
                executing=bool(stack.execution_token),
                change_set=stack.change_set,
            )
            for stack in asked
        },
    )
