"""Output that nobody reads any more, as of `skafu deploy | head`: what is done does not depend on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from rich.console import Console


@contextmanager
def unheard(console: Console) -> Iterator[None]:
    """What cannot be written to the console is dropped, and so is all that follows: it goes on in silence."""
    try:
        yield
    except (OSError, SystemExit):  # rich leaves the program where the reader of a pipe is gone
        console.quiet = True
        with suppress(OSError):  # a stream that is no file
            _to_nowhere(console.file.fileno())


def _to_nowhere(stream: int) -> None:
    """Python writes what it still holds of a stream at its end, and fails if it cannot."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream)
    os.close(nowhere)
