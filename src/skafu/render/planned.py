"""What came of planning, in every format of plans: the plans, the stacks without one, and the verdict."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from io import StringIO
from typing import TypeAlias

from rich.console import Console
from rich.text import Text

from skafu.model.change import Plan
from skafu.model.planned import Planned, Unplanned
from skafu.render.console import WIDTH
from skafu.render.console.ink import Ink
from skafu.render.facts import count
from skafu.render.formats import Sources
from skafu.render.markdown import ROOM, escaped
from skafu.render.plan import markdown as plans_as_markdown
from skafu.render.plan import render_plans
from skafu.render.plan.console import show_plans
from skafu.render.safe import as_json, one_line
from skafu.render.stood_in import TIMES, with_real_types

PlannedRenderer: TypeAlias = Callable[[Planned, Sources], str]

_TEXT = 600  # characters of a reason
_TYPES = 2000  # characters of the types that something stands in for
_ROWS = 40  # stacks without a plan that Markdown lists
_CELL = 200  # characters of a reason there
_WORDS = {"blocked": "BLOCKED", "plan": "PLAN BLOCKED", "failed": "NOT PLANNED", "left": "LEFT"}
_STYLES = {"left": "dim"}


def verdict(planned: Planned) -> tuple[str, str]:
    """The word that it ends with, and what stands behind it."""
    parts = [
        count(len(planned.plans), "plan"),
        *(
            f"{len(found)} {word}"
            for state, word in (
                ("blocked", "blocked by the judges"),
                ("plan", "blocked as planned"),
                ("failed", "not planned"),
                ("left", "left to an administrator"),
            )
            if (found := planned.in_state(state))
        ),
    ]
    word = planned.gate.upper()
    if planned.gate == "approved" and planned.in_state("failed"):
        word = "INCOMPLETE"
    return word, ", ".join(parts)


def show_planned(planned: Planned, sources: Sources, *, console: Console) -> None:
    """Print it on a console: in its width, its encoding, and with colour if it has colour."""
    if planned.plans or planned.decided:
        show_plans(_with_real_types(planned), planned.decided, sources, console=console)
    for block in _blocks(planned, Ink(console)):
        console.print(block, soft_wrap=True)


def _blocks(planned: Planned, ink: Ink) -> Iterator[Text]:
    for one in planned.unplanned:
        yield Text()
        state = ink.text(_WORDS[one.state], _STYLES.get(one.state, "bold red"))
        yield ink.line(state, "  ", ink.text(str(one.stack), "bold"))
        for reason in one.reasons:
            yield ink.hanging(ink.text("why   ", "dim"), one_line(reason, _TEXT), indent=2)
        if one.hint:
            yield ink.hanging(ink.text("next  ", "dim"), one_line(one.hint, _TEXT), indent=2)
    if not planned.unplanned:
        for reason in planned.reasons:
            yield ink.hanging(ink.text("why   ", "dim"), one_line(reason, _TEXT), indent=2)
    if planned.stood_in:
        yield Text()
        yield ink.hanging("", ink.text(_stood_in(planned), "dim"))
    if planned.removed:
        yield Text()
        for sentence in planned.removed:
            yield ink.hanging("- ", one_line(sentence, _TEXT))
    yield Text()
    word, behind = verdict(planned)
    yield ink.line(ink.text(word, "bold green" if word == "APPROVED" else "bold red"), "  ", behind)


def _stood_in(planned: Planned) -> str:
    numbers = Counter(type_ for type_, _ in set(planned.stood_in))
    number = count(numbers.total(), "resource")
    number += f" of {count(len(numbers), 'type')}" if len(numbers) > 1 else ""
    each = "it" if numbers.total() == 1 else "each"
    types = ", ".join(f"{type_} {TIMES}{numbers[type_]}" for type_ in sorted(numbers))
    told = one_line(types, _TYPES)
    return f"The embedded endpoint lacks {number}; something else stands in for {each}: {told}"


def _console(planned: Planned, sources: Sources) -> str:
    console = Console(file=StringIO(), width=WIDTH, color_system=None, force_terminal=False, _environ={})
    with console.capture() as captured:
        show_planned(planned, sources, console=console)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _markdown(planned: Planned, sources: Sources) -> str:
    word, behind = verdict(planned)
    mark = "✅" if word == "APPROVED" else "❌"
    lines = [f"## {mark} {word} · {behind}", ""]
    if planned.unplanned:
        lines += ["| Stack | | Why |", "|---|---|---|"]
        lines += [_row(one) for one in planned.unplanned[:_ROWS]]
        if planned.unplanned[_ROWS:]:
            lines += ["", f"and {count(len(planned.unplanned) - _ROWS, 'more', 'more')}"]
    else:
        lines += [f"- {escaped(one_line(reason, _CELL))}" for reason in planned.reasons[:_ROWS]]
    lines += ["", *(f"- {escaped(one_line(sentence, _CELL))}" for sentence in planned.removed[:_ROWS]), ""]
    lines += [escaped(_stood_in(planned)), ""] if planned.stood_in else []
    head = "\n".join(lines)
    if not planned.plans and not planned.decided:
        return head
    room = ROOM - len(head.encode())
    return head + plans_as_markdown.render(_with_real_types(planned), planned.decided, sources, room=room)


def _with_real_types(planned: Planned) -> list[Plan]:
    return [with_real_types(plan, planned.stood_in) for plan in planned.plans]


def _row(one: Unplanned) -> str:
    why = one_line(" ".join((*one.reasons, one.hint)), _CELL)
    return f"| <code>{escaped(str(one.stack))}</code> | {_WORDS[one.state].lower()} | {escaped(why)} |"


def _json(planned: Planned, sources: Sources) -> str:
    plans = json.loads(render_plans("json", planned.plans, planned.decided, sources))
    unplanned = [{**asdict(one), "stack": str(one.stack)} for one in planned.unplanned]
    head = {"schema": plans.pop("schema"), "gate": planned.gate, "reasons": list(planned.reasons)}
    stood_in = [{"type": type_, "resource": where} for type_, where in planned.stood_in]
    beside = {"unplanned": unplanned, "removed": list(planned.removed), "stood_in": stood_in}
    return as_json({**head, **plans, **beside})


FORMATS: Mapping[str, PlannedRenderer] = {"console": _console, "json": _json, "markdown": _markdown}
"""Name of the format, as typed after `--format` -> what writes it."""
