"""CloudFormation in one account and region: `skafu.model.cloud.Cloud` over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from skafu.aws import change_sets
from skafu.aws.descriptions import reading
from skafu.aws.drifting import drift_of, resources_of
from skafu.aws.events import Events
from skafu.aws.exports import importers
from skafu.aws.patience import Patience, missing
from skafu.aws.templates import Put, given, held
from skafu.aws.waiting import Waiting, describe
from skafu.model.cloud import ChangeSet, CloudError, DriftFound, ResourceEvent, Standing, Submission
from skafu.model.nesting import STACK

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_cloudformation.literals import StackStatusType


ALIVE: list[StackStatusType] = [
    "CREATE_IN_PROGRESS",
    "CREATE_FAILED",
    "CREATE_COMPLETE",
    "ROLLBACK_IN_PROGRESS",
    "ROLLBACK_FAILED",
    "ROLLBACK_COMPLETE",
    "DELETE_IN_PROGRESS",
    "DELETE_FAILED",
    "UPDATE_IN_PROGRESS",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_IN_PROGRESS",
    "UPDATE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    "UPDATE_ROLLBACK_COMPLETE",
    "REVIEW_IN_PROGRESS",
    "IMPORT_IN_PROGRESS",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_IN_PROGRESS",
    "IMPORT_ROLLBACK_FAILED",
    "IMPORT_ROLLBACK_COMPLETE",
]
"""Every status but that of a stack that is gone, which ListStacks keeps for 90 days."""


class Regional:
    """`Cloud`, in the account and region of a client. All threads share it, and its client."""

    def __init__(self, client: CloudFormationClient, put: Put, patience: Patience | None = None) -> None:
        """Take a client of the right account and region.

        Args:
            client: retries by itself first, as its configuration says.
            put: puts a template that is too long for a request into the artifacts bucket; returns its URL.
            patience: how to wait; AWS's pace where it is left out.
        """
        self._client = client
        self._put = put
        self._patience = patience or Patience()
        self._waiting = Waiting(client, self._patience)

    def describe(self, name: str) -> Standing | None:
        """The stack of this name or ARN; None where there is none, or none any more."""
        return describe(self._client, self._patience, name)

    def request_change_set(self, submission: Submission, kind: str) -> str:
        """Ask for a change set of `kind` `CREATE`, `UPDATE` or `IMPORT` and return its ARN."""
        return change_sets.request(self._client, self._patience, self._put, submission, kind)

    def change_set(self, id_: str) -> ChangeSet:
        """Wait until a change set is computed."""
        return change_sets.computed(self._client, self._patience, id_)

    def drop_change_set(self, id_: str) -> None:
        """Delete a change set that will not be executed."""
        change_sets.drop(self._client, self._patience, id_)

    def pending(self, name: str) -> tuple[str, ...]:
        """The ARNs of a stack's change sets, sorted. A stack in review without any is empty and may be deleted."""
        pages = self._patience.pages(
            f"list the change sets of {name}", self._client.list_change_sets, StackName=name
        )
        with reading(f"the change sets of {name}"):
            return tuple(sorted(one["ChangeSetId"] for page in pages for one in page.get("Summaries", ())))

    def execute(self, id_: str, token: str) -> None:
        """Execute a change set."""
        change_sets.execute(self._client, self._patience, id_, token)

    def update(self, submission: Submission) -> bool:
        """Start to update a stack without a change set. False where CloudFormation says nothing would change.

        For `ChangeSet.differs`: an endpoint may not see that outputs change, and then makes no change set.
        """
        arguments: dict[str, Any] = {
            "StackName": submission.name,
            "ClientRequestToken": submission.token,
            "Capabilities": list(submission.capabilities),
            "Parameters": change_sets.parameters(submission),
            "Tags": change_sets.tags(submission),
            **_role(submission.role),
            **given(submission.template, submission.name, self._put),
        }
        try:
            self._begin(
                "update", submission.name, submission.token, partial(self._client.update_stack, **arguments)
            )
        except CloudError as failure:
            if change_sets.says_no_change(failure.message):
                return False
            raise
        return True

    def settle(self, name: str, token: str, tell: Callable[[ResourceEvent], None]) -> Standing | None:
        """Wait until CloudFormation has done with a stack, telling each event of `token` once, in order."""
        return self._waiting.settle(name, token, tell)

    def events(self, name: str, token: str) -> Sequence[ResourceEvent]:
        """The events of one request, oldest first, those of nested stacks among them."""
        return Events(self._client, self._patience, name, token).fresh()

    def template(self, name: str) -> Any:
        """The template that CloudFormation holds, parsed; its text if it is not JSON; None without a stack."""
        try:
            return held(self._client, self._patience, f"read the template of {name}", StackName=name)
        except CloudError as failure:
            if missing(failure):
                return None
            raise

    def protect(self, name: str, *, on: bool) -> None:
        """Set termination protection."""
        self._patience.ask(
            f"set termination protection of {name}",
            lambda: self._client.update_termination_protection(
                StackName=name, EnableTerminationProtection=on
            ),
        )

    def set_policy(self, name: str, policy: str) -> None:
        """Set the stack policy (JSON text)."""
        self._patience.ask(
            f"set the stack policy of {name}",
            lambda: self._client.set_stack_policy(StackName=name, StackPolicyBody=policy),
        )

    def policy(self, name: str) -> str:
        """The stack policy; empty where there is none."""
        answer = self._patience.ask(
            f"read the stack policy of {name}", lambda: self._client.get_stack_policy(StackName=name)
        )
        return answer.get("StackPolicyBody", "")

    def delete(self, name: str, token: str, role: str, retain: Sequence[str] = ()) -> None:
        """Start to delete a stack; `retain` names resources to leave, of a stack whose deletion failed."""
        arguments: dict[str, Any] = {
            "StackName": name,
            "ClientRequestToken": token,
            **_role(role),
            **({"RetainResources": list(retain)} if retain else {}),
        }
        self._begin("delete", name, token, partial(self._client.delete_stack, **arguments))

    def rollback(self, name: str, token: str, role: str) -> None:
        """Start to roll a failed stack back."""
        arguments: dict[str, Any] = {"StackName": name, "ClientRequestToken": token, **_role(role)}
        self._begin("roll back", name, token, partial(self._client.rollback_stack, **arguments))

    def continue_rollback(self, name: str, token: str, role: str, skip: Sequence[str] = ()) -> None:
        """Go on with a rollback that failed; `skip` names resources to give up on."""
        arguments: dict[str, Any] = {
            "StackName": name,
            "ClientRequestToken": token,
            **_role(role),
            **({"ResourcesToSkip": list(skip)} if skip else {}),
        }
        self._begin(
            "go on with the rollback of",
            name,
            token,
            partial(self._client.continue_update_rollback, **arguments),
        )

    def stacks(self, prefix: str) -> Sequence[Standing]:
        """Every stack whose name begins with `prefix`, by name, without nested ones: those are their parents'.

        ListStacks tells no more than id, name and status. DescribeStacks without a name would, but it is a right to
        describe every stack of the account.
        """
        pages = self._patience.pages("list the stacks", self._client.list_stacks, StackStatusFilter=ALIVE)
        with reading("the stacks"):
            named = [
                Standing(one["StackId"], one["StackName"], one["StackStatus"])
                for page in pages
                for one in page.get("StackSummaries", ())
                if one["StackName"].startswith(prefix) and not one.get("ParentId")
            ]
        inside = cache(self._stacks_in)  # MiniStack does not say `ParentId`

        def nested(one: Standing) -> bool:
            parents = (other.name for other in named if one.name.startswith(f"{other.name}-"))
            return any({one.id, one.name} & inside(parent) for parent in parents)

        return sorted((one for one in named if not nested(one)), key=lambda one: one.name)

    def drift(self, name: str) -> DriftFound:
        """Compare what stands with what the template says, nested stacks too. Takes its time."""
        return drift_of(self._client, self._patience, name)

    def resources(self, name: str) -> Sequence[tuple[str, str, str]]:
        """Logical id, type and physical id of every resource that stands, without those in nested stacks."""
        return resources_of(self._client, self._patience, name)

    def importers(self, id_: str) -> Mapping[str, Sequence[str]]:
        """Export -> the stacks that import it, by name, of the exports of a stack by its ARN that somebody imports."""
        return importers(self._client, self._patience, id_)

    def _begin(self, verb: str, name: str, token: str, question: Callable[[], object]) -> None:
        """Start what a token stands for. What it began already, with an answer that got lost, is not refused."""
        try:
            self._patience.ask(f"{verb} the stack {name}", question)
        except CloudError as failure:
            refused = failure.code in {"ValidationError", "TokenAlreadyExistsException"}
            if not refused or not self.events(name, token):
                raise

    def _stacks_in(self, name: str) -> frozenset[str]:
        pages = self._patience.pages(
            f"list the resources of {name}", self._client.list_stack_resources, StackName=name
        )
        return frozenset(
            one.get("PhysicalResourceId", "")
            for page in pages
            for one in page.get("StackResourceSummaries", ())
            if one.get("ResourceType") == STACK
        )


def _role(arn: str) -> dict[str, str]:
    return {"RoleARN": arn} if arn else {}
