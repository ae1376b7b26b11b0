"""Ctrl-C while something is under way that goes on without us."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import click

INTERRUPTED = 130
"""What a shell expects of a program that was stopped with Ctrl-C."""

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopped_by_signal() -> Iterator[threading.Event]:
    """An event that is set by the first Ctrl-C (or SIGTERM); the second ends the process at once.

    What CloudFormation was asked for goes on either way, and the record knows of it.
    """
    stop = threading.Event()

    def asked(_: int, __: FrameType | None) -> None:
        if stop.is_set():
            os._exit(INTERRUPTED)
        stop.set()
        with suppress(OSError):  # it stops, whether or not anybody can read so
            click.echo(
                "Stopping: what is under way comes to its end. Once more to leave it to CloudFormation.",
                err=True,
            )

    before = {one: signal.signal(one, asked) for one in SIGNALS}
    try:
        yield stop
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def stopped_at_once() -> Iterator[None]:
    """Ctrl-C means what it always does: a question is asked, and nothing is under way."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
