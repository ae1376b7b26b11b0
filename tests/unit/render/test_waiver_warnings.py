from __future__ import annotations

import json
from dataclasses import replace

import pytest

from skafu.model.place import Location
from skafu.model.verdict import Review, WaiverWarning
from skafu.render.json_report import render as as_json
from skafu.render.markdown import render as as_markdown

WIDE = "allows more than it covers: environments: [development] would do"
UNUSED = "covers nothing: nobody finds CKV_AWS_18 in its scope; remove it"


@pytest.fixture
def warned(reports):
    """The approved sample, with two warnings about waivers."""
    at = [Location("policies/waivers.yaml", line, 3) for line in (5, 16)]
    told = (WaiverWarning("W-2", "wide", WIDE, at[1]), WaiverWarning("W-1", "unused", UNUSED, at[0]))
    return replace(reports["approved"], review=Review(complete=True, warnings=told))


def test_the_console_tells_each_in_a_line_and_approves(warned, printed):
    text = printed(warned, width=110)
    assert (
        f"  waiver W-1 {UNUSED} (policies/waivers.yaml:5)\n  waiver W-2 {WIDE} (policies/waivers.yaml:16)\n"
    ) in text
    assert text.endswith("APPROVED  6 stacks\n")


def test_the_console_does_not_tell_a_hundred(warned, printed):
    told = tuple(
        WaiverWarning(f"W-{number}", "unused", UNUSED, Location("w.yaml", number)) for number in range(1, 101)
    )
    text = printed(replace(warned, review=Review(complete=True, warnings=told)), width=110)
    assert text.count("covers nothing") == 20
    assert "+ 80 more warnings\n" in text


def test_markdown_lists_them(warned, reading):
    assert (
        "\n2 warnings about waivers:\n"
        "- <code>W-1</code> covers nothing: nobody finds CKV_AWS_18 in its scope; remove it "
        "(<code>policies/waivers.yaml:5</code>)\n"
        "- <code>W-2</code> allows more than it covers: environments: \\[development\\] would do "
        "(<code>policies/waivers.yaml:16</code>)\n"
    ) in as_markdown(warned, reading)


def test_json_has_them_by_place(warned, reading):
    assert json.loads(as_json(warned, reading))["warnings"] == [
        {"waiver": "W-1", "kind": "unused", "message": UNUSED, "file": "policies/waivers.yaml", "line": 5},
        {"waiver": "W-2", "kind": "wide", "message": WIDE, "file": "policies/waivers.yaml", "line": 16},
    ]


def test_without_warnings_no_word_is_lost_about_them(reports, reading, printed):
    for review in (None, Review(complete=True, warnings=())):
        report = replace(reports["approved"], review=review)
        assert "waiver" not in printed(report)
        assert "waiver" not in as_markdown(report, reading)
        assert json.loads(as_json(report, reading))["warnings"] == []
