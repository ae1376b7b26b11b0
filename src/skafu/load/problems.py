"""What loading states: findings with one sentence, one place, one next step."""

from __future__ import annotations

from skafu.model.errors import SkafuError
from skafu.model.finding import Finding, Severity
from skafu.model.place import Location

INLINE_SKIP = "inline-skip-unregistered"
"""The one rule here that is not about bad input."""

TITLES = {
    "definition-syntax": "Files can be read",
    "definition-schema": "Declarations say only what skafu understands",
    "definition-reference": "Declarations name only what exists",
    "template-syntax": "Templates can be read",
    "template-artifact": "Code that a template names is in the repository",
    INLINE_SKIP: "Suppressions inside of templates are registered as waivers",
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
