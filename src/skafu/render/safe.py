"""Text that others wrote, made harmless for the place it is shown in.

Messages, paths and source lines come out of templates, and a template can hold anything: terminal
escapes, right-to-left overrides, half a surrogate pair that no encoder takes.
"""

from __future__ import annotations

import json
import re
from typing import Any

_SHOWN_AS_NOTHING = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")

# What a CI system obeys when it stands in a log: `::command::` as the first word of a line for GitHub,
# `##[command]`, `##vso[command]` or `##teamcity[command]` anywhere for it and for others.
_FIRST_WORD = re.compile(r"(?<!\S):(?=:)")
_BRACKETED = re.compile(r"(##\w*)\[")


def no_commands(text: str) -> str:
    """The text for a log, one for one, with what could be a command to the CI system spoiled."""
    return _BRACKETED.sub("\\1\N{REPLACEMENT CHARACTER}", _FIRST_WORD.sub("\N{REPLACEMENT CHARACTER}", text))


def visible(text: str) -> str:
    """The text with every character that is not printable replaced, one for one, so that columns hold.

    White space of any kind becomes a space, everything else U+FFFD.
    """
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else " " if char.isspace() else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )


def one_line(text: str, limit: int) -> str:
    """The visible text on one line, cut with an ellipsis after `limit` characters."""
    head = text[: 10 * limit]  # a message of a megabyte is not read to its end to be thrown away
    line = " ".join(visible(head).split())
    if len(line) <= limit and len(head) == len(text):
        return line
    return f"{line[: limit - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"


def as_json(value: Any) -> str:
    """The value as JSON, keys in the order given, characters as they are where that is safe.

    What a terminal or a CI log would obey, an editor would hide or UTF-8 cannot hold is escaped: the
    value stays the same, the bytes become harmless.
    """
    text = json.dumps(value, ensure_ascii=False, indent=2)
    text = _BRACKETED.sub(r"\1\\u005b", text)
    return _SHOWN_AS_NOTHING.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n"
