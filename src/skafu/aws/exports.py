"""Who imports what a stack exports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from skafu.aws.descriptions import reading
from skafu.aws.patience import Patience
from skafu.model.cloud import CloudError

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient


def importers(client: CloudFormationClient, patience: Patience, id_: str) -> dict[str, tuple[str, ...]]:
    """Export -> the stacks that import it, by name, of the exports that somebody imports.

    Args:
        client: of the account and region.
        patience: how to ask.
        id_: ARN of the stack.

    Raises:
        CloudError: AWS refuses.
        Unreachable: nobody answered.
    """
    with reading("the exports"):
        exports = sorted(
            one["Name"]
            for page in patience.pages("list exports", client.list_exports)
            for one in page.get("Exports", ())
            if one["ExportingStackId"] == id_
        )
    found = {name: _of(client, patience, name) for name in exports}
    return {name: stacks for name, stacks in found.items() if stacks}


def _of(client: CloudFormationClient, patience: Patience, export: str) -> tuple[str, ...]:
    pages = patience.pages(f"list who imports {export}", client.list_imports, ExportName=export)
    try:
        return tuple(sorted(stack for page in pages for stack in page.get("Imports", ())))
    except CloudError as failure:
        if failure.code == "ValidationError" and "not imported" in failure.message:
            return ()
        raise
