"""Templates, as CloudFormation takes and holds them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from skafu.aws.patience import Patience
from skafu.model.cloud import CloudError

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient

IN_REQUEST = 51_200
"""Bytes of a template that fit into a request (CloudFormation's quota "template body size in a request")."""

IN_BUCKET = 1_000_000
"""Bytes of a template that CloudFormation reads from S3 ("template body size in an Amazon S3 object": 1 MB)."""

Put: TypeAlias = Callable[[str], str]
"""Puts a template into the artifacts bucket and returns the URL that CloudFormation reads it from."""


def given(text: str, name: str, put: Put) -> dict[str, str]:
    """The arguments that hand a template over: the text itself, or where it lies if it is too long for a request.

    Raises:
        CloudError: it is longer than CloudFormation takes at all.
    """
    size = len(text.encode())
    if size > IN_BUCKET:
        raise CloudError(
            f"The template of the stack {name} has {size:,} bytes; CloudFormation takes {IN_BUCKET:,}.",
            code="ValidationError",
            hint="Split the stack, or move a part of it into a nested one.",
        )
    return {"TemplateURL": put(text)} if size > IN_REQUEST else {"TemplateBody": text}


def held(client: CloudFormationClient, patience: Patience, doing: str, **which: str) -> Any:
    """The template as it was submitted, parsed where it is JSON, which skafu submits; else the text.

    Args:
        client: of the account and region.
        patience: how to ask.
        doing: for messages.
        which: `StackName`, or `ChangeSetName` with the ARN of a change set.
    """
    answer = patience.ask(doing, partial(client.get_template, **which, TemplateStage="Original"))
    body: Any = answer.get("TemplateBody", "")
    if not isinstance(body, str):  # botocore has parsed it, into ordered mappings
        return json.loads(json.dumps(body))
    try:
        return json.loads(body)
    except ValueError:
        return body


def same_template(held: Any, submitted: str) -> bool:
    """Whether what CloudFormation holds is the template submitted, as far as it shows: it has `?` beyond ASCII."""
    return _shown(held) == _shown(json.loads(submitted))


def _shown(template: Any) -> str:
    text = json.dumps(template, ensure_ascii=False, sort_keys=True)
    return "".join(one if one.isascii() else "?" for one in text)


def sections_apart(one: Any, other: Any) -> tuple[str, ...]:
    """The sections in which two templates are not the same, sorted; `template` where one is no JSON object."""
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return () if one == other else ("template",)
    return tuple(sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name)))
