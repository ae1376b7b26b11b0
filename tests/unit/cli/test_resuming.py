from __future__ import annotations

from dataclasses import asdict

import pytest

from skafu.cli.done import Done
from skafu.cli.resuming import Asked, asked_before
from skafu.model.cloud import Standing
from skafu.model.errors import InputError
from skafu.model.estate import StackId

KEYS = StackId("staging", "us-east-1", "keys")


def test_what_was_asked_for_is_read_back_as_it_was_and_what_is_not_known_is_passed_over():
    asked = Asked(stacks=("api", "data"), prune=True, together=3)
    recorded = asdict(asked) | {"stacks": ["api", "data"], "of_a_newer_version": 1}
    assert asked_before(recorded) == asked


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("together", "many"),
        ("together", True),
        ("endpoint", 5),
        ("stacks", "api"),
        ("stacks", [1]),
        ("yes", None),
    ],
)
def test_an_option_of_another_kind_is_refused(name, value):
    with pytest.raises(InputError, match=f"the option {name} cannot be"):
        asked_before({name: value})


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        (Standing("arn:1", "made-keys", "CREATE_COMPLETE", outputs={"Id": "1"}), True),
        (Standing("arn:1", "made-keys", "UPDATE_COMPLETE", outputs={"Id": "1"}), False),
        (Standing("arn:1", "made-keys", "CREATE_COMPLETE", outputs={"Id": "2"}), False),
        (Standing("arn:2", "made-keys", "CREATE_COMPLETE", outputs={"Id": "1"}), False),
        (None, False),
    ],
    ids=["the same", "updated", "other outputs", "another stack", "gone"],
)
def test_a_stack_is_done_if_it_stands_as_it_is_recorded(now, holds):
    was = Standing("arn:1", "", "CREATE_COMPLETE", outputs={"Id": "1"})
    assert Done({KEYS: was}).holds(KEYS, now) is holds
