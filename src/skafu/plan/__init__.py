"""Plans: what a change set says, or would say, as `Change` values. Pure; it only reads the provider schemas."""

from __future__ import annotations

from skafu.plan.change_set import changes
from skafu.plan.emulated import narrowed
from skafu.plan.others import others, refusals
from skafu.plan.outputs import moving_outputs
from skafu.plan.places import nested_templates
from skafu.plan.predict import predict
from skafu.plan.schemas import Schemas
from skafu.plan.settings import settings_changes

__all__ = [
    "Schemas",
    "changes",
    "moving_outputs",
    "narrowed",
    "nested_templates",
    "others",
    "predict",
    "refusals",
    "settings_changes",
]
