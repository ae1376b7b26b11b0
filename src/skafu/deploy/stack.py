"""The way of one stack: look, recover, seal, plan, gate, execute, read back. Every step is told before the next.

What can be asked again after a crash carries a token that is in the record before the request is sent.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from skafu.deploy.causes import root_cause
from skafu.deploy.held import differences
from skafu.deploy.means import Means, Prior, Went
from skafu.deploy.states import Stuck, state
from skafu.deploy.submission import Outputs, imported, late_parameters, submission
from skafu.model.cloud import ChangeSet, CloudError, ResourceEvent, Standing, Submission
from skafu.model.estate import Stack
from skafu.model.event import Event
from skafu.model.plan_json import plan_to_json
from skafu.model.verdict import Blocked

ATTEMPTS = 3
"""How often a change set is made anew that has turned obsolete: somebody else is at work on the stack."""


RESULTS = {"CREATE_COMPLETE": "created", "UPDATE_COMPLETE": "updated", "IMPORT_COMPLETE": "imported"}
"""Status in which an operation ended well -> what it was."""


IDLE = (
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Mappings",
    "Metadata",
    "Parameters",
    "Rules",
)
"""Sections of a template that change nothing by themselves: where only they differ, CloudFormation keeps the old text."""


class _StopError(Exception):
    """This stack goes no further; how it ended has been told."""

    def __init__(self, went: Went) -> None:
        super().__init__(went)
        self.went = went


def deploy_stack(
    stack: Stack, outputs: Outputs, means: Means, prior: Prior | None = None
) -> tuple[Went, Mapping[str, str]]:
    """Bring one stack to what was approved.

    Args:
        stack: what to deploy.
        outputs: of the stacks that it needs.
        means: everything else.
        prior: what a run that was broken off had begun with it.

    Returns:
        How it went, and the outputs of what stands.

    Raises:
        SkafuError: it cannot be recorded; then nothing further is done.
    """
    work = _Work(stack, outputs, means)
    try:
        return work.carry_out(prior)
    except _StopError as stop:
        return stop.went, {}
    except CloudError as error:
        work.tell("stack-failed", reason=error.message, status="", hint=error.hint)
        return Went.FAILED, {}


class _Work:
    """One stack under way."""

    def __init__(self, stack: Stack, outputs: Outputs, means: Means) -> None:
        self._stack = stack
        self._outputs = outputs
        self._means = means
        self._cloud = means.cloud(stack)
        self._begun = time.monotonic()

    def tell(self, kind: str, /, **values: Any) -> None:
        self._means.tell(Event(kind, self._stack.id, values))

    def carry_out(self, prior: Prior | None) -> tuple[Went, Mapping[str, str]]:
        if self._stack.id not in self._means.approved:
            raise self._fail("the gate did not approve it")
        standing = self._cloud.describe(self._stack.stack_name)
        self.tell("stack-started", status=standing.status if standing else "")
        if prior is not None and prior.executing and self._cloud.events(self._stack.stack_name, prior.token):
            ended = self._cloud.settle(self._stack.stack_name, prior.token, self._resource)
            return self._finish(ended, self._asked(self._template(), prior.token))
        kind = self._ready(standing)
        template = self._template()
        self._policy_of_update(kind)
        for attempt in range(ATTEMPTS):
            asked = self._asked(template, self._token(template, attempt))
            made = self._plan(asked, kind, template)
            begun = self._begin_update(asked, made) if made.empty else self._begin(made, asked.token)
            if begun:
                return self._finish(self._cloud.settle(asked.name, asked.token, self._resource), asked)
            if made.empty:
                return self._unchanged(asked)
        raise self._fail(
            f"its change set turned obsolete {ATTEMPTS} times: somebody else is changing the stack"
        )

    def _template(self) -> Any:
        return self._means.compose(self._stack, self._means.tell)

    def _asked(self, template: Any, token: str) -> Submission:
        parameters = late_parameters(self._stack, self._outputs)
        asked = submission(self._stack, template, parameters, token, self._means.role(self._stack))
        return replace(
            asked,
            imports=imported(template, self._means.imports),
            validated=not (self._means.emulated and asked.import_existing),
        )

    def _token(self, what: Any, attempt: int = 0) -> str:
        """The same request in the same run, the same token."""
        told = f"{self._stack.id}|{what}|{sorted(self._stack.given.items())}"
        return f"skafu-{self._means.run}-{hashlib.sha256(told.encode()).hexdigest()[:16]}-{attempt}"

    def _ready(self, standing: Standing | None) -> str:
        """The kind of change set to make, once the stack is in a state that allows one."""
        standing = self._settled(standing)
        found = state(standing.status if standing else "")
        if isinstance(found, Stuck):
            self._recover(found, standing.status if standing else "")
            standing = self._settled(self._cloud.describe(self._stack.stack_name))
            found = state(standing.status if standing else "")
        if isinstance(found, Stuck):
            raise self._stuck(found, standing.status if standing else "")
        return "IMPORT" if self._means.imports else found.kind

    def _settled(self, standing: Standing | None) -> Standing | None:
        if standing is None or not standing.busy:
            return standing
        self.tell("stack-waiting", reason=f"CloudFormation is at work on it already: {standing.status}")
        return self._cloud.settle(self._stack.stack_name, "", lambda _: None)

    def _stuck(self, found: Stuck, status: str) -> _StopError:
        hint = f"To go on, {found.advice}." + (
            f" `--recover` does it: {found.action}." if found.action else ""
        )
        self.tell("stack-failed", reason=f"{status}: {found.why}", status=status, hint=hint)
        return _StopError(Went.FAILED)

    def _recover(self, found: Stuck, status: str) -> None:
        if not self._means.recover or not found.action:
            raise self._stuck(found, status)
        name, token, role = (
            self._stack.stack_name,
            self._token(f"recover {status}"),
            self._means.role(self._stack),
        )
        match found.action:
            case "delete":
                self._cloud.delete(name, token, role)
            case "rollback":
                self._cloud.rollback(name, token, role)
            case _:
                self._cloud.continue_rollback(name, token, role)
        ended = self._cloud.settle(name, token, self._resource)
        self.tell("stack-recovered", action=found.action, status=ended.status if ended else "")

    def _sealed(self) -> None:
        approved = self._means.approved[self._stack.id]
        found = list(self._means.differs(self._stack, approved))
        if found:
            raise self._fail(
                f"it is not what was approved any more: {'; '.join(found)}", hint="Judge and deploy it again."
            )
        self.tell("sealed", digest=approved.digest, parts=dict(approved.parts), judges=dict(approved.judges))

    def _plan(self, asked: Submission, kind: str, template: Any) -> ChangeSet:
        """The change set, approved; an empty one is deleted already."""
        self._sealed()
        self.tell(
            "change-set-requested",
            token=asked.token,
            kind=kind,
            submitted=hashlib.sha256(asked.template.encode()).hexdigest(),
            file=self._means.keep(self._stack, asked.template),
        )
        id_ = self._cloud.request_change_set(asked, kind)
        self.tell("change-set-made", id=id_)
        made = self._cloud.change_set(id_)
        plan = self._means.plan(self._stack, self._cloud, asked, made, template)
        self.tell("planned", plan=plan_to_json(plan))
        verdict = self._means.judge(self._stack, plan)
        if made.empty or isinstance(verdict, Blocked):
            self._cloud.drop_change_set(id_)
        if isinstance(verdict, Blocked):
            self._leave_nothing(asked.name, kind)
            raise _StopError(Went.BLOCKED)
        return made

    def _leave_nothing(self, name: str, kind: str) -> None:
        """A stack that was made by its first change set alone, and will not be executed, goes with it."""
        standing = self._cloud.describe(name) if kind == "CREATE" else None
        if standing and standing.status == "REVIEW_IN_PROGRESS" and not self._cloud.pending(name):
            self._cloud.delete(name, self._token("leave nothing"), self._means.role(self._stack))

    def _begin_update(self, asked: Submission, made: ChangeSet) -> bool:
        """Whether an update began that the change set did not see, and that changes outputs alone."""
        if not self._means.emulated or "Outputs" not in made.differs:
            return False
        self._sealed()
        self.tell("execution-requested", id="", token=asked.token)
        return self._cloud.update(asked)

    def _begin(self, made: ChangeSet, token: str) -> bool:
        """Whether CloudFormation began; not if the change set had turned obsolete."""
        self._sealed()
        self.tell("execution-requested", id=made.id, token=token)
        try:
            self._cloud.execute(made.id, token)
        except CloudError as error:
            if error.code != "InvalidChangeSetStatus":
                raise
            self.tell("stack-waiting", reason="its change set turned obsolete; it is made anew")
            self._settled(self._cloud.describe(self._stack.stack_name))
            return False
        return True

    def _finish(self, ended: Standing | None, asked: Submission) -> tuple[Went, Mapping[str, str]]:
        if ended is None:
            raise self._fail("it is gone: somebody deleted it meanwhile")
        result = RESULTS.get(ended.status)
        if result is None:
            raise self._failed(ended, asked)
        self._settings(ended)
        self._read_back(asked, ended)
        return self._done(result, ended)

    def _failed(self, ended: Standing, asked: Submission) -> _StopError:
        cause = root_cause(self._cloud.events(asked.name, asked.token))
        found = state(ended.status)
        hint = "What stood before stands again." if ended.status == "UPDATE_ROLLBACK_COMPLETE" else ""
        if isinstance(found, Stuck):
            hint = f"Mend the cause, then deploy with --recover, which does: {found.action}."
        reason = cause or ended.reason or f"it ended as {ended.status}"
        self.tell("stack-failed", reason=reason, status=ended.status, hint=hint)
        return _StopError(Went.FAILED)

    def _unchanged(self, asked: Submission) -> tuple[Went, Mapping[str, str]]:
        standing = self._cloud.describe(asked.name)
        if standing is None:
            raise self._fail("its change set is empty, and yet it does not stand")
        self._settings(standing)
        self._read_back(asked, standing, aside=IDLE)
        return self._done("unchanged", standing)

    def _policy_of_update(self, kind: str) -> None:
        """What an update may do is what was approved, from its first change on."""
        if kind != "CREATE":
            self._policy()

    def _policy(self) -> None:
        wanted = self._stack.definition.stack_policy
        if wanted and wanted != self._cloud.policy(self._stack.stack_name):
            self._cloud.set_policy(self._stack.stack_name, wanted)

    def _settings(self, standing: Standing) -> None:
        self._policy()
        declared = self._stack.definition.node.get("termination_protection")
        if declared is not None and declared.value is not standing.termination_protection:
            self._cloud.protect(self._stack.stack_name, on=declared.value is True)

    def _read_back(self, asked: Submission, standing: Standing, aside: tuple[str, ...] = ()) -> None:
        found = differences(asked, self._cloud.template(asked.name), standing)
        told = {name: "different" if places else "same" for name, places in found.items()}
        listed = [f"{name}: {place}" for name, places in found.items() for place in places]
        self.tell("read-back", **told, differences=listed)
        wrong = [one for one in listed if not one.startswith(tuple(f"template: {name}" for name in aside))]
        if wrong:
            more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
            raise self._fail(
                f"CloudFormation does not hold what it was given: {wrong[0]}{more}",
                hint="Somebody may have changed it meanwhile; deploy it again.",
            )

    def _done(self, result: str, standing: Standing) -> tuple[Went, Mapping[str, str]]:
        self.tell(
            "stack-done",
            result=result,
            status=standing.status,
            stack_id=standing.id,
            outputs=dict(sorted(standing.outputs.items())),
            seconds=round(time.monotonic() - self._begun, 3),
        )
        return Went.DONE, standing.outputs

    def _resource(self, event: ResourceEvent) -> None:
        self.tell(
            "resource",
            time=event.time,
            logical_id=event.logical_id,
            type=event.type,
            status=event.status,
            reason=event.reason,
            **{"in": event.stack},
        )

    def _fail(self, reason: str, hint: str = "") -> _StopError:
        self.tell("stack-failed", reason=reason, status="", hint=hint)
        return _StopError(Went.FAILED)
