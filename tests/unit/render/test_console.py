from __future__ import annotations

import io
import re

import pytest

from skafu.model.estate import StackId
from skafu.model.place import Location
from skafu.model.verdict import Decided, Decision
from skafu.render.console import render

STAGING = StackId("staging", "eu-west-1", "api")
ESCAPE = "\x1b"


@pytest.mark.parametrize("name", ["approved", "blocked", "empty", "many", "hostile"])
def test_console_at_80_columns(name, reports, printed, golden):
    golden(f"{name}.80.txt", printed(reports[name]))


def test_console_at_120_columns(reports, printed, golden):
    golden("blocked.120.txt", printed(reports["blocked"], width=120))


def test_console_where_only_ascii_can_be_shown(reports, printed, golden):
    ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    text = printed(reports["hostile"], file=ascii_only) + printed(reports["blocked"], file=ascii_only)
    assert text.isascii()
    golden("hostile-and-blocked.ascii.txt", text)


def test_console_on_a_terminal_with_colour(reports, printed, golden):
    golden(
        "blocked.colour.txt",
        printed(reports["blocked"], force_terminal=True, color_system="standard", legacy_windows=False),
    )


def test_a_file_gets_plain_text_of_100_columns(reports, reading, golden):
    golden("blocked.file.txt", render(reports["blocked"], reading))


@pytest.mark.parametrize("name", ["approved", "blocked", "many", "hostile"])
def test_what_is_piped_has_no_escape_sequences(name, reports, printed):
    assert ESCAPE not in printed(reports[name])


def test_no_color_leaves_no_colour_on_a_terminal(reports, printed):
    text = printed(
        reports["blocked"],
        force_terminal=True,
        color_system="standard",
        environ={"NO_COLOR": "1"},
        legacy_windows=False,
    )
    codes = {code for found in re.findall(r"\x1b\[([\d;]*)m", text) for code in found.split(";")}
    assert codes <= {"", "0", "1", "2"}  # bold and dim are no colours


def test_a_template_cannot_send_escapes_to_a_terminal(reports, printed):
    text = printed(reports["hostile"], force_terminal=True, color_system="standard", legacy_windows=False)
    assert set(re.findall(r"\x1b[^m]*m", text)) == set(re.findall(r"\x1b\[[\d;]*m", text))
    assert "[red]red[/red]" in text
    assert "\x07" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("approved", "APPROVED  6 stacks"),
        ("blocked", "BLOCKED  4 of 7 stacks: 2 findings block, 1 judge failed"),
        ("empty", "BLOCKED  no stack was judged: no stacks found under stacks/"),
        ("many", "BLOCKED  1 of 1 stack: 29 findings block"),
        ("hostile", "BLOCKED  1 of 1 stack: 1 finding blocks, 1 judge failed"),
    ],
)
def test_the_verdict_is_the_last_line(name, last, reports, printed):
    assert printed(reports[name], width=40).splitlines()[-1] == last


def test_a_run_blocked_by_a_declaration_says_so_though_no_stack_is(make, printed):
    finding = make.finding("S1", Location("stacks/a/b/stack.yaml"))
    report = make.report(
        gate="blocked", stacks=[make.stack("api", "staging")], findings=[Decided(finding, Decision.BLOCKING)]
    )
    text = printed(report)
    assert "  in   the declaration itself, before any stack\n" in text
    assert text.endswith("BLOCKED  the run, though none of its 1 stack alone: 1 finding blocks\n")


@pytest.mark.parametrize(
    ("line", "column", "excerpt"),
    [
        ("  Type: AWS::S3::Bucket", 3, ("  Type: AWS::S3::Bucket", "  ^^^^")),
        ("  Type: AWS::S3::Bucket", 9, ("  Type: AWS::S3::Bucket", "        ^^^^^^^^^^^^^^^")),
        ("\tType: x", 2, (" Type: x", " ^^^^")),
        ("名前: 大きい", 5, ("名前: 大きい", "      ^^^^^^")),
        ("- !Ref Key", 3, ("- !Ref Key", "  ^")),
        ("short", 90, ("short", "     ^")),
        ("", 1, ("", "^")),
        (f"{'x' * 200} bad: 1", 202, (f"…{'x' * 58} bad…", f"{' ' * 60}^^^")),
        (f"{'大' * 100} bad: 1", 102, (f"…{'大' * 29} bad…", f"{' ' * 60}^^^")),
        (f"{'大' * 100} odd: 1", 107, (f"… {'大' * 27} odd: 1", f"{' ' * 62}^")),
        (f"a: {'x' * 200}", 1, (f"a: {'x' * 60}…", "^")),
        (f"a: {'x' * 200}", 4, (f"a: {'x' * 60}…", f"   {'^' * 32}")),
    ],
)
def test_the_place_is_underlined(line, column, excerpt, printed_line):
    assert printed_line(line, column) == excerpt


@pytest.fixture
def printed_line(make, printed):
    """The excerpt's line and its underline, 64 columns of each."""

    def run(line, column):
        finding = make.finding("R1", Location("t.yaml", 2, column), [STAGING])
        report = make.report(gate="blocked", findings=[Decided(finding, Decision.BLOCKING)])
        lines = printed(report, width=72, reading=lambda _file: ("", line, "")).splitlines()
        at = lines.index("    1 │")
        assert lines[at + 3] == "    3 │"
        return lines[at + 1].removeprefix("    2 │").removeprefix(" "), lines[at + 2].removeprefix("      │ ")

    return run


@pytest.mark.parametrize("lines", [(), ("only one line",)])
def test_a_place_that_cannot_be_read_is_shown_without_an_excerpt(lines, make, printed):
    finding = make.finding("R1", Location("t.yaml", 2, 1), [STAGING])
    report = make.report(gate="blocked", findings=[Decided(finding, Decision.BLOCKING)])
    assert "  t.yaml:2:1\n  why  R1 does not hold here.\n" in printed(report, reading=lambda _file: lines)


def test_a_path_and_an_address_stay_whole_on_a_narrow_terminal(make, printed):
    path = f"stacks/{'platform/' * 12}template.yaml"
    address = f"https://example.org/{'rules/' * 20}r1"
    finding = make.finding("R1", Location(path, 2, 1), [STAGING], help=f"Read {address} first.")
    text = printed(make.report(gate="blocked", findings=[Decided(finding, Decision.BLOCKING)]), width=60)
    assert f"  {path}:2:1\n" in text
    assert f"  fix  Read\n       {address}\n       first.\n" in text


def test_more_environments_than_fit_beside_each_other_go_below_each_other(make, printed):
    names = [f"environment-{letter}" for letter in "abcdef"]
    lines = printed(make.report(stacks=[make.stack("api", name) for name in names])).splitlines()
    headers = [line for line in lines if "environment-" in line]
    assert [line.split() for line in headers] == [names[:5], names[5:]]
    assert max(map(len, lines)) <= 80


def test_of_a_large_estate_only_what_is_blocked_is_in_the_grid(make, printed):
    stacks = [make.stack(f"stack-{n:03}", "staging", "blocked" if n == 7 else "approved") for n in range(200)]
    text = printed(make.report(gate="blocked", reasons=["x"], stacks=stacks))
    assert re.findall(r"^  stack-\d+.*\S", text, re.MULTILINE) == ["  stack-007                ✗"]
    assert "  199 more definitions   199 ✓" in text


def test_of_a_large_estate_that_is_approved_the_stacks_are_counted(make, printed):
    stacks = [make.stack(f"stack-{n:03}", name) for n in range(20) for name in ("staging", "production")]
    lines = [line.split() for line in printed(make.report(stacks=stacks[:-1])).splitlines()]
    at = lines.index(["production", "staging"])
    assert lines[at + 1] == ["20", "definitions", "19", "✓", "20", "✓"]


def test_blocking_findings_after_the_twentieth_are_listed_by_rule(make, printed):
    findings = [
        Decided(make.finding("R1", Location("t.yaml", number + 1), [STAGING]), Decision.BLOCKING)
        for number in range(35)
    ]
    text = printed(make.report(gate="blocked", findings=findings))
    assert text.count("HIGH  R1") == 20
    listed = " ".join(text[text.index("+ 15 more of R1:") :].split("\n\n")[0].split())
    assert listed == f"+ 15 more of R1: {', '.join(f't.yaml:{n}' for n in range(21, 31))}, 5 other places"
