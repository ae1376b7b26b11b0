"""The child's side of `skafu.adapters.worker`: lines of JSON in, lines of JSON out.

Standard library only, and started as the neighbour of a script: one of these runs where neither skafu nor
anything else of ours is installed.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any


def serve(hello: dict[str, Any], answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Print `hello`, then the `answer` to each request, until the input ends.

    What raises in `answer` becomes `{"id": ..., "error": "TypeName: message (file:line)"}`.
    """
    # The protocol keeps the real standard output to itself; whatever a judge prints goes to stderr.
    sys.stdout.flush()
    protocol = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def say(message: dict[str, Any]) -> None:
        protocol.write(json.dumps(message).encode("ascii") + b"\n")
        protocol.flush()

    # What is loaded now stays until the end: the collector need not look through it time and again (4 % of a lint).
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    own = os.getpid()
    say(hello)
    for line in sys.stdin.buffer:
        identity = None
        try:
            request = json.loads(line)
            identity = request.get("id")
            message = {**answer(request), "id": identity}
            json.dumps(message)  # an answer that is no JSON is the answer's error, not the protocol's
        except Exception as error:  # noqa: BLE001  (whatever a judge raises is an answer: its reason)
            message = {"id": identity, "error": _reason(error)}
        if os.getpid() != own:
            os._exit(0)  # what a judge forked does not speak for it
        say(message)
    sys.stderr.flush()
    os._exit(0)  # taking a loaded judge apart again, object by object, takes up to 0.7 s for nothing


def _reason(error: Exception) -> str:
    """The error in one line, with the place that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}{place}" if text else f"{type(error).__name__}{place}"
