"""A change set of the embedded endpoint, the prediction -> what is taken back."""

from __future__ import annotations

import pytest

from skafu.model.change import Action, Change, PropertyChange, Replacement
from skafu.model.place import Location
from skafu.plan import narrowed

AT = Location("template.yaml", 3)


def change(name, replacement, action=Action.MODIFY):
    details = (PropertyChange("Properties.Tags", replacement=replacement),)
    return Change(name, "AWS::S3::Bucket", action, AT, replacement, details=details)


@pytest.mark.parametrize(
    ("said", "predicted", "expected"),
    [
        (Replacement.MAYBE, Replacement.NEVER, Replacement.NEVER),
        (Replacement.MAYBE, Replacement.MAYBE, Replacement.MAYBE),
        (Replacement.MAYBE, Replacement.ALWAYS, Replacement.MAYBE),
        (Replacement.ALWAYS, Replacement.NEVER, Replacement.ALWAYS),
        (Replacement.NEVER, Replacement.ALWAYS, Replacement.NEVER),
    ],
)
def test_only_a_possible_replacement_that_the_schemas_rule_out_is_taken_back(said, predicted, expected):
    assert narrowed([change("A", said)], [change("A", predicted)]) == (change("A", expected),)


def test_what_nobody_predicted_stays_as_it_was_said():
    assert narrowed([change("A", Replacement.MAYBE)], []) == (change("A", Replacement.MAYBE),)
    removed = change("A", Replacement.NEVER, Action.REMOVE)
    assert narrowed([change("A", Replacement.MAYBE)], [removed]) == (change("A", Replacement.MAYBE),)
