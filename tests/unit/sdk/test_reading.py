"""Paths and the spellings of CloudFormation's values."""

from __future__ import annotations

import pytest

from skafu.sdk import Unknown, as_flag, as_list, as_number
from skafu.sdk.reading import find, parts

TREE = {"Rules": [{"Id": "a"}, {"Id": None}], "/v1.0": {"get": 1}}


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("A", ("A",)),
        ("A.B[0].C", ("A", "B", 0, "C")),
        ("A[0][1]", ("A", 0, 1)),
        ("", ()),
        (("a.b", 0), ("a.b", 0)),
    ],
)
def test_a_path_falls_into_its_parts(at, expected):
    assert parts(at) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("Rules[0].Id", "a"),
        ("Rules[1].Id", "default"),
        ("Rules[2].Id", "default"),
        ("Rules.Id", "default"),
        ("Nothing.At.All", "default"),
        (("/v1.0", "get"), 1),
    ],
)
def test_find_reads_a_path_or_gives_the_default(at, expected):
    assert find(TREE, at, "default") == expected


@pytest.mark.parametrize("at", ["Late", "Late.Deeper[3].Still"])
def test_find_gives_the_unknown_that_the_path_runs_into(at):
    late = Unknown("late")

    assert find({"Late": late}, at, "default") is late


@pytest.mark.parametrize(
    ("value", "expected"), [(True, True), ("true", True), ("True", True), (False, False), ("false", False)]
)
def test_a_flag_may_be_text(value, expected):
    assert as_flag(value) is expected


@pytest.mark.parametrize("value", ["yes", 1, "", None])
def test_what_is_no_flag_is_an_error(value):
    with pytest.raises(ValueError, match="neither true nor false"):
        as_flag(value)


@pytest.mark.parametrize(("value", "expected"), [(30, 30), ("30", 30), ("0.5", 0.5), (1.0, 1)])
def test_a_number_may_be_text(value, expected):
    assert as_number(value) == expected


@pytest.mark.parametrize("value", ["many", True, None])
def test_what_is_no_number_is_an_error(value):
    with pytest.raises(ValueError, match="is not a number"):
        as_number(value)


@pytest.mark.parametrize(
    ("value", "expected"), [(None, []), ("a", ["a"]), (["a"], ["a"]), ({"a": 1}, [{"a": 1}])]
)
def test_one_item_stands_for_a_list_of_it(value, expected):
    assert as_list(value) == expected
