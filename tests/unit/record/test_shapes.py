from __future__ import annotations

import json

import pytest

from skafu.model.errors import InputError
from skafu.record.shapes import CARRIED, read_checked


@pytest.fixture
def checked(tmp_path, told, make):
    """Events as a run records them, with changes to the first of a kind -> the events that are read."""

    def read(kind="", **changes):
        events = list(told(make.whole()))
        line = next((line for line, one in enumerate(events) if one["event"] == kind), 0)
        changed = {**events[line], **changes}
        events[line] = {name: value for name, value in changed.items() if value is not ...}
        (tmp_path / "events.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in events))
        return read_checked(tmp_path, {"lock-taken": refused_in_mars})

    def refused_in_mars(event):
        if event["region"] == "mars":
            raise InputError("nobody deploys there")

    return read


def test_what_skafu_records_carries_what_is_asked_for(checked):
    kinds = {one["event"] for one in checked()}
    assert kinds <= CARRIED.keys()
    assert {"deploy-started", "stack-done", "execution-requested", "deploy-finished"} <= kinds


@pytest.mark.parametrize(
    ("kind", "changes", "said"),
    [
        ("change-set-requested", {"token": ...}, "this event change-set-requested has no token"),
        (
            "stack-started",
            {"stack": "nonsense"},
            "this event stack-started names 'nonsense', which is no stack",
        ),
        ("stack-started", {"stack": 5}, "stack of this event stack-started is not what it should be"),
        (
            "deploy-started",
            {"options": None},
            "options of this event deploy-started is not what it should be",
        ),
        (
            "deploy-started",
            {"needs": {"a/b/c": 5}},
            "this event deploy-started names None, which is no stack",
        ),
        ("stack-done", {"outputs": None}, "outputs of this event stack-done is not what it should be"),
        ("lock-taken", {"region": "mars"}, "nobody deploys there"),
    ],
)
def test_an_event_that_lacks_something_is_refused_with_its_file_and_line(
    checked, tmp_path, kind, changes, said
):
    line = [one["event"] for one in checked()].index(kind) + 1
    with pytest.raises(InputError) as refused:
        checked(kind, **changes)
    assert (refused.value.message, str(refused.value.at)) == (said, f"{tmp_path}/events.jsonl:{line}:1")
