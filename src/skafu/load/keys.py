"""Which keys CloudFormation does not take in a template, though YAML has them.

It refuses a number ("map keys must be strings; received numeric") wherever it stands, be it in a mapping or in the body
of an API: issues 292 of cfn-lint, 94 and 197 of the Serverless Application Model, 404 of the AWS user guide. Null is
refused too ("encountered malformed key", cfn-lint's issue 3067). Of `true` nobody tells: it stays text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "null"))

_DIGITS = re.compile(r"[0-9]+")
"""Account ids such as 012345678901 too, which PyYAML takes for text: CloudFormation reads a number (issue 200 of the
Serverless Application Model, 1290 of troposphere)."""


def is_refused(event: Any, tag: str) -> bool:
    """Whether CloudFormation refuses the key of this parser's event, which YAML gives that tag."""
    return tag in _TAGS or bool(event.implicit[0] and _DIGITS.fullmatch(event.value))


def refusal(events: Sequence[Any]) -> tuple[str, str]:
    """What is wrong with the keys of these events, of which there is one at least, and what to do about it."""
    first, *more = events
    key = first.value or "null"
    lines = ", ".join(str(event.start_mark.line + 1) for event in more)
    others = f", as in line {lines}," if lines else ""
    return (
        f"has the key {key}{others} without quotes; CloudFormation takes only text as a key",
        f'Put it in quotes: "{key}".',
    )
