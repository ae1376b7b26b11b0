"""`skafu local`, as people run it, and as they find it after something went wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import time

import pytest

pytestmark = pytest.mark.slow

PATIENCE = 60.0  # seconds; reached only where something is wrong


@pytest.fixture
def local(estate):
    """`local("start")` in the tiny estate; whatever a test leaves running is stopped."""
    one = estate()
    yield lambda *arguments: one.run("local", *arguments)
    one.run("local", "stop")


def test_it_is_started_seen_and_stopped_and_the_state_is_kept(local):
    assert "status     stopped" in local("status").stdout
    started = local("start")
    assert re.fullmatch(
        r"It runs: http://127\.0\.0\.1:\d+ \(process \d+\)\. `--endpoint embedded` uses it\.\n",
        started.stdout,
    )
    assert local("start").stdout.startswith("It runs already: http://127.0.0.1:")
    found = json.loads(local("status", "--format", "json").stdout)
    assert (found["status"], found["shared"], found["stacks"]) == ("running", True, {})
    assert f"url        {found['url']}\n" in local("status").stdout
    assert local("stop").stdout == f"Stopped: {found['url']} (process {found['pid']})\n"
    assert local("stop").stdout == "It does not run.\n"
    assert "status     stopped" in local("status").stdout


def test_one_that_was_killed_is_told_apart_from_one_that_was_stopped(local):
    local("start")
    os.kill(json.loads(local("status", "--format", "json").stdout)["pid"], signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    while json.loads(local("status", "--format", "json").stdout)["status"] == "running":
        assert time.monotonic() < end
    assert "has ended without saving" in local("status").stdout
    again = local("start")
    assert again.code == 0
    assert "has ended without saving" in again.stderr


def test_what_is_deployed_can_be_forgotten(local, tmp_path):
    local("start")
    assert (tmp_path / ".skafu" / "local").is_dir()
    assert (tmp_path / ".skafu" / "local" / ".gitignore").read_text(encoding="ascii") == "*\n"
    assert local("stop", "--forget").stdout.endswith("Removed .skafu/local\n")
    assert not (tmp_path / ".skafu" / "local").exists()
