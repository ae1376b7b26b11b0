from __future__ import annotations

import pytest

from skafu.adapters.checkov_unknowns import PLACEHOLDERS, Record, Retrial, decide, doubt_about, filled, place
from skafu.model.place import dotted

TEMPLATE = """
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      AccessControl: !Unknown {Ref: Acl}
      Tags:
        - Key: a
        - Key: !Unknown {"Fn::GetAtt": [X, Y]}
      Encryption: {Enabled: true}
"""


def record(*keys, gave_up=""):
    return Record("CKV_1", "a check", "", "Bucket", keys, gave_up)


def never(placeholder):
    raise AssertionError(f"there was no need to scan again with {placeholder}")


def retrial(failed=(), given_up=()):
    """A retry that says the check failed, or was not answered, with these placeholders."""
    case = frozenset({("CKV_1", "Bucket")})
    none = frozenset()
    return lambda one: Retrial(case if one in failed else none, case if one in given_up else none)


@pytest.mark.parametrize(
    ("keys", "doubt"),
    [
        (("Properties/AccessControl",), ("Resources.Bucket.Properties.AccessControl", True)),
        (("AccessControl",), ("Resources.Bucket.Properties.AccessControl", True)),
        (("Properties/AccessControl/Deeper",), ("Resources.Bucket.Properties.AccessControl", True)),
        (("Properties/Tags",), ("Resources.Bucket.Properties.Tags[1].Key", False)),
        (("Properties/Tags/[1]/Key/",), ("Resources.Bucket.Properties.Tags[1].Key", True)),
        (("Properties/Tags/1/Key",), ("Resources.Bucket.Properties.Tags[1].Key", True)),
        (("Tags/*/Key",), ("Resources.Bucket.Properties.Tags[1].Key", False)),
        (
            ("Properties/Tags", "Properties/AccessControl"),
            ("Resources.Bucket.Properties.AccessControl", True),
        ),
        ((), ("Resources.Bucket.Properties.AccessControl", False)),
        (("Properties/Tags/[0]/Key",), None),
        (("Properties/Missing/Deeper",), None),
        (("Properties/Encryption",), None),
    ],
)
def test_the_unknown_value_that_a_check_met(node, keys, doubt):
    found = doubt_about(node(TEMPLATE), record(*keys))
    assert (found and (dotted(found.path), found.whole)) == doubt


@pytest.mark.parametrize(
    ("keys", "path"),
    [
        (("Properties/Encryption/Enabled",), "Resources.Bucket.Properties.Encryption.Enabled"),
        (("Properties/Encryption/Missing",), "Resources.Bucket.Properties.Encryption"),
        (("Properties/Tags/[0]/Key", "Properties/Tags"), "Resources.Bucket.Properties.Tags[0].Key"),
        (("Properties/Missing",), "Resources.Bucket"),
        (("Properties",), "Resources.Bucket"),
        ((), "Resources.Bucket"),
    ],
)
def test_a_failed_check_is_placed_at_what_it_looked_at_or_at_the_resource(node, keys, path):
    assert dotted(place(node(TEMPLATE), record(*keys))) == path


def answers(node, retry, **records):
    """Which of the answers `decide` gives for one record."""
    given = {"failed": (), "compared": (), "undecided": (), **records}
    decided = decide(node(TEMPLATE), **given, retry=retry)
    return len(decided.failed), len(decided.not_evaluated), len(decided.given_up)


FAILED, UNKNOWN, GIVEN_UP, NOTHING = (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)


@pytest.mark.parametrize(
    ("outcome", "keys", "retry", "answer"),
    [
        ("failed", "Properties/Encryption/Enabled", never, FAILED),
        ("failed", "Properties/AccessControl", never, UNKNOWN),
        ("failed", "Properties/Tags", retrial(failed=PLACEHOLDERS), FAILED),
        ("failed", "Properties/Tags", retrial(failed=PLACEHOLDERS[:2]), UNKNOWN),
        ("failed", "Properties/Tags", retrial(), UNKNOWN),
        ("compared", "Properties/Encryption/Enabled", never, NOTHING),
        ("compared", "Properties/AccessControl", never, UNKNOWN),
        ("compared", "Properties/Tags", never, NOTHING),
        ("undecided", "Properties/Encryption/Enabled", never, NOTHING),
        ("undecided", "Properties/AccessControl", never, UNKNOWN),
        ("undecided", "Properties/Tags", retrial(), NOTHING),
        ("undecided", "Properties/Tags", retrial(failed=PLACEHOLDERS[:1]), UNKNOWN),
        ("undecided", "Properties/Tags", retrial(failed=PLACEHOLDERS), FAILED),
    ],
)
def test_what_an_unknown_value_leaves_of_an_outcome(node, outcome, keys, retry, answer):
    assert answers(node, retry, **{outcome: [record(keys)]}) == answer


@pytest.mark.parametrize(
    ("keys", "retry", "answer"),
    [
        ("Properties/Encryption/Enabled", never, GIVEN_UP),
        ("Properties/Tags", retrial(given_up=PLACEHOLDERS), GIVEN_UP),
        ("Properties/Tags", retrial(given_up=PLACEHOLDERS[:1]), UNKNOWN),
        ("Properties/Tags", retrial(failed=PLACEHOLDERS), FAILED),
        ("Properties/Tags", retrial(), UNKNOWN),
        ("Properties/AccessControl", never, UNKNOWN),
    ],
)
def test_a_check_that_gave_up_is_never_a_pass(node, keys, retry, answer):
    assert answers(node, retry, undecided=[record(keys, gave_up="TypeError")]) == answer


def test_the_reason_names_the_missing_value_and_why_it_is_missing(node):
    doubt = doubt_about(node(TEMPLATE), record("Properties/AccessControl"))
    assert (
        doubt.reason
        == "Resources.Bucket.Properties.AccessControl is not known because it is made at deployment"
    )
    assert doubt.node.place.line == 6


def test_filling_puts_the_placeholder_in_place_of_every_unknown_value(node):
    properties = filled(node(TEMPLATE), "?")["Resources"]["Bucket"]["Properties"]
    assert properties == {
        "AccessControl": "?",
        "Tags": [{"Key": "a"}, {"Key": "?"}],
        "Encryption": {"Enabled": True},
    }
