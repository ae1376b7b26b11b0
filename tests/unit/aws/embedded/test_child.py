from __future__ import annotations

import pytest

from skafu.aws.embedded import child


@pytest.mark.parametrize(
    "address", [("127.0.0.1", 80), ("127.9.9.9", 80), ("::1", 80, 0, 0), ("localhost", 80), "/run/socket"]
)
def test_the_endpoint_may_speak_on_loopback(address):
    child.stay_on_loopback("socket.connect", (None, address))


@pytest.mark.parametrize("event", ["socket.bind", "socket.connect", "socket.sendto"])
@pytest.mark.parametrize(
    "host",
    ["0.0.0.0", "::", "192.0.2.1", "sts.amazonaws.com", "127.0.0.1.example.com", ""],  # noqa: S104 - what is refused
)
def test_the_endpoint_speaks_nowhere_else(event, host):
    with pytest.raises(PermissionError, match="stays on loopback"):
        child.stay_on_loopback(event, (None, (host, 443)))


@pytest.mark.parametrize(
    ("status", "later"),
    [
        ("CREATE_IN_PROGRESS", "CREATE_FAILED"),
        ("ROLLBACK_IN_PROGRESS", "ROLLBACK_FAILED"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED"),
        ("DELETE_IN_PROGRESS", "DELETE_FAILED"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"),
    ],
)
def test_what_does_not_come_to_an_end_is_given_up(status, later):
    stack = {"StackStatus": status}
    assert child.at_work(stack)
    child.give_up(stack)
    assert stack["StackStatus"] == later


@pytest.mark.parametrize("status", ["REVIEW_IN_PROGRESS", "CREATE_COMPLETE", "UPDATE_FAILED", ""])
def test_what_waits_or_has_ended_is_not_at_work(status):
    assert not child.at_work({"StackStatus": status})
