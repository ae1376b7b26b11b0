"""Change sets: asked for once, computed, merged with those of nested stacks, executed once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from skafu.aws.descriptions import reading
from skafu.aws.patience import Patience, missing
from skafu.aws.templates import Put, given, held, same_template, sections_apart
from skafu.aws.validation_failures import validation_failures
from skafu.model.cloud import ChangeSet, CloudError, Submission
from skafu.model.nesting import STACK

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient

NAME_LENGTH = 128
"""Letters that a change set's name may have (API reference, CreateChangeSet)."""

NO_CHANGE = (
    "didn't contain changes",
    "did not contain changes",
    "no updates are to be performed",
    "there are no changes",
)
"""How `StatusReason` says that nothing would change; the second where a transform takes part."""

EXECUTED = frozenset({"EXECUTE_IN_PROGRESS", "EXECUTE_COMPLETE", "EXECUTE_FAILED"})
"""The `ExecutionStatus` of a change set that somebody has executed."""

OBSOLETE = "InvalidChangeSetStatus"
"""AWS's code for a change set that cannot be executed any more."""

NESTED_ARN = re.compile(r"arn:[\w-]+:cloudformation:[\w-]*:\d*:changeSet/[\w/-]+")


def request(
    client: CloudFormationClient, patience: Patience, put: Put, submission: Submission, kind: str
) -> str:
    """Ask for a change set and return its ARN. The same token finds the one that was asked for before.

    A failed creation rolls back, as is CloudFormation's default, and the stack stays with its events: the
    cause can be read. So `OnStackFailure` is not set.

    Raises:
        CloudError: AWS refuses, the template is too long, or the token was used for something else.
        Unreachable: nobody answered. Nobody knows whether the change set exists: ask again with the same token.
    """
    name, mark = _name(kind, submission.token), _mark(submission, kind)
    arguments: dict[str, Any] = {
        "StackName": submission.name,
        "ChangeSetName": name,
        "ChangeSetType": kind,
        "ClientToken": submission.token,
        "Description": mark,
        "Capabilities": list(submission.capabilities),
        "Parameters": parameters(submission),
        "Tags": tags(submission),
        **given(submission.template, submission.name, put),
    }
    if submission.role:
        arguments["RoleARN"] = submission.role
    if kind == "IMPORT":
        arguments["ResourcesToImport"] = [
            {"LogicalResourceId": logical_id, "ResourceType": type_, "ResourceIdentifier": dict(identifier)}
            for logical_id, (type_, identifier) in sorted(submission.imports.items())
        ]
    else:
        arguments["ImportExistingResources"] = submission.import_existing
        arguments["IncludeNestedStacks"] = f'"{STACK}"' in submission.template
        if not submission.validated:
            arguments["DisableValidation"] = True
    doing = f"ask for a change set of the stack {submission.name}"
    try:
        answer = patience.ask(doing, partial(client.create_change_set, **arguments))
    except CloudError as failure:
        if failure.code != "AlreadyExistsException":
            raise
        found = _asked_before(client, patience, submission, name, mark)
        if found is None:
            raise
        return found
    with reading(f"a change set of the stack {submission.name}"):
        return answer["Id"]


def computed(client: CloudFormationClient, patience: Patience, id_: str) -> ChangeSet:
    """Wait until a change set is computed.

    Raises:
        CloudError: it could not be computed, for another reason than that nothing would change; or it is gone.
    """
    found, changes = _settled(client, patience, id_)
    with reading("a change set"):
        status, stack = found["Status"], found["StackName"]
        execution = found.get("ExecutionStatus", "")
        whose: dict[str, Any] = {"stack": found["StackId"], "creates": _of_kind("CREATE", id_)}
    if _nothing_changes(found):
        of_stack = held(client, patience, f"read the template of {stack}", StackName=found["StackId"])
        asked = held(client, patience, f"read the template of a change set of {stack}", ChangeSetName=id_)
        return ChangeSet(id=id_, empty=True, differs=sections_apart(of_stack, asked), **whose)
    if status != "CREATE_COMPLETE" or execution == "UNAVAILABLE":
        raise CloudError(
            f"CloudFormation could not compute the change set of the stack {stack}: "
            f"{_why(client, patience, found)}",
            code="ChangeSetFailed",
        )
    return ChangeSet(id=id_, empty=False, changes=tuple(_merged(client, patience, changes)), **whose)


def drop(client: CloudFormationClient, patience: Patience, id_: str) -> None:
    """Delete a change set, and with it those of its nested stacks. One that is gone is fine."""
    try:
        patience.ask("delete a change set", lambda: client.delete_change_set(ChangeSetName=id_))
    except CloudError as failure:
        if failure.code != "ChangeSetNotFound" and not missing(failure):
            raise


def execute(client: CloudFormationClient, patience: Patience, id_: str, token: str) -> None:
    """Execute a change set. One that was executed already, with an answer that got lost, is not executed again.

    Raises:
        CloudError: AWS refuses; the code is `InvalidChangeSetStatus` where the change set is obsolete.
        Unreachable: nobody answered. Ask again with the same token.
    """
    # The API reference names `True` as the default of DisableRollback; what is judged here rolls back. An
    # import always does.
    # A rollback deletes what the operation itself has made, also what would be retained: else its name is taken when
    # the operation is tried again.
    options = {} if _of_kind("IMPORT", id_) else {"DisableRollback": False, "RetainExceptOnCreate": True}
    asked: dict[str, Any] = {"ChangeSetName": id_, "ClientRequestToken": token, **options}
    try:
        patience.ask("execute a change set", partial(client.execute_change_set, **asked))
    except CloudError as failure:
        if failure.code not in {OBSOLETE, "TokenAlreadyExistsException"}:
            raise
        found, _ = _described(client, patience, ChangeSetName=id_)
        status = found.get("ExecutionStatus", "")
        if status in EXECUTED:
            return
        raise CloudError(
            f"The change set of the stack {found.get('StackName', '')} cannot be executed: it is {status}.",
            code=failure.code,
            hint="The stack was changed since; plan it again.",
        ) from failure


def parameters(submission: Submission) -> list[dict[str, str]]:
    """The parameters, as CloudFormation takes them."""
    return [
        {"ParameterKey": key, "ParameterValue": value} for key, value in sorted(submission.parameters.items())
    ]


def tags(submission: Submission) -> list[dict[str, str]]:
    """The tags, as CloudFormation takes them."""
    return [{"Key": key, "Value": value} for key, value in sorted(submission.tags.items())]


def says_no_change(reason: str) -> bool:
    """Whether CloudFormation says in a status reason or a message that nothing would change."""
    return any(words in reason.lower() for words in NO_CHANGE)


def _name(kind: str, token: str) -> str:
    name = f"skafu-{kind.lower()}-{token}"
    if len(name) <= NAME_LENGTH:
        return name
    digest = hashlib.sha256(token.encode()).hexdigest()[:32]
    return f"{name[: NAME_LENGTH - len(digest) - 1]}-{digest}"


def _of_kind(kind: str, id_: str) -> bool:
    """Whether a change set of ours, by its ARN, is of this kind: DescribeChangeSet does not tell."""
    return f":changeSet/{_name(kind, '')}" in id_


def _mark(submission: Submission, kind: str) -> str:
    """What a change set was asked for, as its description. Without parameters' values: some are secret."""
    asked = [
        kind,
        submission.token,
        submission.template,
        sorted(submission.parameters),
        sorted(submission.tags.items()),
        submission.capabilities,
        submission.role,
        submission.import_existing,
        sorted((key, type_, sorted(found.items())) for key, (type_, found) in submission.imports.items()),
    ]
    return f"skafu {hashlib.sha256(json.dumps(asked).encode()).hexdigest()}"


def _asked_before(
    client: CloudFormationClient, patience: Patience, submission: Submission, name: str, mark: str
) -> str | None:
    """The ARN of the change set of this name, if there is one and it was asked for the same."""
    try:
        found, _ = _described(client, patience, ChangeSetName=name, StackName=submission.name)
    except CloudError as failure:
        if failure.code == "ChangeSetNotFound" or missing(failure):
            return None
        raise
    with reading(f"a change set of the stack {submission.name}"):
        told = {one["ParameterKey"]: one.get("ParameterValue", "") for one in found.get("Parameters", ())}
        same = found.get("Description") == mark and all(
            told.get(key) in {value, "****"} for key, value in submission.parameters.items()
        )
        id_ = str(found["ChangeSetId"])
    if same:
        # The description can be written by anybody; what would be executed is the template.
        doing = f"read the template of a change set of {submission.name}"
        if same_template(held(client, patience, doing, ChangeSetName=id_), submission.template):
            return id_
    raise CloudError(
        f"The stack {submission.name} has a change set {name} that was asked for something else.",
        code="AlreadyExistsException",
        hint="Delete it, or plan again.",
    )


def _described(
    client: CloudFormationClient, patience: Patience, **which: str
) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """The first page of a change set, and the changes of all pages."""
    asked: dict[str, Any] = {**which, "IncludePropertyValues": True}
    pages = list(patience.pages("describe a change set", client.describe_change_set, **asked))
    return pages[0], [change for page in pages for change in page.get("Changes", ())]


def _settled(
    client: CloudFormationClient, patience: Patience, id_: str
) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]]:
    """A change set that CloudFormation has done with."""
    for pause in patience.pauses():
        found, changes = _described(client, patience, ChangeSetName=id_)
        if not str(found.get("Status", "")).endswith(("_PENDING", "_IN_PROGRESS")):
            return found, changes
        patience.sleep(pause)
    raise AssertionError  # pauses() never ends


def _nothing_changes(found: Mapping[str, Any]) -> bool:
    return found.get("Status") == "FAILED" and says_no_change(str(found.get("StatusReason", "")))


def _merged(
    client: CloudFormationClient, patience: Patience, changes: list[Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    """Each change, and after that of a nested stack those inside, as `Nested.Resource`."""
    for change in changes:
        yield change
        resource = change.get("ResourceChange", {})
        if resource.get("ResourceType") != STACK or not resource.get("ChangeSetId"):
            continue
        nested, inside = _settled(client, patience, resource["ChangeSetId"])
        if _nothing_changes(nested):
            continue
        if nested.get("Status") != "CREATE_COMPLETE":
            raise CloudError(
                f"CloudFormation could not compute what changes in the nested stack "
                f"{resource['LogicalResourceId']}: {_why(client, patience, nested)}",
                code="ChangeSetFailed",
            )
        for one in _merged(client, patience, inside):
            named = f"{resource['LogicalResourceId']}.{one['ResourceChange']['LogicalResourceId']}"
            yield {**one, "ResourceChange": {**one["ResourceChange"], "LogicalResourceId": named}}


def _why(client: CloudFormationClient, patience: Patience, found: Mapping[str, Any]) -> str:
    """Why a change set failed: of a nested one that failed its reason, of a failed validation its findings."""
    reason = str(found.get("StatusReason", "") or f"it is {found.get('Status', '')}")
    nested = NESTED_ARN.search(reason)
    if nested and nested[0] != found.get("ChangeSetId"):
        inner, _ = _described(client, patience, ChangeSetName=nested[0])
        return f"{inner.get('StackName', '')}: {_why(client, patience, inner)}"
    if "DescribeEvents" in reason:
        failures = validation_failures(client, patience, ChangeSetName=str(found["ChangeSetId"]))
        return "; ".join(f"{one.logical_id}: {one.reason}" for one in failures) or reason
    return reason
