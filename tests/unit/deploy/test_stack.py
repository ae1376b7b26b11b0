"""One stack, in whatever state it is met -> what is asked of CloudFormation, what is told, and how it ends.

CloudFormation is played here: what is tested is what skafu does in states that no emulator gets into.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

import generated
from skafu.cache import NOTHING
from skafu.cli.estate import Memory, resolve_whole
from skafu.deploy import Means, Prior, Went, deploy_stack
from skafu.model.change import Plan
from skafu.model.cloud import ChangeSet, CloudError, ResourceEvent, Standing
from skafu.model.errors import SkafuError
from skafu.model.verdict import Approved, Blocked

NAME = "made-development-only"

TAGS = {"skafu:stack": "made/development/us-east-1/only"}


class Played:
    """A stack in an account. `asked` is everything that was asked of it, in order."""

    def __init__(self, status="", after=None, *, empty=False, refuses=()):
        self.status = status
        self.after = after or {}
        self.empty = empty
        self.refuses = list(refuses)
        self.asked = []
        self.held = {}
        self.parameters = {}
        self.told = {}

    def describe(self, name):
        stands = Standing(f"arn:{name}", name, self.status, outputs={"Id": "arn:q"}, tags=TAGS)
        return stands if self.status else None

    def request_change_set(self, submission, kind):
        self.asked.append(f"{kind} change set")
        self.submitted = submission
        return f"arn:{submission.token}"

    def change_set(self, id_):
        return ChangeSet(id_, empty=self.empty)

    def drop_change_set(self, _):
        self.asked.append("drop")

    def pending(self, _):
        return ()

    def execute(self, _, token):
        self.asked.append("execute")
        if self.refuses:
            raise CloudError("it is obsolete", code=self.refuses.pop(0))
        self.told[token] = [event("Queue", "CREATE_FAILED", "no room")]
        self._becomes("execute")

    def _becomes(self, what):
        self.status = self.after.get(what, "CREATE_COMPLETE" if not self.status else "UPDATE_COMPLETE")

    def settle(self, name, token, tell):
        for one in self.told.get(token, []):
            tell(one)
        if self.status == "UPDATE_IN_PROGRESS":
            self.status = "UPDATE_COMPLETE"
        return self.describe(name)

    def events(self, _, token):
        return self.told.get(token, [])

    def template(self, _):
        return self.held

    def policy(self, _):
        return ""

    def delete(self, *_):
        self.asked.append("delete")
        self.status = self.after.get("delete", "")

    def rollback(self, *_):
        self.asked.append("rollback")
        self._becomes("rollback")

    def continue_rollback(self, *_):
        self.asked.append("continue-rollback")
        self.status = self.after.get("continue-rollback", "UPDATE_ROLLBACK_COMPLETE")


def event(logical_id, status, reason=""):
    return ResourceEvent(
        f"{logical_id} {status}", "2026-11-22T10:00:00Z", NAME, logical_id, "AWS::SQS::Queue", status, reason
    )


@pytest.fixture
def stack(tmp_path):
    generated.write(tmp_path, {**generated.BASE, **generated.stack("platform", "only", [], resources=1)})
    (one,) = resolve_whole(tmp_path, Memory(NOTHING, "")).stacks.values()
    return one


@pytest.fixture
def carry_out(stack):
    """`carry_out(cloud)`: how it went, and the kinds of what was told."""

    def made(cloud, *, prior=None, told=None, **changes):
        told = [] if told is None else told
        cloud.held = stack.template.plain()
        approval = Approved(stack.id, stack.digest, stack.parts)
        means = {
            "run": "run",
            "approved": {stack.id: approval},
            "cloud": lambda _: cloud,
            "compose": lambda one, _: one.template.plain(),
            "differs": lambda *_: (),
            "plan": lambda one, *_: Plan(one.id, one.digest, "update"),
            "removal": lambda one, *_: Plan(one.id, one.digest, "update"),
            "judge": lambda *_: approval,
            "role": lambda _: "",
            "keep": lambda *_: "submitted.json",
            "tell": told.append,
            **changes,
        }
        went, _ = deploy_stack(stack, {}, Means(**means), prior)
        return went, [(one.kind, one.values) for one in told]

    return made


def why(told):
    return next(values["reason"] for kind, values in told if kind == "stack-failed")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("", "CREATE"),
        ("REVIEW_IN_PROGRESS", "CREATE"),
        ("CREATE_COMPLETE", "UPDATE"),
        ("UPDATE_COMPLETE", "UPDATE"),
        ("UPDATE_ROLLBACK_COMPLETE", "UPDATE"),
        ("IMPORT_COMPLETE", "UPDATE"),
        ("UPDATE_IN_PROGRESS", "UPDATE"),
    ],
)
def test_a_stack_in_a_sound_state_gets_a_change_set_of_the_right_kind(carry_out, status, kind):
    class Older(Played):
        def template(self, _):
            return self.held if "execute" in self.asked else {}

    cloud = Older(status)

    went, _ = carry_out(cloud)

    assert went is Went.DONE
    assert cloud.asked == [f"{kind} change set", "execute"]


@pytest.mark.parametrize(
    ("status", "action"),
    [
        ("ROLLBACK_COMPLETE", "delete"),
        ("ROLLBACK_FAILED", "delete"),
        ("CREATE_FAILED", "delete"),
        ("UPDATE_FAILED", "rollback"),
        ("UPDATE_ROLLBACK_FAILED", "continue-rollback"),
    ],
)
def test_a_stuck_stack_is_left_alone_and_recovered_only_when_asked(carry_out, status, action):
    left, recovered = Played(status), Played(status, {"rollback": "UPDATE_ROLLBACK_COMPLETE"})

    went_left, told = carry_out(left)
    went_recovered, _ = carry_out(recovered, recover=True)

    assert went_left is Went.FAILED
    assert left.asked == []
    assert why(told).startswith(f"{status}: ")
    assert went_recovered is Went.DONE
    assert recovered.asked[0] == action
    assert recovered.asked[-1] == "execute"


def test_what_cannot_be_recovered_from_is_not_tried_twice(carry_out):
    cloud = Played("UPDATE_ROLLBACK_FAILED", {"continue-rollback": "UPDATE_ROLLBACK_FAILED"})

    went, told = carry_out(cloud, recover=True)

    assert went is Went.FAILED
    assert cloud.asked == ["continue-rollback"]
    assert "UPDATE_ROLLBACK_FAILED" in why(told)


@pytest.mark.parametrize("status", ["FROZEN_IN_TIME", "DELETE_FAILED", "IMPORT_ROLLBACK_FAILED"])
def test_what_only_a_person_can_mend_is_left_to_one(carry_out, status):
    cloud = Played(status)

    went, told = carry_out(cloud, recover=True)

    assert went is Went.FAILED
    assert cloud.asked == []
    assert status in why(told)


@pytest.mark.parametrize(
    ("ends", "reason"),
    [
        ("ROLLBACK_COMPLETE", "Queue (AWS::SQS::Queue): no room"),
        ("UPDATE_ROLLBACK_COMPLETE", "Queue (AWS::SQS::Queue): no room"),
        ("UPDATE_ROLLBACK_FAILED", "Queue (AWS::SQS::Queue): no room"),
    ],
)
def test_an_operation_that_ends_badly_fails_with_its_root_cause(carry_out, ends, reason):
    went, told = carry_out(Played("", {"execute": ends}))

    assert went is Went.FAILED
    assert why(told) == reason


def test_an_obsolete_change_set_is_made_three_times_at_most(carry_out):
    twice, always = (
        Played(refuses=["InvalidChangeSetStatus"] * 2),
        Played(refuses=["InvalidChangeSetStatus"] * 9),
    )

    assert carry_out(twice)[0] is Went.DONE
    went, told = carry_out(always)

    assert twice.asked == ["CREATE change set", "execute"] * 3
    assert always.asked == ["CREATE change set", "execute"] * 3
    assert went is Went.FAILED
    assert "somebody else is changing the stack" in why(told)


def test_without_an_approval_nothing_is_asked_of_cloudformation(carry_out):
    cloud = Played()

    went, told = carry_out(cloud, approved={})

    assert (went, cloud.asked) == (Went.FAILED, [])
    assert why(told) == "the gate did not approve it"


def test_what_was_edited_since_is_not_even_planned(carry_out):
    cloud = Played()

    went, told = carry_out(cloud, differs=lambda *_: ["policies changed"])

    assert (went, cloud.asked) == (Went.FAILED, [])
    assert why(told) == "it is not what was approved any more: policies changed"


def test_a_blocked_plan_is_dropped_and_so_is_the_stack_it_would_have_made(carry_out, stack):
    cloud = Played("REVIEW_IN_PROGRESS")
    blocked = Blocked(stack.id, stack.digest, ("stateful-not-lost",))

    went, _ = carry_out(cloud, judge=lambda *_: blocked)

    assert went is Went.BLOCKED
    assert cloud.asked == ["CREATE change set", "drop", "delete"]


def test_what_is_held_is_read_back_and_a_difference_fails(carry_out):
    class Elsewise(Played):
        def template(self, _):
            return {"Resources": {}}

    went, told = carry_out(Elsewise())

    assert went is Went.FAILED
    assert why(told) == "CloudFormation does not hold what it was given: template: Outputs and 1 more"


def test_what_cloudformation_finds_no_change_in_is_kept_and_recorded_as_that(carry_out, stack):
    class Described(Played):
        def template(self, _):
            return {**stack.template.plain(), "Description": "as it was"}

    went, told = carry_out(Described("UPDATE_COMPLETE", empty=True))

    assert went is Went.DONE
    (read_back,) = [values for kind, values in told if kind == "read-back"]
    assert (read_back["template"], read_back["differences"]) == ("kept", ["template: Description"])
    assert carry_out(Described("UPDATE_COMPLETE"))[0] is Went.FAILED


def test_tags_that_differ_although_nothing_changes_are_an_error(carry_out):
    class Tagged(Played):
        def describe(self, name):
            return replace(super().describe(name), tags={**TAGS, "by": "hand"})

    went, told = carry_out(Tagged("UPDATE_COMPLETE", empty=True))

    assert went is Went.FAILED
    assert why(told) == "CloudFormation does not hold what it was given: tags: by"


@pytest.mark.parametrize("step", ["change_set", "plan"])
def test_a_change_set_that_nobody_could_judge_is_not_left_for_others_to_execute(carry_out, step):
    def fails(*_):
        raise CloudError("it says something that skafu does not know")

    cloud = Played("REVIEW_IN_PROGRESS")
    if step == "change_set":
        cloud.change_set = fails

    went, _ = carry_out(cloud, **({"plan": fails} if step == "plan" else {}))

    assert went is Went.FAILED
    assert cloud.asked == ["CREATE change set", "drop", "delete"]


def test_what_was_being_executed_is_picked_up_by_its_token_and_not_asked_for_again(carry_out):
    cloud = Played("UPDATE_IN_PROGRESS")
    cloud.told["skafu-run-1"] = [event("Queue", "UPDATE_COMPLETE")]

    went, told = carry_out(cloud, prior=Prior("skafu-run-1", executing=True))

    assert (went, cloud.asked) == (Went.DONE, [])
    assert [kind for kind, _ in told] == ["stack-started", "resource", "read-back", "stack-done"]


def test_an_execution_that_never_arrived_is_asked_for_again(carry_out):
    cloud = Played("REVIEW_IN_PROGRESS", {"execute": "CREATE_COMPLETE"})

    went, _ = carry_out(cloud, prior=Prior("skafu-run-1", executing=True))

    assert (went, cloud.asked) == (Went.DONE, ["CREATE change set", "execute"])


@pytest.mark.parametrize("kind", ["change-set-requested", "execution-requested"])
def test_nothing_is_asked_for_that_could_not_be_recorded_before(carry_out, kind):
    cloud = Played()

    def full(event):
        if event.kind == kind:
            raise SkafuError("the disk is full")

    with pytest.raises(SkafuError, match="the disk is full"):
        carry_out(cloud, tell=full)

    assert cloud.asked == ([] if kind == "change-set-requested" else ["CREATE change set"])
