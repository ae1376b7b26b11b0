"""Records of earlier runs -> how long each stack took."""

from __future__ import annotations

import json

from skafu.model.estate import StackId
from skafu.record.pace import pace

API = StackId("staging", "us-east-1", "api")
DATA = StackId("staging", "us-east-1", "data")


def run(root, name, *done, endpoint="aws"):
    """A record: done are (stack, result, seconds)."""
    folder = root / name
    folder.mkdir()
    events = [{"event": "deploy-started", "endpoint": endpoint}]
    events += [
        {"event": "stack-done", "stack": str(stack), "result": result, "seconds": seconds}
        for stack, result, seconds in done
    ]
    text = "".join(f"{json.dumps(one, sort_keys=True)}\n" for one in events)
    (folder / "events.jsonl").write_text(text, encoding="utf-8")
    return folder


def test_the_latest_run_in_which_something_was_done_tells_how_long_a_stack_takes(tmp_path):
    run(tmp_path, "20261120", (API, "created", 90.0), (DATA, "created", 300.0))
    run(tmp_path, "20261121", (API, "updated", 40.0), (DATA, "unchanged", 0.2))
    now = run(tmp_path, "20261122")

    assert pace(now, [API, DATA]) == {API: 40.0, DATA: 300.0}


def test_only_runs_to_the_same_endpoint_and_stacks_that_are_asked_for_count(tmp_path):
    run(tmp_path, "20261120", (API, "created", 90.0), (DATA, "created", 300.0))
    run(tmp_path, "20261121", (API, "created", 0.1), endpoint="embedded")
    now = run(tmp_path, "20261122")

    assert pace(now, [API]) == {API: 90.0}


def test_what_cannot_be_read_tells_nothing(tmp_path):
    run(tmp_path, "20261120", (API, "created", 90.0))
    broken = run(tmp_path, "20261121")
    with (broken / "events.jsonl").open("a", encoding="utf-8") as record:
        record.write('{"event": "stack-done", "stack": "stag')
    (tmp_path / "20261119").write_text("no folder", encoding="utf-8")
    now = run(tmp_path, "20261122")

    assert pace(now, [API]) == {API: 90.0}
    assert pace(tmp_path / "nowhere" / "else", [API]) == {}
