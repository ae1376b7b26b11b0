from __future__ import annotations

import json

import pytest

from skafu.render.safe import as_json, no_commands, one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("größer ✓ 大", "größer ✓ 大"),
        ("\x1b[31mred", "�[31mred"),
        ("\x9b31mred", "�31mred"),
        ("a\tb\r\nc\u2028d\u00a0e", "a b  c d e"),
        ("\u202egnp.exe", "�gnp.exe"),
        ("half \ud83d of a pair", "half � of a pair"),
    ],
)
def test_visible_text_replaces_what_cannot_be_printed_one_for_one(text, shown):
    assert visible(text) == shown
    assert len(shown) == len(text)


@pytest.mark.parametrize(
    ("text", "limit", "line"),
    [
        ("two\n  lines", 20, "two lines"),
        ("exactly ten", 11, "exactly ten"),
        ("one too many", 11, "one too ma…"),
        ("cut at a space", 7, "cut at…"),
        ("", 5, ""),
        ("long " * 100_000, 9, "long lon…"),
        (f"{' ' * 500}far away", 9, "…"),
    ],
)
def test_one_line_folds_white_space_and_cuts_with_an_ellipsis(text, limit, line):
    assert one_line(text, limit) == line


@pytest.mark.parametrize(
    "char", ["\x1b", "\x7f", "\x9b", "\u202e", "\u2066", "\u200b", "\u2028", "\ufeff", "\ud800"]
)
def test_json_escapes_what_terminals_obey_or_utf8_cannot_hold_and_keeps_the_value(char):
    text = as_json({"ü": f"a{char}b"})
    assert char not in text
    assert "ü" in text
    assert text.encode()
    assert json.loads(text) == {"ü": f"a{char}b"}


@pytest.mark.parametrize(
    ("text", "spoiled"),
    [
        ("::stop-commands::x", "�:stop-commands::x"),
        ("a message long enough to wrap ::error::x", "a message long enough to wrap �:error::x"),
        ("say ##[add-mask]x", "say ##�add-mask]x"),
        ("##vso[task.complete]", "##vso�task.complete]"),
        ("Type: AWS::S3::Bucket # [1]", "Type: AWS::S3::Bucket # [1]"),
    ],
)
def test_a_log_line_cannot_command_the_ci_system(text, spoiled):
    assert no_commands(text) == spoiled
    assert len(spoiled) == len(text)


def test_json_spoils_the_command_and_keeps_the_value():
    text = as_json(["##[error]x"])
    assert "##[" not in text
    assert json.loads(text) == ["##[error]x"]
