"""A deployment while it goes on: the stacks at work below, what has ended above.

Where nobody watches (a file, a CI log) there is one plain line for each step of a stack instead.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType, TracebackType
from typing import Self

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.text import Text

from skafu.model.estate import StackId
from skafu.model.event import Event
from skafu.render import deployed_facts as facts
from skafu.render.console.deploying_words import MARKS, RED, Said, doing, said
from skafu.render.console.ink import Ink
from skafu.render.console.unheard import unheard
from skafu.render.safe import one_line

_ROWS = 12  # stacks at work that are shown one by one
_BESIDE = 4  # lines of the terminal that are left to what has ended
_TEXT = 400  # characters of a reason
_A_SECOND = 4  # how often what is at work is drawn
_WORD = 11  # cells of the word that a line begins with


class Deploying:
    """The view of one deployment. `tell` may be called from several threads.

    Args:
        console: where it is shown.
        total: how many stacks there are.
        needs: stack -> the stacks that it waits for.
        done: of a run that goes on, stack -> result of what was done already.
        clock: seconds, from anywhere.
    """

    def __init__(
        self,
        console: Console,
        total: int,
        needs: Mapping[StackId, Iterable[StackId]],
        *,
        done: Mapping[StackId, str] = MappingProxyType({}),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = console
        self._ink = Ink(console)
        self._total = total
        self._names = facts.short_names(needs)
        self._column = max((cell_len(self._ink.clean(name)) for name in self._names.values()), default=0)
        self._clock = clock
        self._begun = clock()
        self._at_work: dict[StackId, tuple[float, str]] = {}
        self._ended: dict[StackId, str] = dict(done)
        self._who = ""
        self._turn = threading.Lock()
        self._lines: list[Text] = []
        self._news, self._over = threading.Event(), threading.Event()
        self._drawer = threading.Thread(target=self._draw, name="what is at work", daemon=True)
        watched = console.is_terminal and not console.is_dumb_terminal
        self._live = (
            Live(
                self,
                console=console,
                auto_refresh=False,
                transient=True,
                vertical_overflow="crop",
            )
            if watched
            else None
        )

    def __enter__(self) -> Self:
        """Start to draw."""
        if self._live is not None:
            self._live.start(refresh=True)
            self._drawer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop to draw; what has ended stays."""
        if self._live is not None:
            self._over.set()
            self._news.set()
            self._drawer.join()
            self._redraw()
            with unheard(self._console):
                self._live.stop()

    def __rich_console__(self, _: Console, __: ConsoleOptions) -> RenderResult:
        """What is at work at the moment of drawing, not when somebody last asked."""
        yield self.at_work()

    def tell(self, event: Event) -> None:
        """Show that something happened."""
        if event.kind in {"deploy-started", "deploy-resumed"}:
            self._who = event.values["who"]
        told = said(event, self._short, watched=self._live is not None, who=self._who)
        line = None if told is None else self._line(told, event.stack)
        with self._turn:
            if event.stack is not None:
                self._follow(event.stack, event)
            if line is not None:
                self._lines.append(line)
        if line is not None:
            self._news.set()
            if not self._drawer.is_alive():
                self._redraw()

    def _draw(self) -> None:
        """Everything on a terminal is drawn by one thread: two would move the cursor for one another."""
        while not self._over.is_set():
            self._news.wait(1 / _A_SECOND)
            self._news.clear()
            self._redraw()

    def _redraw(self) -> None:
        """Print the lines that were told, and what is at work below them."""
        with self._turn:
            lines, self._lines = self._lines, []
        # Not under the lock: rich asks us what is at work while it prints.
        with unheard(self._console):
            if lines:
                self._console.print(Text("\n").join(lines), soft_wrap=True)
            elif self._live is not None:
                self._live.refresh()

    def at_work(self) -> Group:
        """What is going on at this moment: a line for each stack at work, and the counts."""
        now = self._clock()
        with self._turn:
            rows = list(self._at_work.items())
            ended = Counter(self._ended.values())
        shown = max(min(_ROWS, self._console.height - _BESIDE), 1)
        lines = [self._row(stack, now - since, what) for stack, (since, what) in rows[:shown]]
        if rows[shown:]:
            lines.append(self._fitted(f"  + {len(rows) - shown} more at work", "dim"))
        return Group(*lines, self._counts(now - self._begun, len(rows), ended))

    def _follow(self, stack: StackId, event: Event) -> None:
        result = _result(event)
        if result:
            self._at_work.pop(stack, None)
            self._ended[stack] = result
        elif event.kind == "stack-started":
            self._ended.pop(stack, None)
            self._at_work[stack] = (self._clock(), doing(event))
        elif stack in self._at_work and (what := doing(event)):
            self._at_work[stack] = (self._at_work[stack][0], what)

    def _short(self, id_: str) -> str:
        return next((name for stack, name in self._names.items() if str(stack) == id_), id_)

    def _line(self, line: Said, stack: StackId | None) -> Text:
        mark = MARKS.get(line.word, "") if self._live is not None else ""
        word = self._ink.text(f"{f'{mark} ' if mark else ''}{line.word}".ljust(_WORD), line.style)
        head = self._ink.line(word, "  ")
        body = self._ink.text(one_line(line.text, _TEXT))
        if stack is not None:
            name = self._ink.text(self._names.get(stack, str(stack)), "bold")
            gap = " " * (max(self._column - name.cell_len, 0) + 2)
            body = self._ink.line(name, gap, body) if body else name
        # A log is searched line by line; a person's terminal has the text beside its label.
        text = self._ink.line(head, body) if self._live is None else self._ink.hanging(head, body)
        text.rstrip()
        return text

    def _row(self, stack: StackId, seconds: float, what: str) -> Text:
        name = self._ink.clean(self._names.get(stack, str(stack)))
        name += " " * (self._column - cell_len(name))
        return self._fitted(f"  {name}  {facts.took(seconds):>10}  {one_line(what, _TEXT)}", "cyan")

    def _counts(self, seconds: float, at_work: int, counts: Counter[str]) -> Text:
        waiting = self._total - counts.total() - at_work
        told = [f"{number} {result}" for result in facts.RESULTS if (number := counts[result])]
        parts = [
            f"{facts.took(seconds)}  {counts.total()} of {self._total}",
            *told,
            f"{at_work} at work",
            f"{waiting} waiting" if waiting > 0 else "",
        ]
        bad = any(counts[result] for result in RED)
        return self._fitted(" · ".join(filter(None, parts)), "bold red" if bad else "bold")

    def _fitted(self, text: str, style: str) -> Text:
        """The text on one line of the terminal: what is drawn again must not wrap."""
        line = self._ink.clean(text)
        room = max(self._console.width - 1, 1)
        if cell_len(line) > room:
            more = self._ink.clean("…")
            line = set_cell_size(line, max(room - cell_len(more), 0)) + more
        return Text(line, style=style, no_wrap=True)


def _result(event: Event) -> str:
    match event.kind:
        case "stack-done":
            return str(event.values["result"])
        case "stack-failed":
            return "failed"
        case "stack-skipped":
            return "skipped"
        case "stack-left":
            return "left"
        case "plan-decided" if event.values["gate"] != "approved":
            return "blocked"
        case _:
            return ""
