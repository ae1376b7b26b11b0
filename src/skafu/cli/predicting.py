"""Plans without a change set, each marked as the prediction it is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from skafu.model.change import Plan
from skafu.model.cloud import Standing, Submission
from skafu.model.estate import Stack, StackId
from skafu.plan import Schemas, others, predict, refusals

schemas_of = cache(Schemas)
"""Region -> the provider schemas; their index alone takes long to read."""


def predicted(
    stack: Stack,
    before: Any,
    after: Any,
    *,
    against: str,
    moving: Mapping[str, str],
    waiting: tuple[StackId, ...] = (),
    nested: Mapping[str, Any] | None = None,
    known: tuple[Standing, Submission] | None = None,
    notes: tuple[str, ...] = (),
) -> Plan:
    """What a change set would say, as far as templates and provider schemas tell.

    Args:
        stack: what would be submitted.
        before: the template that stands; None where nothing does.
        after: the template that would be submitted, as comparable to `before`.
        against: what it is compared with.
        moving: parameter -> why its value may become another.
        waiting: the stacks it needs and that do not stand.
        nested: digest -> template of the nested stacks that stand.
        known: what CloudFormation holds and what it would be given, where somebody asked it.
        notes: what else there is to say.

    Raises:
        SkafuError: the provider schemas cannot be read.
    """
    schemas = schemas_of(stack.id.region)
    changes = predict(stack, before, after, schemas, moving=moving, nested=nested)
    beside = others(before, after, *(known or (None, None)))
    kind = "create" if before is None else "update" if changes or beside else "none"
    said = (*notes, *beside, *refusals(changes, schemas))
    return Plan(stack.id, stack.digest, kind, changes, said, against=against, waiting=waiting)
