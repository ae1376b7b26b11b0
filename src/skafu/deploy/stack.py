"""The way of one stack: look, recover, seal, plan, gate, execute, read back. Every step is told before the next.

What can be asked again after a crash carries a token that is in the record before the request is sent.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from skafu.deploy.causes import root_cause
from skafu.deploy.certain import certain
from skafu.deploy.held import differences
from skafu.deploy.means import Means, Prior, Went
from skafu.deploy.readying import ready, settled
from skafu.deploy.settings import policy_apart, protection_apart, set_policy, set_protection
from skafu.deploy.states import Stuck, state
from skafu.deploy.step import Step, StopError
from skafu.deploy.submission import Outputs, imported, importing, late_parameters, submission
from skafu.model.cloud import ChangeSet, CloudError, Standing, Submission
from skafu.model.estate import Stack
from skafu.model.event import Event
from skafu.model.plan_json import plan_to_json
from skafu.model.verdict import Blocked

OBSOLETE = frozenset({"ChangeSetNotFound", "InvalidChangeSetStatus"})
"""What CloudFormation says of a change set that somebody else was ahead of."""

ATTEMPTS = 3
"""How often a change set is made anew that has turned obsolete: somebody else is at work on the stack."""


RESULTS = {"CREATE_COMPLETE": "created", "UPDATE_COMPLETE": "updated", "IMPORT_COMPLETE": "imported"}
"""Status in which an operation ended well -> what it was."""


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
    try:
        return _Work(stack, outputs, means).carry_out(prior)
    except StopError as stop:
        return stop.went, {}
    except CloudError as error:
        values = {"reason": error.message, "status": "", "hint": error.hint}
        means.tell(Event("stack-failed", stack.id, values))
        return Went.FAILED, {}


class _Work(Step):
    """One stack on its way through all steps."""

    def __init__(self, stack: Stack, outputs: Outputs, means: Means) -> None:
        super().__init__(stack, means)
        self._outputs = outputs
        self._begun = time.monotonic()

    def carry_out(self, prior: Prior | None) -> tuple[Went, Mapping[str, str]]:
        if self.stack.id not in self.means.approved:
            raise self.failed("the gate did not approve it")
        standing = self.cloud.describe(self.stack.stack_name)
        self.tell("stack-started", status=standing.status if standing else "")
        if prior is not None and prior.executing and self.cloud.events(self.stack.stack_name, prior.token):
            ended = self.cloud.settle(self.stack.stack_name, prior.token, self.resource)
            return self._finish(ended, self._asked(self._template(), prior.token))
        kind, standing = ready(self, standing)
        template = self._template()
        if prior is None and kind == "UPDATE" and standing is not None and self._stands(template, standing):
            return self._done("unchanged", standing, by="comparison")
        for attempt in range(ATTEMPTS):
            asked = self._asked(template, self.token(template, attempt))
            made = self._plan(asked, kind, template)
            begun = self._begin_update(asked, made) if made.empty else self._begin(made, asked.token)
            if begun:
                return self._finish(
                    self.cloud.settle(made.stack or asked.name, asked.token, self.resource), asked
                )
            if made.empty:
                return self._unchanged(asked)
        raise self.failed(
            f"its change set turned obsolete {ATTEMPTS} times: somebody else is changing the stack"
        )

    def _stands(self, template: Any, standing: Standing) -> bool:
        """Whether the stack is what would be submitted, and no change set could say anything else."""
        asked = self._asked(template, "")
        if not certain(asked, standing):
            return False
        found = differences(asked, self.cloud.template(asked.name), standing)
        if any(found.values()) or protection_apart(self, standing) or policy_apart(self):
            return False
        self.sealed()
        self._compared(asked, found, apart="different")
        return True

    def _template(self) -> Any:
        template = self.means.compose(self.stack, self.means.tell)
        if not self.means.imports:
            return template
        return importing(template, self.cloud.template(self.stack.stack_name), self.means.imports)

    def _asked(self, template: Any, token: str) -> Submission:
        late = late_parameters(self.stack, self._outputs)
        parameters = {name: value for name, value in late.items() if name in template.get("Parameters", {})}
        asked = submission(self.stack, template, parameters, token, self.means.role(self.stack))
        return replace(
            asked,
            tags=self._tags_held() if self.means.imports else asked.tags,
            imports=imported(template, self.means.imports),
            validated=not (self.means.emulated and asked.import_existing),
        )

    def _tags_held(self) -> dict[str, str]:
        """CloudFormation takes no other tags together with an import; a deployment afterwards brings them."""
        standing = self.cloud.describe(self.stack.stack_name)
        held = standing.tags if standing else {}
        return {name: value for name, value in held.items() if not name.startswith("aws:")}

    def _plan(self, asked: Submission, kind: str, template: Any) -> ChangeSet:
        """The change set, approved; an empty one is deleted already."""
        self.sealed()
        self.tell(
            "change-set-requested",
            token=asked.token,
            kind=kind,
            submitted=_sha256(asked.template),
            file=self.means.keep(self.stack, asked.template),
        )
        id_ = self.cloud.request_change_set(asked, kind)
        self.tell("change-set-made", id=id_)
        try:
            made = self.cloud.change_set(id_)
            plan = self.means.plan(self.stack, self.cloud, asked, made, template)
        except CloudError:  # nobody can judge it, so nobody may find it and execute it
            with suppress(CloudError):
                self.cloud.drop_change_set(id_)
                self._leave_nothing(asked.name, kind)
            raise
        self.tell("planned", plan=plan_to_json(plan))
        verdict = self.means.judge(self.stack, plan)
        if made.empty or isinstance(verdict, Blocked):
            self.cloud.drop_change_set(id_)
        if isinstance(verdict, Blocked):
            self._leave_nothing(asked.name, kind)
            raise StopError(Went.BLOCKED)
        return made

    def _leave_nothing(self, name: str, kind: str) -> None:
        """A stack that was made by its first change set alone, and will not be executed, goes with it."""
        standing = self.cloud.describe(name) if kind == "CREATE" else None
        if standing and standing.status == "REVIEW_IN_PROGRESS" and not self.cloud.pending(name):
            self.cloud.delete(name, self.token("leave nothing"), self.means.role(self.stack))

    def _begin_update(self, asked: Submission, made: ChangeSet) -> bool:
        """Whether an update began that the change set did not see, and that changes outputs alone."""
        if not self.means.emulated or "Outputs" not in made.differs:
            return False
        self.sealed()
        set_policy(self)
        self.tell("execution-requested", id="", token=asked.token)
        return self.cloud.update(asked)

    def _begin(self, made: ChangeSet, token: str) -> bool:
        """Whether CloudFormation began; not if the change set had turned obsolete."""
        self.sealed()
        if not made.creates:
            set_policy(self)  # what an update may do is what was approved
        self.tell("execution-requested", id=made.id, token=token)
        try:
            self.cloud.execute(made.id, token)
        except CloudError as error:
            if error.code not in OBSOLETE:
                raise
            self.tell("stack-waiting", reason="its change set turned obsolete; it is made anew")
            settled(self, self.cloud.describe(self.stack.stack_name))
            return False
        return True

    def _finish(self, ended: Standing | None, asked: Submission) -> tuple[Went, Mapping[str, str]]:
        if ended is None:
            raise self.failed("it is gone: somebody deleted it meanwhile")
        result = RESULTS.get(ended.status)
        if result is None:
            raise self._failed(ended, asked)
        set_policy(self)
        set_protection(self, ended)
        self._read_back(asked, ended)
        return self._done(result, ended)

    def _failed(self, ended: Standing, asked: Submission) -> StopError:
        cause = root_cause(self.cloud.events(asked.name, asked.token))
        found = state(ended.status)
        hint = "What stood before stands again." if ended.status == "UPDATE_ROLLBACK_COMPLETE" else ""
        if isinstance(found, Stuck):
            hint = f"Mend the cause, then deploy again. {found.hint}"
        reason = cause or ended.reason or f"it ended as {ended.status}"
        return self.failed(reason, ended.status, hint)

    def _unchanged(self, asked: Submission) -> tuple[Went, Mapping[str, str]]:
        standing = self.cloud.describe(asked.name)
        if standing is None:
            raise self.failed("its change set is empty, and yet it does not stand")
        found = differences(asked, self.cloud.template(asked.name), standing)
        # CloudFormation says that the two mean the same, and keeps the old text; of tags it would have told.
        self._compared(asked, found, apart="kept")
        if found["tags"]:
            raise self._not_held(f"tags: {found['tags'][0]}")
        self.sealed()
        changed = [set_policy(self), set_protection(self, standing)]
        return self._done("updated" if any(changed) else "unchanged", standing, by="change set")

    def _read_back(self, asked: Submission, standing: Standing) -> None:
        found = differences(asked, self.cloud.template(asked.name), standing)
        listed = self._compared(asked, found, apart="different")
        if listed:
            more = f" and {len(listed) - 1} more" if len(listed) > 1 else ""
            raise self._not_held(f"{listed[0]}{more}")

    def _not_held(self, what: str) -> StopError:
        return self.failed(
            f"CloudFormation does not hold what it was given: {what}",
            hint="Somebody may have changed it meanwhile; deploy it again.",
        )

    def _compared(self, asked: Submission, found: Mapping[str, list[str]], apart: str) -> list[str]:
        told = {name: apart if places else "same" for name, places in found.items()}
        listed = [f"{name}: {place}" for name, places in found.items() for place in places]
        self.tell("read-back", **told, differences=listed, submitted=_sha256(asked.template))
        return listed

    def _done(self, result: str, standing: Standing, **how: str) -> tuple[Went, Mapping[str, str]]:
        self.tell(
            "stack-done",
            result=result,
            status=standing.status,
            stack_id=standing.id,
            outputs=dict(sorted(standing.outputs.items())),
            seconds=round(time.monotonic() - self._begun, 3),
            **how,
        )
        return Went.DONE, standing.outputs


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
