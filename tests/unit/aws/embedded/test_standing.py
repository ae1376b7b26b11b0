from __future__ import annotations

import fcntl
import json
import os

import pytest

from skafu.aws.embedded.server import stop
from skafu.aws.embedded.standing import Beginning, Broken, Resting, Running, look, size
from skafu.model.errors import SkafuError

STATED = {"url": "http://127.0.0.1:1", "pid": os.getpid(), "version": "1", "since": 5.0, "shared": True}


@pytest.fixture
def state(tmp_path):
    """Writes a statement and, if wanted, takes the lock as a server does."""
    held = []

    def made(statement, *, locked):
        if statement is not None:
            (tmp_path / "server.json").write_text(statement, encoding="utf-8")
        held.append(os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT))
        if locked:
            fcntl.flock(held[-1], fcntl.LOCK_EX)
        return tmp_path

    yield made
    for one in held:
        os.close(one)


@pytest.mark.parametrize(
    ("statement", "locked", "found"),
    [
        (json.dumps(STATED), True, Running(**STATED)),
        (json.dumps(STATED), False, Broken(5.0)),
        (None, True, Beginning()),
        (None, False, Resting()),
    ],
    ids=["at work", "gone", "beginning", "resting"],
)
def test_the_lock_tells_whether_a_statement_is_an_old_one(state, statement, locked, found):
    assert look(state(statement, locked=locked)) == found


def test_where_nothing_was_ever_started_nothing_runs(tmp_path):
    assert look(tmp_path / "never") == Resting()
    assert size(tmp_path / "never") == 0


@pytest.mark.parametrize("statement", ["", "{}", "[]", '{"pid": 1}', "\x00"])
def test_a_statement_that_cannot_be_read_is_an_error(state, statement):
    with pytest.raises(SkafuError, match=r"server\.json cannot be read"):
        look(state(statement, locked=False))


def test_an_old_statement_with_another_processs_id_ends_nobody(state):
    assert stop(state(json.dumps(STATED), locked=False)) == ""  # else it would have ended this very process
