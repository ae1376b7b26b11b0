"""How far the judges are, on the terminal of whoever watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Advance = Callable[[str], None]
"""Told what has just been done."""


@contextmanager
def progress(total: int, doing: str = "judging") -> Iterator[Advance]:
    """A bar of `total` steps, gone when it is done; nothing where nobody watches."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    # ruff: noqa: PLC0415 - 0.05 s that nobody needs who does not watch
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn(doing),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", style="dim", markup=False),  # a file may be called [red]
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=total)
        yield lambda what: bar.update(task, advance=1, description=what)
