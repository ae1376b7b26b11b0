"""Drift, for a person at a terminal, a pull request or a program."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from io import StringIO

from rich.console import Console
from rich.text import Text

from skafu.model.drifted import PropertyDrift, ResourceDrift, StackDrift
from skafu.render.console import WIDTH
from skafu.render.console.ink import Ink
from skafu.render.facts import count
from skafu.render.markdown import ROOM, escaped
from skafu.render.plan.conceal import concealed_text
from skafu.render.safe import as_json, one_line

_TEXT = 400  # characters of a sentence
_VALUE = 120  # characters of a value; the JSON format has it whole
_NAMED = 12  # resources named in one line
_ROWS = (400, 100, 25, 5, 0)  # rows of a Markdown table, tried until the text fits


def verdict(stacks: Sequence[StackDrift]) -> tuple[str, str]:
    """The word that it ends with, and what stands behind it."""
    compared = [one for one in stacks if one.state == "compared"]
    apart = [one for one in compared if not one.same]
    failed = sum(one.state == "failed" for one in stacks)
    left = sum(one.state == "left" for one in stacks)
    parts = [
        f"{len(apart)} of {count(len(compared), 'stack')} not as deployed"
        if apart
        else f"{count(len(compared), 'stack')} as deployed",
        f"{sum(one.checked for one in compared):,} resources compared",
        f"{failed} could not be compared" if failed else "",
        f"{left} never deployed" if left else "",
    ]
    word = "INCOMPLETE" if failed else "DRIFTED" if apart else "NO DRIFT" if compared else "NOTHING STANDS"
    return word, ", ".join(filter(None, parts))


def show_drift(stacks: Sequence[StackDrift], *, console: Console) -> None:
    """Print it on a console: in its width, its encoding, and with colour if it has colour."""
    for block in _blocks(stacks, Ink(console)):
        console.print(block, soft_wrap=True)


def _blocks(stacks: Sequence[StackDrift], ink: Ink) -> Iterator[Text]:
    for stack in stacks:
        if stack.state == "failed":
            yield ink.line(ink.text("NOT COMPARED", "bold red"), "  ", ink.text(str(stack.stack), "bold"))
            yield ink.hanging(ink.text("why   ", "dim"), one_line(stack.reason, _TEXT), indent=2)
            if stack.hint:
                yield ink.hanging(ink.text("next  ", "dim"), one_line(stack.hint, _TEXT), indent=2)
            yield Text()
        elif stack.state == "compared" and not stack.same:
            yield from _stack(stack, ink)
            yield Text()
    left = [str(one.stack) for one in stacks if one.state == "left"]
    if left:
        yield ink.hanging(ink.text("never deployed  ", "dim"), _listed(left))
    unchecked = [f"{one.stack.name}: {name}" for one in stacks for name in one.unchecked]
    if unchecked:
        told = f"{count(len(unchecked), 'resource')} of types that CloudFormation cannot compare: "
        yield ink.hanging("", ink.text(told + _listed(unchecked), "dim"))
    word, behind = verdict(stacks)
    yield ink.line(ink.text(word, "bold green" if word == "NO DRIFT" else "bold red"), "  ", behind)


def _stack(stack: StackDrift, ink: Ink) -> Iterator[Text]:
    drifted = f"{len(stack.drifted)} of {count(stack.checked, 'resource')} drifted" if stack.drifted else ""
    yield ink.line(ink.text(str(stack.stack), "bold"), f"  {drifted}" if drifted else "")
    for sentence in stack.apart:
        yield ink.hanging(ink.text("! ", "bold red"), one_line(sentence, _TEXT), indent=2)
    for one in stack.drifted:
        gone = one.status == "DELETED"
        mark = ink.text("- " if gone else "~ ", "bold red" if gone else "yellow")
        name = ink.line(
            ink.text(one_line(one.logical_id, _TEXT), "bold"),
            f"  {one_line(one.type, _TEXT)}",
            ink.text(f"  {one.location.file}:{one.location.line}", "cyan"),
        )
        yield ink.hanging(mark, name, indent=2)
        if gone:
            physical = f" ({one_line(one.physical_id, _TEXT)})" if one.physical_id else ""
            yield ink.hanging("", f"somebody deleted it{physical}", indent=4)
        for detail in one.differences:
            yield ink.hanging(f"{_property(detail)}  ", _said(detail, one), indent=4)


def _property(detail: PropertyDrift) -> str:
    return one_line(detail.path.removeprefix("Properties."), _TEXT)


def _said(detail: PropertyDrift, resource: ResourceDrift) -> str:
    """`expected 86400, is 60  (line 6)`."""
    expected, actual = (_value(detail, text) for text in (detail.expected, detail.actual))
    where = ""
    if detail.location is not None:
        near = detail.location.file == resource.location.file
        line = detail.location.line
        where = f"  (line {line})" if near else f"  ({detail.location.file}:{line})"
    return f"expected {expected or 'nothing'}, is {actual or 'nothing'}{where}"


def _value(detail: PropertyDrift, text: str) -> str:
    return one_line(concealed_text(detail.path, text) or "", _VALUE)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return one_line(", ".join(names[:_NAMED]), 10 * _TEXT) + more


def _console(stacks: Sequence[StackDrift]) -> str:
    console = Console(file=StringIO(), width=WIDTH, color_system=None, force_terminal=False, _environ={})
    with console.capture() as captured:
        show_drift(stacks, console=console)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def _markdown(stacks: Sequence[StackDrift]) -> str:
    """Less than `ROOM` bytes of UTF-8: as many rows as fit."""
    word, behind = verdict(stacks)
    mark = "✅" if word == "NO DRIFT" else "❌"
    rows = [row for stack in stacks for row in _rows(stack)]
    text = ""
    for shown in _ROWS:
        lines = [f"## {mark} {word} · {behind}", ""]
        if rows[:shown]:
            lines += ["| Stack | Resource | What |", "|---|---|---|", *rows[:shown]]
        if rows[shown:]:
            lines += ["", f"and {count(len(rows) - shown, 'more', 'more')}"]
        text = "\n".join([*lines, ""])
        if len(text.encode()) < ROOM:
            break
    return text


def _rows(stack: StackDrift) -> Iterator[str]:
    name = f"<code>{escaped(str(stack.stack))}</code>"
    if stack.state == "failed":
        why = escaped(one_line(f"not compared: {stack.reason} {stack.hint}", _TEXT))
        yield f"| {name} | | {why} |"
    for sentence in stack.apart:
        yield f"| {name} | | {escaped(one_line(sentence, _TEXT))} |"
    for one in stack.drifted:
        where = f"{one.logical_id} ({one.location.file}:{one.location.line})"
        said = [f"{_property(detail)}: {_said(detail, one)}" for detail in one.differences]
        told = "<br>".join(str(escaped(line)) for line in said) or "somebody deleted it"
        yield f"| {name} | {escaped(where)} | {told} |"


def _json(stacks: Sequence[StackDrift]) -> str:
    word, _ = verdict(stacks)
    return as_json({"schema": 1, "verdict": word.lower(), "stacks": [_plain(one) for one in stacks]})


def _plain(stack: StackDrift) -> dict[str, object]:
    plain = {**asdict(stack), "stack": str(stack.stack)}
    for one in plain["drifted"]:
        for detail in one["differences"]:
            for member in ("expected", "actual"):
                detail[member] = concealed_text(detail["path"], detail[member])
    return plain


FORMATS: Mapping[str, Callable[[Sequence[StackDrift]], str]] = {
    "console": _console,
    "json": _json,
    "markdown": _markdown,
}
"""Name of the format, as typed after `--format` -> what writes it."""
