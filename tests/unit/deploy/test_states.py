"""What can be done in each state of a stack."""

from __future__ import annotations

import botocore.session
import pytest

from skafu.deploy.states import STATES, Ready, Stuck, state


def statuses():
    """Every status that CloudFormation knows, by botocore's model of it."""
    model = botocore.session.get_session().get_service_model("cloudformation")
    return model.shape_for("StackStatus").enum


def test_every_status_that_does_not_end_by_itself_is_known():
    ends_by_itself = {
        one for one in statuses() if one.endswith("_IN_PROGRESS") and one != "REVIEW_IN_PROGRESS"
    }

    assert set(STATES) == set(statuses()) - ends_by_itself


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("", "CREATE"),
        ("DELETE_COMPLETE", "CREATE"),
        ("REVIEW_IN_PROGRESS", "CREATE"),
        ("CREATE_COMPLETE", "UPDATE"),
        ("UPDATE_ROLLBACK_COMPLETE", "UPDATE"),
        ("ROLLBACK_COMPLETE", "delete"),
        ("CREATE_FAILED", "delete"),
        ("UPDATE_FAILED", "rollback"),
        ("UPDATE_ROLLBACK_FAILED", "continue-rollback"),
        ("A_STATUS_OF_NEXT_YEAR", ""),
    ],
)
def test_what_is_done_in_a_state(status, expected):
    found = state(status)

    assert (found.kind if isinstance(found, Ready) else found.action) == expected


def test_a_state_nobody_knows_is_stuck_and_says_its_name():
    found = state("A_STATUS_OF_NEXT_YEAR")

    assert isinstance(found, Stuck)
    assert "A_STATUS_OF_NEXT_YEAR" in found.why


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (
            "ROLLBACK_COMPLETE",
            "With --recover, skafu deletes it first and creates it anew; what its deletion policies keep stays.",
        ),
        ("UPDATE_FAILED", "With --recover, skafu rolls it back first, to what stood before."),
        (
            "UPDATE_ROLLBACK_FAILED",
            "With --recover, skafu goes on with the rollback first; mend what kept it from rolling back.",
        ),
        ("A_STATUS_OF_NEXT_YEAR", "To go on, look at it in CloudFormation's console."),
    ],
)
def test_the_way_out_of_a_state_is_told_in_words(status, hint):
    assert state(status).hint == hint
