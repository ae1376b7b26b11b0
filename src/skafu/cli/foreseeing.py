"""What deploying one stack would do, asked of CloudFormation by a change set that is dropped again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from skafu.cli.composing import Composer
from skafu.cli.deploying import BY_HAND, administered
from skafu.cli.estate import Whole
from skafu.cli.planning import PlanGate, emulated_plan_of, plan_of
from skafu.cli.predicting import predicted, schemas_of
from skafu.cli.reach import Reach
from skafu.deploy.states import Stuck, state
from skafu.deploy.submission import late_parameters, submission
from skafu.model.change import Plan
from skafu.model.cloud import Cloud, CloudError, Standing, Submission
from skafu.model.deployment import StoodIn
from skafu.model.errors import SkafuError
from skafu.model.estate import Stack, StackId
from skafu.model.event import Event, Tell
from skafu.model.plan_json import plan_to_json
from skafu.plan import refusals
from skafu.plan.flowing import moving_parameters, reached_outputs

REVIEW = "REVIEW_IN_PROGRESS"
"""A stack in review has had a change set, and nothing of it stands."""


@dataclass(slots=True)
class Foreseeing:
    """Plans one stack after the other, in whatever thread; nothing is executed.

    Attributes:
        run: id of the run; part of every token.
        whole: every stack there is.
        reach: the way to the accounts.
        composer: makes templates as they would be submitted.
        gate: judges the plans.
        role: ARN of the role that CloudFormation uses; empty for the caller's rights.
        keep: stores a copy of the template as submitted and tells under which name.
        tell: records an event and shows it.
        as_administrator: whether stacks are planned that only an administrator deploys.
        unreachable: account and region -> why it cannot be used.
        standing: what stands, of the stacks that somebody asked about.
        moving: outputs whose values would be others, of the stacks that were planned.
    """

    run: str
    whole: Whole
    reach: Reach
    composer: Composer
    gate: PlanGate
    role: Callable[[Stack], str]
    keep: Callable[[Stack, str], str]
    tell: Tell
    as_administrator: bool
    unreachable: Mapping[tuple[str, str], CloudError]
    standing: dict[StackId, Standing | None] = field(default_factory=dict)
    moving: dict[StackId, frozenset[str]] = field(default_factory=dict)

    def one(self, id_: StackId) -> bool:
        """Plan one stack. True, whatever came of it: those that need it are planned all the same."""
        stack, begun = self.whole.stacks[id_], time.monotonic()
        try:
            unreachable = self.unreachable.get((stack.account.id, id_.region))
            if unreachable is not None:
                raise unreachable
            standing = self._look(stack)
            if administered(stack) and not self.as_administrator:
                absent = "" if standing else "; it does not stand"
                self._tell("stack-left", stack, reason=f"{BY_HAND}{absent}")
                return True
            self._tell("stack-started", stack, status=standing.status if standing else "")
            plan = self._planned(stack, standing)
            self._tell("planned", stack, plan=plan_to_json(plan))
            self.gate(stack, plan)
            same = plan.kind == "none" and not plan.changes and not plan.others
            self._tell(
                "stack-done",
                stack,
                result="unchanged" if same else "planned",
                status=standing.status if standing else "",
                seconds=round(time.monotonic() - begun, 3),
            )
        except CloudError as error:
            self._tell("stack-failed", stack, reason=error.message, status="", hint=error.hint)
        return True

    def _look(self, stack: Stack, reader: Stack | None = None) -> Standing | None:
        """What stands of it; nothing where it is only in review. `reader` is who needs it, if it is not planned."""
        if stack.id not in self.standing:
            cloud = self.reach.reading(stack, reader or stack)
            found = cloud.describe(stack.stack_name)
            if found is not None and found.busy:
                reason = f"CloudFormation is at work on it: {found.status}"
                self._tell("stack-waiting", stack, reason=reason)
                found = cloud.settle(stack.stack_name, "", lambda _: None)
            self.standing[stack.id] = None if found is None or found.status == REVIEW else found
        return self.standing[stack.id]

    def _planned(self, stack: Stack, standing: Standing | None) -> Plan:
        found = state(standing.status if standing else "")
        if isinstance(found, Stuck):
            status = standing.status if standing else ""
            raise CloudError(f"{status}: {found.why}", hint=found.hint)
        waiting, outputs, new = self._needed(stack)
        moving = moving_parameters(stack, _joined(self.moving, new), waiting)
        stood: list[StoodIn] = []
        template = self.composer.sketch(stack, stood)
        if stood:
            resources = [asdict(one) for one in sorted(stood, key=lambda one: one.logical_id)]
            self._tell("stood-in", stack, resources=resources)
        cloud = self.reach.cloud(stack)
        before = cloud.template(stack.stack_name) if standing else None
        if waiting or moving:
            own = {name: text for name, text in stack.given.items() if name not in moving}
            note = (
                "" if waiting else "what it reads of other stacks will be another; then its change set exists"
            )
            plan = self._guess(stack, before, template, moving=moving, waiting=waiting, own=own, note=note)
        else:
            asked = submission(
                stack, template, late_parameters(stack, outputs), self._token(stack), self.role(stack)
            )
            asked = replace(asked, validated=not (self.reach.embedded and asked.import_existing))
            plan = self._asked(stack, cloud, asked, found.kind, template, before)
            if standing is not None:
                was = standing.parameters
                moving = {name: "" for name, value in asked.parameters.items() if was.get(name) != value}
        self.moving[stack.id] = reached_outputs(before, template, plan.changes, set(moving))
        return plan

    def _needed(
        self, stack: Stack
    ) -> tuple[tuple[StackId, ...], dict[StackId, Mapping[str, str]], dict[StackId, frozenset[str]]]:
        """The needed stacks that do not stand, the outputs of those that do, and the outputs they do not have yet."""
        outputs: dict[StackId, Mapping[str, str]] = {}
        new: dict[StackId, frozenset[str]] = {}
        absent: list[StackId] = []
        for target in sorted({one.target for one in stack.references} - {stack.id}):
            if target not in self.whole.stacks:
                continue
            standing = self._look(self.whole.stacks[target], stack)
            if standing is None:
                absent.append(target)
                continue
            outputs[target] = standing.outputs
            wanted = {one.what for one in stack.references if one.target == target and one.kind == "output"}
            new[target] = frozenset(wanted - standing.outputs.keys())
        return tuple(absent), outputs, new

    def _guess(
        self,
        stack: Stack,
        before: Any,
        template: Any,
        *,
        moving: Mapping[str, str] | None = None,
        waiting: tuple[StackId, ...] = (),
        own: Mapping[str, str] | None = None,
        note: str = "",
    ) -> Plan:
        standing = self.standing.get(stack.id)
        known = None
        if standing is not None and own is not None:
            held = {name: value for name, value in standing.parameters.items() if name in own}
            asked = submission(stack, template, own, "", "")
            known = (replace(standing, parameters=held), asked)
        try:
            return predicted(
                stack,
                before,
                template,
                against="" if before is None else "what stands",
                moving=moving or {},
                waiting=waiting,
                known=known,
                notes=(note,) if note else (),
            )
        except SkafuError as error:
            raise CloudError(str(error)) from None

    def _asked(
        self, stack: Stack, cloud: Cloud, asked: Submission, kind: str, template: Any, before: Any
    ) -> Plan:
        """The plan of a change set; a prediction where CloudFormation cannot read the template yet."""
        try:
            self._upload_nested(stack)
            self._tell(
                "change-set-requested",
                stack,
                token=asked.token,
                kind=kind,
                submitted=hashlib.sha256(asked.template.encode()).hexdigest(),
                file=self.keep(stack, asked.template),
            )
            id_ = cloud.request_change_set(asked, kind)
        except CloudError as error:
            if error.code != "NoSuchBucket":
                raise
            bucket = self.reach.bucket(stack).name
            size = len(asked.template.encode())
            note = (
                f"CloudFormation would read its template ({size:,} bytes) and those nested in it from the bucket "
                f"{bucket}, which is not there yet: this is a prediction, and the change set decides"
            )
            return self._guess(stack, before, template, note=note, own=asked.parameters)
        self._tell("change-set-made", stack, id=id_)
        try:
            made = cloud.change_set(id_)
            ask = emulated_plan_of if self.reach.embedded else plan_of
            plan = ask(stack, cloud, asked, made, template)
        finally:
            self._dropped(stack, cloud, id_, kind)
        said = refusals(plan.changes, schemas_of(stack.id.region)) if plan.changes else ()
        return replace(plan, others=(*plan.others, *said))

    def _upload_nested(self, stack: Stack) -> None:
        """CloudFormation computes a change set from the nested templates, too; they are no code."""
        bucket = self.reach.bucket(stack)
        for one in self.composer.nested(stack) if stack.nested else ():
            content = one.text.encode()
            bucket.put_once(one.key, content, hashlib.sha256(content).hexdigest())

    def _dropped(self, stack: Stack, cloud: Cloud, id_: str, kind: str) -> None:
        """Nothing is left: a stack that stood only for this change set goes with it."""
        cloud.drop_change_set(id_)
        found = cloud.describe(stack.stack_name) if kind == "CREATE" else None
        if found is None or found.status != REVIEW or cloud.pending(stack.stack_name):
            return
        cloud.delete(found.id, f"{self._token(stack)}-drop", self.role(stack))
        with suppress(CloudError):  # it is on its way, and who deploys next waits for it
            cloud.settle(found.id, "", lambda _: None)

    def _token(self, stack: Stack) -> str:
        return f"skafu-{self.run}-{hashlib.sha256(f'plan {stack.id}'.encode()).hexdigest()[:16]}"

    def _tell(self, kind: str, stack: Stack, /, **values: Any) -> None:
        self.tell(Event(kind, stack.id, values))


def _joined(
    one: Mapping[StackId, frozenset[str]], other: Mapping[StackId, frozenset[str]]
) -> dict[StackId, frozenset[str]]:
    return {id_: one.get(id_, frozenset()) | other.get(id_, frozenset()) for id_ in {*one, *other}}
