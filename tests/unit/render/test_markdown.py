from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from skafu.model.estate import StackId
from skafu.model.place import Location
from skafu.model.report import ReportedOutcome
from skafu.model.verdict import Decided, Decision
from skafu.render.markdown import ROOM, escaped, render
from skafu.render.safe import one_line

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
STAGING = StackId("staging", "eu-west-1", "api")


@pytest.mark.parametrize("name", ["approved", "blocked", "empty", "hostile"])
def test_markdown_of_the_samples(name, reports, reading, golden):
    golden(f"{name}.md", render(reports[name], reading))


NASTY = [
    "a | b || c",
    "`code` ``more`` ```",
    "*bold* **bold** _it_ __it__ snake_case_stays ~~gone~~",
    "<script>alert(1)</script> <!-- --> </details> &lt; &amp;",
    "[link](https://evil.example) ![image](x) [^1]",
    "first\n\n## second\r\n- third",
    "- item",
    "+ item",
    "1. item",
    "12345) item",
    "=====",
    "# heading",
    "> quote",
    "~~~",
    "    indented",
    "back\\slash \\| \\` \\<b>",
    "${A} costs $5 and $x$",
    "trailing \\",
    "|---|---|",
]


@pytest.mark.parametrize("text", NASTY)
def test_text_of_others_stays_text_in_a_table(text):
    html = PARSER.render(f"| a | b |\n|---|---|\n| {escaped(text)} | end |\n")
    cells = re.findall(r"<td>(.*?)</td>", html)
    assert [shown(cell) for cell in cells] == [one_line(text, 400), "end"]


@pytest.mark.parametrize("text", NASTY)
def test_text_of_others_stays_text_in_a_list(text):
    html = PARSER.render(f"- {escaped(text)}\n- end\n")
    items = re.findall(r"<li>(.*?)</li>", html)
    assert [shown(item) for item in items] == [one_line(text, 400), "end"]


def shown(html):
    """The text a reader sees. Any element but the `<span>` around a dollar is left in place, to be noticed."""
    text = html.replace("<span>$</span>", "$").replace("\u200b", "")
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(entity, f"\0{char}") if char in "<>" else text.replace(entity, char)
    assert not re.search(r"(?<!\0)<", text), f"an element was made: {html}"
    return text.replace("\0", "")


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("@admin", "@\u200badmin"),
        ("see #12", "see \\#\u200b12"),
        ("see gh-12", "see gh\u200b-12"),
        ("https://evil.example", "https:\u200b//evil.example"),
        ("www.evil.example", "www\u200b.evil.example"),
        ("CKV_AWS_18", "CKV_AWS_18"),
    ],
)
def test_nothing_in_a_template_can_mention_or_link(text, broken):
    assert escaped(text) == broken


def test_a_hundred_thousand_characters_of_everything_fit_into_one_comment(make):
    long = "$@|" * 40_000
    findings = [
        Decided(make.finding(f"R{number}", Location(long), [STAGING], message=long), decision, "W-1" * 9_000)
        for number in range(300)
        for decision in Decision
    ]
    text = render(
        make.report(
            gate="blocked",
            reasons=[long] * 500,
            outcomes=[ReportedOutcome(long, "errored", long)] * 500,
            findings=findings,
        ),
        lambda _file: (),
    )
    assert len(text.encode()) < ROOM
    assert text.startswith("## ❌ BLOCKED · no stack was judged: 300 findings block, 1 judge failed\n")
    assert "... and 300 more of these" in text


def test_what_does_not_fit_is_counted_and_what_blocks_keeps_the_most_room(make):
    message = "The bucket Uploads writes no access log, and nobody will know who read from it. " * 2
    findings = [
        Decided(make.finding("R1", Location("t.yaml", number + 1), [STAGING], message=message), decision)
        for number in range(400)
        for decision in (Decision.BLOCKING, Decision.ADVISORY)
    ]
    text = render(
        make.report(gate="blocked", reasons=["400 findings block."], findings=findings), lambda _file: ()
    )
    blocking, advisory = text.split("<details>")
    assert len(text.encode()) < ROOM
    assert blocking.count("<code>R1</code>") == 200
    assert "... and 200 more of these" in blocking
    assert advisory.count("<code>R1</code>") == 10
    assert "... and 390 more of these" in advisory
