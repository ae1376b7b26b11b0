"""Plans without credentials: against what was deployed last, or against another revision."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import click

from skafu.artifacts import needed, place
from skafu.aws.embedded.answers import Where
from skafu.aws.embedded.stand_ins import stand_in
from skafu.aws.endpoint import EMBEDDED
from skafu.cli.estate import Whole, resolve_whole
from skafu.cli.last import Deployments, deployments
from skafu.cli.planning import PlanGate
from skafu.cli.predicting import predicted
from skafu.cli.revision import laid_out
from skafu.cli.running import Run
from skafu.graph import order
from skafu.model.cloud import CloudError
from skafu.model.errors import InputError, SkafuError
from skafu.model.estate import Stack, StackId
from skafu.model.event import Event, Tell
from skafu.model.nesting import NESTING
from skafu.model.plan_json import plan_to_json
from skafu.plan import nested_templates
from skafu.plan.flowing import moving_parameters, reached_outputs

LAST = "last"
"""What `--against` says for the last deployment."""


@dataclass(frozen=True, slots=True)
class Before:
    """What is taken for what stands: its template, None for nothing; and what it is called."""

    template: Any
    against: str


@dataclass(frozen=True, slots=True)
class Foretelling:
    """Plans that nobody was asked about.

    Attributes:
        whole: every stack there is.
        before: what is taken for what stands of a stack.
        after: the template that would be submitted, as comparable to that.
        nested: digest -> template of the nested stacks before.
        gone: stacks that stood before and that nothing declares any more, by CloudFormation's name.
    """

    whole: Whole
    before: Callable[[StackId], Before]
    after: Callable[[Stack], Any]
    nested: Mapping[str, Any] = field(default_factory=dict)
    gone: tuple[str, ...] = ()

    def plan(self, selected: Collection[StackId], gate: PlanGate, tell: Tell) -> None:
        """Predict and judge one stack after the other, in the order in which they would be deployed."""
        moving: dict[StackId, frozenset[str]] = {}
        for id_ in order(self.whole.stacks).stacks:
            if id_ in selected:
                stack = self.whole.stacks[id_]
                try:
                    moving[id_] = self._one(stack, moving, gate, tell)
                except (CloudError, InputError) as error:
                    values = {"reason": error.message, "status": "", "hint": error.hint}
                    tell(Event("stack-failed", id_, values))
        for name in self.gone:
            tell(Event("not-declared", None, {"name": name, "id": "", "status": ""}))

    def _one(
        self, stack: Stack, moved: Mapping[StackId, frozenset[str]], gate: PlanGate, tell: Tell
    ) -> frozenset[str]:
        """Plan one stack; its outputs whose values would be others."""
        tell(Event("stack-started", stack.id, {"status": ""}))
        before, after = self.before(stack.id), self.after(stack)
        needed_ids = sorted({one.target for one in stack.references} - {stack.id})
        absent = tuple(
            one for one in needed_ids if one in self.whole.stacks and self.before(one).template is None
        )
        moving = moving_parameters(stack, moved, absent)
        plan = predicted(
            stack,
            before.template,
            after,
            against=before.against,
            moving=moving,
            waiting=absent,
            nested=self.nested,
        )
        tell(Event("planned", stack.id, {"plan": plan_to_json(plan)}))
        gate(stack, plan)
        same = plan.kind == "none" and not plan.changes and not plan.others
        tell(Event("stack-done", stack.id, {"result": "unchanged" if same else "planned", "status": ""}))
        return reached_outputs(before.template, after, plan.changes, moving)


@contextmanager
def foretelling(run: Run, whole: Whole, selected: Collection[StackId]) -> Iterator[Foretelling]:
    """What is needed to plan without asking anybody.

    Raises:
        InputError: there is no such revision, its files cannot be used, or no deployment is recorded.
    """
    against = run.asked.against or LAST
    made = _against_last(run, whole, selected) if against == LAST else _against_revision(run, whole, against)
    with made as found:
        yield found


@contextmanager
def _against_last(run: Run, whole: Whole, selected: Collection[StackId]) -> Iterator[Foretelling]:
    with deployments(run.root, run.asked.endpoint) as known:
        before = cache(partial(_deployed, known, whole))
        if not any(before(id_).template is not None for id_ in selected):
            message = f"no deployment of what is asked for to {known.endpoint} is recorded in reports/runs/"
            raise InputError(message, hint="Compare with a revision instead: --against origin/main")
        gone = [str(id_) for id_ in known.known() if id_ not in whole.stacks and _meant(run, id_)]
        submitted = partial(_as_submitted, run, whole)
        yield Foretelling(whole, before, submitted, nested_templates(whole.stacks.values()), tuple(gone))


def _deployed(known: Deployments, whole: Whole, id_: StackId) -> Before:
    last = known.of(id_)
    if last is None:
        return Before(None, "the last deployment: none is recorded")
    bucket = _bucket(whole.stacks[id_])
    return Before(_alike(last.template, bucket), f"the last deployment (run {last.run})")


def _as_submitted(run: Run, whole: Whole, stack: Stack) -> Any:
    """The template with its artifacts in the bucket, as `skafu deploy` submits it."""
    needs = needed(stack, whole.declared.artifacts, run.root)
    template = place(stack.template.plain(), needs, _bucket(stack), partial(_url, _bucket(stack)))
    if run.asked.endpoint == EMBEDDED:
        template, _ = stand_in(template, Where(stack.account.id, stack.id.region, stack.stack_name))
    return template


def _alike(template: Any, bucket: str) -> Any:
    """The template with nested ones named as `_url` does: the host says where it was deployed, and not what."""
    resources = template.get("Resources", {})
    return {**template, "Resources": {name: _renamed(one, bucket) for name, one in resources.items()}}


def _renamed(resource: Any, bucket: str) -> Any:
    key = NESTING.get(str(resource.get("Type")))
    url = (resource.get("Properties") or {}).get(key) if key else None
    _, found, path = url.partition(f"/{bucket}/") if isinstance(url, str) else ("", "", "")
    if not found:
        return resource
    return {**resource, "Properties": {**resource["Properties"], key: _url(bucket, path)}}


def _url(bucket: str, key: str) -> str:
    return f"https://s3.amazonaws.com/{bucket}/{key}"


def _bucket(stack: Stack) -> str:
    return stack.deployment.bucket if stack.deployment else ""


@contextmanager
def _against_revision(run: Run, whole: Whole, name: str) -> Iterator[Foretelling]:
    with laid_out(run.root, name) as revision:
        try:
            then = resolve_whole(revision.folder, run.memory)
        except SkafuError as error:
            raise InputError(f"at {revision.named}: {error}") from None
        unread = next((one for one in then.declared.problems if one.bad_input), None)
        if unread is not None:
            raise InputError(f"at {revision.named}: {unread.location}: {unread.message}")
        if revision.edited:
            click.echo("Edits that no commit holds are part of what is compared.", err=True)
        yield Foretelling(
            whole,
            partial(_at_revision, then, revision.named),
            lambda stack: stack.template.plain(),
            nested_templates(then.stacks.values()),
            tuple(
                one.stack_name
                for id_, one in sorted(then.stacks.items())
                if id_ not in whole.stacks and _meant(run, id_)
            ),
        )


def _at_revision(then: Whole, named: str, id_: StackId) -> Before:
    stack = then.stacks.get(id_)
    if stack is None:
        return Before(None, named)
    if stack.obstacle:
        raise InputError(f"at {named} it cannot be resolved: {stack.obstacle}")
    return Before(stack.template.plain(), named)


def _meant(run: Run, id_: StackId) -> bool:
    """Whether a stack that is gone belongs to what was asked for."""
    asked = run.asked
    return not asked.stacks and (not asked.environments or id_.environment in asked.environments)
