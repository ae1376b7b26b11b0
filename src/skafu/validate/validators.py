"""The team's validators in Python: judges of the whole estate. They run in a child process; see `policies_child`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from skafu.adapters.statement import rulings
from skafu.adapters.worker import Worker
from skafu.model.errors import JudgeError
from skafu.model.estate import Estate, Seat, Stack, StackId
from skafu.model.finding import Errored, Finding, NotEvaluated, Outcome, Ran
from skafu.validate.pages import PolicyPage, read_pages
from skafu.validate.policy_wire import encode_estate, numbered
from skafu.validate.stated import VALIDATORS, about_estate, unanswered_by


def judged_by_validators(
    seats: tuple[Seat, ...], estate: Estate, worker: Worker
) -> Iterator[tuple[str, Mapping[StackId, Outcome]]]:
    """What each validator that is written in Python says about every stack of the estate.

    What it states about an environment, an account or the whole is said about each stack that this concerns. A
    validator that fails has failed for every stack: nobody knows which ones it would have spoken of.

    Args:
        seats: the validators.
        estate: everything there is.
        worker: the child they run in, as `own_worker` makes it; whoever made it closes it.
    """
    message = encode_estate(estate)
    for seat in seats:
        try:
            yield seat.name, _outcomes(seat, estate, worker, message)
        except (JudgeError, LookupError, TypeError, ValueError) as error:
            told, file = str(error), seat.location.file
            reason = told if told.startswith(file) else f"{file}: {told}"
            yield seat.name, {id_: Errored(reason) for id_ in estate.stacks}


def _outcomes(
    seat: Seat, estate: Estate, worker: Worker, message: Mapping[str, Any]
) -> Mapping[StackId, Outcome]:
    file = seat.location.file
    pages, problems = read_pages(worker, [file])
    if problems:
        raise JudgeError(problems[0])
    page, stacks, said = pages[0], numbered(estate), rulings(seat)
    worker.ask({"do": "estate", "estate": message}, seat.time_limit)
    answer = worker.ask({"do": "check", "file": file}, seat.time_limit)
    if "problem" in answer:
        raise JudgeError(str(answer["problem"]))
    findings = [about_estate(page, one, estate, stacks, said) for one in answer["violations"]]
    unanswered = [_unanswered(page, one, stacks) for one in answer["unanswered"]]
    failures = [f"{file}:{one['line']}: {page.id} failed: {one['reason']}" for one in answer["failures"]]
    return {id_: _outcome(id_, findings, unanswered, failures) for id_ in estate.stacks}


def _unanswered(page: PolicyPage, unanswered: Mapping[str, Any], stacks: list[Stack]) -> NotEvaluated:
    return unanswered_by(page, unanswered, stacks[unanswered["stack"]], VALIDATORS)


def _outcome(
    id_: StackId, findings: list[Finding], unanswered: list[NotEvaluated], failures: list[str]
) -> Outcome:
    about = tuple(one for one in findings if not one.stacks or id_ in one.stacks)
    if failures:
        return Errored("; ".join(failures), about)
    return Ran(about, tuple(one for one in unanswered if one.stack == id_))
