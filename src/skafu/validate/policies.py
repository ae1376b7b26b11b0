"""The team's own policies as a judge of stacks. They run in a child process; see `policies_child`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as FilePath

from skafu.adapters.statement import Rulings, rulings
from skafu.model.estate import Seat, Stack
from skafu.model.finding import Errored, Finding, NotApplicable, NotEvaluated, Outcome, Ran
from skafu.model.judge import Judge
from skafu.model.node import Node
from skafu.model.place import Path
from skafu.validate.asking import Policies, answers, failures
from skafu.validate.pages import PLANS, PolicyPage
from skafu.validate.policy_wire import encode
from skafu.validate.stated import POLICIES, about_stack, unanswered_by

NONE_ABOUT_STACKS = "every policy is about plans, and a stack has none before it is deployed"


def open_policies(seat: Seat, root: FilePath) -> Judge:
    """The policies of the repository at `root` in their seat. Their process starts with the first stack.

    Raises:
        InputError: the seat names a severity that does not exist.
    """
    return _Policies(seat, rulings(seat), root)


class _Policies:
    def __init__(self, seat: Seat, said: Rulings, root: FilePath) -> None:
        self._seat = seat
        self._said = said
        self._policies = Policies(root)

    @property
    def versions(self) -> Mapping[str, str]:
        return {}

    def judge(self, stack: Stack) -> Outcome:
        with self._policies.turn:
            pages, problem = self._policies.pages()
            if problem:
                return Errored(problem)
            about_stacks = [page for page in pages if page.about != PLANS]
            if not about_stacks:
                return NotApplicable(NONE_ABOUT_STACKS)
            return self._judged(stack, [page for page in about_stacks if page.id not in self._said.muted])

    def close(self) -> None:
        self._policies.worker.close()

    def _judged(self, stack: Stack, pages: Sequence[PolicyPage]) -> Outcome:
        unreadable = list(_unreadable(stack.template))
        if unreadable == [()]:
            return Errored(f"Policies cannot judge {stack.id}: its resources are not known before deployment")
        reasons = [
            f"{stack.template.nearest(path).place}: {path[1]} has no resource type that is known before deployment"
            for path in unreadable
        ]
        findings: list[Finding] = []
        unanswered: list[NotEvaluated] = []
        message = {"do": "stack", "stack": encode(stack)}
        for page, answer in answers(self._policies.worker, message, pages, self._seat.time_limit):
            reasons += failures(page, answer, "the stack")
            if not isinstance(answer, str):
                findings += [about_stack(page, one, stack, self._said) for one in answer["violations"]]
                unanswered += [unanswered_by(page, one, stack, POLICIES) for one in answer["unanswered"]]
        if reasons:
            return Errored(f"Policies could not judge {stack.id}: {'; '.join(reasons)}", tuple(findings))
        return Ran(tuple(findings), tuple(unanswered))


def _unreadable(template: Node) -> Iterator[Path]:
    """The resources that no policy can be asked about; the empty path when that is all of them."""
    resources = template.get("Resources")
    if resources is None or not isinstance(resources.value, Mapping):
        yield ()
        return
    for name, resource in resources.members.items():
        if not resource.text("Type"):
            yield ("Resources", name)
