"""The exceptions: skafu could not do its job. What is wrong with a stack is a `Finding`, never one of these."""

from __future__ import annotations

from skafu.model.place import Location


def sentences(message: str, hint: str) -> str:
    """A message and what to do about it, with a full stop between them; what ends in a colon goes on."""
    if not hint:
        return message
    return f"{message}{'' if message.endswith(('.', '!', '?', ':')) else '.'} {hint}"


class SkafuError(Exception):
    """Something that stops the run. Its message says what happened and what to do next."""

    exit_code = 4
    """The exit code of the command line: 4, skafu itself or a judge failed."""

    def __init__(self, message: str, *, at: Location | None = None, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.hint = hint

    def __str__(self) -> str:
        """`file:line:column: message. hint`, leaving out what is not known."""
        where = f"{self.at}: " if self.at else ""
        return f"{where}{sentences(self.message, self.hint)}"


class InputError(SkafuError):
    """What the user wrote or typed cannot be used at all."""

    exit_code = 2


class JudgeError(SkafuError):
    """A judge crashed, ran out of time or answered something unreadable."""
