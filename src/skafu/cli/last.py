"""What was deployed last, as the records of this repository tell."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skafu.cli.history import current
from skafu.cli.runs import RUNS
from skafu.model.deployment import DONE
from skafu.model.errors import InputError
from skafu.model.estate import StackId
from skafu.record.deployment import deployment_of
from skafu.record.log import read_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from skafu.record.history import Deployed, History


@dataclass(frozen=True, slots=True)
class Last:
    """The last deployment of a stack.

    Attributes:
        run: id of the run that brought it to what stands.
        template: as it was submitted.
        parts: what was sealed then, part -> digest.
    """

    run: str
    template: Any
    parts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Deployments:
    """What stands at one endpoint, as far as the records tell.

    Attributes:
        history: the open history.
        runs: the folder that holds the folders of all runs.
        endpoint: `aws`, `embedded` or a URL.
    """

    history: History
    runs: Path
    endpoint: str

    def of(self, stack: StackId) -> Last | None:
        """The last deployment of a stack; None where the records know of none, or it was deleted since.

        Raises:
            InputError: what is recorded cannot be read, or was edited since.
        """
        from skafu.record.history import deployed_template, last_deployed, life  # noqa: PLC0415 - takes 0.2 s

        found = last_deployed(self.history, stack, endpoint=self.endpoint)
        if found is None:
            return None
        # A run that found nothing to change may have submitted nothing; then what an earlier one did still stands.
        done = [one.deployed for one in life(self.history, stack) if one.deployed]
        kept = next((one for one in _standing(done, self.endpoint) if one.file), None)
        if kept is None:
            message = f"run {found.run} deployed {stack}, and no template of it is kept"
            raise InputError(message, hint="Deploy it again, or compare with a revision: --against REF")
        text = deployed_template(self.runs, kept)
        return Last(kept.run, json.loads(text), self._parts(kept.run, stack))

    def known(self) -> list[StackId]:
        """Every stack that stands, as far as the records tell."""
        from skafu.record.history import known_stacks, last_deployed  # noqa: PLC0415 - the same

        return [
            one
            for one in known_stacks(self.history)
            if last_deployed(self.history, one, endpoint=self.endpoint) is not None
        ]

    def _parts(self, run: str, stack: StackId) -> Mapping[str, str]:
        told = deployment_of(read_run(self.runs / run))
        return next((one.parts for one in (told.stacks if told else ()) if one.id == stack), {})


def _standing(done: list[Deployed], endpoint: str) -> Iterator[Deployed]:
    """The deployments behind what stands, newest first, back to where it was deleted."""
    for one in done:
        if one.endpoint != endpoint or one.result not in DONE:
            continue
        if one.result in {"deleted", "absent", "pruned"}:
            return
        yield one


@contextmanager
def deployments(root: Path, endpoint: str) -> Iterator[Deployments]:
    """The last deployments to an endpoint, from the history brought up to date.

    Raises:
        InputError: the history cannot be used.
        SkafuError: its database does not answer.
    """
    with current(root, os.environ.get("SKAFU_HISTORY")) as history:
        yield Deployments(history, root / RUNS, endpoint or "aws")
