"""What the embedded endpoint says too much of: it calls a replacement possible wherever it does not know the type."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from skafu.model.change import Action, Change, Replacement


def narrowed(said: Iterable[Change], predicted: Iterable[Change]) -> tuple[Change, ...]:
    """The changes of a change set, a replacement that is only possible taken back where the schemas rule it out.

    Only for the embedded endpoint: of CloudFormation itself every word counts.

    Args:
        said: the changes of the change set.
        predicted: the same update by the provider schemas.
    """
    sure = {
        one.logical_id
        for one in predicted
        if one.action is Action.MODIFY and one.replacement is Replacement.NEVER
    }
    return tuple(
        _kept(one) if one.replacement is Replacement.MAYBE and one.logical_id in sure else one for one in said
    )


def _kept(change: Change) -> Change:
    details = tuple(
        replace(one, replacement=Replacement.NEVER) if one.replacement is Replacement.MAYBE else one
        for one in change.details
    )
    return replace(change, replacement=Replacement.NEVER, details=details)
