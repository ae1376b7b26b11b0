"""Plans as a person wants to read them, and as other programs do.

The plans come in the order in which they would be carried out; what the gate decided about each stands with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import TypeAlias, cast

from skafu.model.change import Plan
from skafu.model.errors import InputError
from skafu.model.verdict import Decided
from skafu.render.formats import Sources

PlanRenderer: TypeAlias = Callable[[Sequence[Plan], Sequence[Decided], Sources], str]
"""What every format is: plans and the decided findings about them in, the whole text out."""

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "console": "skafu.render.plan.console",
        "json": "skafu.render.plan.as_json",
        "markdown": "skafu.render.plan.markdown",
    },
)
"""Name of the format, as typed after `--format` -> the module whose `render` makes it."""


def render_plans(format_: str, plans: Sequence[Plan], decided: Sequence[Decided], sources: Sources) -> str:
    """The plans, with the findings about them, as text in this format.

    Raises:
        InputError: there is no such format.
    """
    module = FORMATS.get(format_)
    if module is None:
        raise InputError(f"There is no plan format {format_!r}.", hint=f"Choose one of {', '.join(FORMATS)}.")
    return cast("PlanRenderer", import_module(module).render)(plans, decided, sources)
