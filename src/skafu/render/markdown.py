"""Markdown for a pull-request comment or a step summary. It fits into one comment, always."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from skafu.model.verdict import Decision
from skafu.render import facts
from skafu.render.safe import one_line

if TYPE_CHECKING:
    from skafu.model.report import Report
    from skafu.render.formats import Sources

ROOM = 65_536
"""Bytes that a comment on GitHub holds; what is rendered stays below."""
_TEXT = 400  # characters of one message or reason; the JSON report has it whole

# Rows per section, (what blocks and why, everything else), tried until the text fits.
_ROWS = ((1_000, 200), (500, 50), (300, 20), (200, 10), (120, 10), (60, 5), (30, 5), (12, 3), (4, 1), (0, 0))

# Nothing that Markdown or HTML gives a meaning to reaches the reader's parser as itself. GitHub also
# reads mathematics between dollars and a person after an at sign, even where they are escaped.
_ESCAPES = str.maketrans(
    {
        **{char: f"\\{char}" for char in "`*[]~#"},
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "|": "&#124;",
        "\\": "&#92;",
        "$": "<span>$</span>",
        "@": "@\N{ZERO WIDTH SPACE}",
    },
)
_EMPHASIS = re.compile(r"(?<![^\W_])_|_(?![^\W_])")  # an underscore that is not inside a word
_FIRST = re.compile(r"^(\d*)(?=[-+=.)])")  # what opens a list or underlines a heading
_LINKED = re.compile(r"(?<=:)//|(?<=www)\.|(?<=gh)-|(?<=#)\d", re.IGNORECASE)


def render(report: Report, _sources: Sources) -> str:
    """The report as GitHub-flavoured Markdown, less than `ROOM` bytes of UTF-8."""
    template = _environment().get_template("report.md.jinja")
    values = {
        "report": report,
        "verdict": facts.verdict(report),
        "tools": facts.tools(report),
        "blocking": facts.decided_as(report, Decision.BLOCKING),
        "advisory": facts.decided_as(report, Decision.ADVISORY),
        "warnings": facts.warnings(report),
        "waived": facts.decided_as(report, Decision.WAIVED),
        "outcomes": sorted(report.outcomes, key=lambda o: (o.status != "errored", o.validator, o.reason)),
        "unanswered": facts.unanswered(report.not_evaluated),
        "environments": lambda finding: ", ".join(facts.environments(finding)),
        "count": facts.count,
    }
    for first, rest in _ROWS:
        text = template.render(values, first=first, rest=rest)
        if len(text.encode()) < ROOM:
            break
    return text


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("skafu.render"),
        autoescape=True,
        finalize=_escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _escaped(value: Any) -> Markup:
    """Every value that the template prints, as text that is nothing but text."""
    return value if isinstance(value, Markup) else escaped(str(value))


def escaped(text: str) -> Markup:
    """The text on one line, cut to size, with everything disarmed that Markdown, HTML or GitHub act on."""
    # An address, an issue's number or GH-1 is made a link only while it is unbroken.
    line = _LINKED.sub("\N{ZERO WIDTH SPACE}\\g<0>", one_line(text, _TEXT))
    line = _EMPHASIS.sub(r"\\_", line.translate(_ESCAPES))
    return Markup(_FIRST.sub(r"\1\\", line))  # noqa: S704 - this is the escaping
