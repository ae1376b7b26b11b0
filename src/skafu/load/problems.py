"""Bad input as findings: one sentence, one place, one next step."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from skafu.model.errors import SkafuError
from skafu.model.finding import Finding, Severity
from skafu.model.place import Location

TITLES = {
    "definition-syntax": "Files can be read",
    "definition-schema": "Declarations say only what skafu understands",
    "definition-reference": "Declarations name only what exists",
    "template-syntax": "Templates can be read",
}


class DocumentError(SkafuError):
    """A file that cannot be read as a document; carries the finding that says so."""

    exit_code = 2

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message, at=finding.location, hint=finding.help)
        self.finding = finding


def problem(rule: str, message: str, at: Location, *, fix: str = "") -> Finding:
    """A finding about input that cannot be used; it always blocks."""
    return Finding(
        rule=rule,
        tool="skafu",
        severity=Severity.CRITICAL,
        title=TITLES[rule],
        message=message,
        location=at,
        help=fix,
        bad_input=True,
    )


def nearest(word: str, known: Iterable[str]) -> str:
    """`Did you mean "x"?` for the most similar known word, else the known words, else nothing."""
    words = sorted(set(known))
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    if close:
        return f'Did you mean "{close[0]}"?'
    return f"Known: {', '.join(words)}." if words else ""
