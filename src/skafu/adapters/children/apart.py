"""One question answered in a process of its own, so that nothing it leaves behind meets the next question.

The tools were made to run once and end: they keep what they parsed, the rules they configured and the
modules they loaded. A fork starts from what is loaded already and forgets the rest. Standard library only.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

CONTEXT: Any = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")


class Unanswered(Exception):  # noqa: N818  (its name is the first word of the reason that people read)
    """The process ended, or failed, without an answer."""


def apart(function: Callable[[str], dict[str, Any]], argument: str) -> dict[str, Any]:
    """`function(argument)`, evaluated in a process that ends with it.

    Raises:
        Unanswered: the function raised, or its process died.
    """
    receiver, sender = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_answer, args=(sender, function, argument))
    process.start()
    sender.close()
    with receiver:
        try:
            message = json.loads(receiver.recv_bytes())
        except EOFError:
            message = None
    process.join()
    if message is None:
        raise Unanswered(f"its process ended with code {process.exitcode}")
    if "failed" in message:
        raise Unanswered(message["failed"])
    answer: dict[str, Any] = message["answer"]
    return answer


def said(error: BaseException) -> str:
    """An error in one line, with the place that raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})" if frames else ""  # noqa: PTH119
    text = " ".join(str(error).split())
    return f"{type(error).__name__}{': ' if text else ''}{text}{place}"


def _answer(sender: Connection, function: Callable[[str], dict[str, Any]], argument: str) -> None:
    try:
        line = json.dumps({"answer": function(argument)})
    except BaseException as error:  # noqa: BLE001  (SystemExit too: whatever ends the tool is its reason)
        line = json.dumps({"failed": said(error)})
    sender.send_bytes(line.encode("ascii"))
    sender.close()
    os._exit(0)  # threads that a tool left behind must not keep the answer waiting
