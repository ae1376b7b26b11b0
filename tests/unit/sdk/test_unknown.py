"""An unknown value can be recognised, and nothing else."""

from __future__ import annotations

import copy

import pytest

from skafu.sdk import Unknown
from skafu.sdk.unknown import UnknownFacedError


@pytest.fixture
def value():
    """Not a global: pytest looks at every object of a module, and this one does not let itself be looked at."""
    return Unknown("it exists only after deployment", path=("Resources", "A"), expression={"Ref": "A"})


@pytest.mark.parametrize(
    "use",
    [
        pytest.param(bool, id="its truth"),
        pytest.param(lambda value: not value, id="its negation"),
        pytest.param(lambda value: value == 1, id="equal"),
        pytest.param(lambda value: 1 == value, id="equal, the other way round"),  # noqa: SIM300
        pytest.param(lambda value: value != 1, id="different"),
        pytest.param(lambda value: value < 1, id="less"),
        pytest.param(lambda value: 1 < value, id="less, the other way round"),  # noqa: SIM300
        pytest.param(lambda value: value >= 1, id="at least"),
        pytest.param(lambda value: sorted([value, 1]), id="order"),
        pytest.param(list, id="iterate"),
        pytest.param(lambda value: [*value], id="unpack"),
        pytest.param(lambda value: "a" in value, id="search in it"),
        pytest.param(lambda value: value in ["a", "b"], id="search for it in a list"),
        pytest.param(lambda value: value in {"a", "b"}, id="search for it in a set"),
        pytest.param(lambda value: "a" in ["b", value], id="search past it"),
        pytest.param(len, id="its length"),
        pytest.param(str, id="its text"),
        pytest.param(repr, id="its representation"),
        pytest.param(lambda value: f"{value}", id="format"),
        pytest.param(lambda value: f"{[value]}", id="format what holds it"),
        pytest.param(lambda value: "%s" % value, id="format the old way"),  # noqa: UP031
        pytest.param(int, id="its number"),
        pytest.param(lambda value: value + 1, id="add"),
        pytest.param(lambda value: 1 + value, id="add it"),
        pytest.param(lambda value: value["a"], id="a member"),
        pytest.param(lambda value: value[0], id="an item"),
        pytest.param(lambda value: value.get("a"), id="a method"),
        pytest.param(lambda value: value(), id="call"),
        pytest.param(lambda value: isinstance(value, str), id="whether it is text"),
        pytest.param(lambda value: isinstance(value, dict | list), id="whether it is a collection"),
        pytest.param(lambda value: {"a": value} == {"a": 1}, id="compare what holds it"),
    ],
)
def test_using_an_unknown_value_faces_it(use, value):
    with pytest.raises(UnknownFacedError) as faced:
        use(value)

    assert faced.value.unknown is value


def test_except_exception_does_not_swallow_it(value):
    def careless():
        try:
            return value == "public"
        except Exception:  # noqa: BLE001
            return False

    with pytest.raises(UnknownFacedError):
        careless()


def test_an_unknown_value_can_be_recognised(value):
    assert isinstance(value, Unknown)
    assert value is not None
    assert value.reason == "it exists only after deployment"
    assert value.path == ("Resources", "A")


def test_a_copy_of_what_holds_it_is_as_unknown(value):
    (copied,) = copy.deepcopy([value])

    assert isinstance(copied, Unknown)
    assert copied.reason == value.reason


@pytest.mark.parametrize(
    ("expression", "resources"),
    [
        ({"Ref": "Table"}, {"Table"}),
        ({"Ref": "AWS::StackId"}, set()),
        ({"Fn::GetAtt": ["Key", "Arn"]}, {"Key"}),
        ({"Fn::GetAtt": "Key.Arn"}, {"Key"}),
        ({"Fn::Sub": "/aws/lambda/${Function}-${AWS::Region}-${!Literal}"}, {"Function"}),
        ({"Fn::Sub": ["${Key.Arn}:${Given}", {"Given": {"Ref": "Other"}}]}, {"Key", "Other"}),
        ({"Fn::Join": ["", ["a", {"Ref": "Bucket"}]]}, {"Bucket"}),
        ({"Fn::ImportValue": "keys"}, set()),
    ],
)
def test_it_names_the_resources_that_its_expression_names(expression, resources):
    assert Unknown("late", expression=expression).resources == resources


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"Fn::If": ["Late", {"Ref": "A"}, {"Ref": "AWS::NoValue"}]}, True),
        ({"Fn::If": ["Late", "a", {"Fn::If": ["Later", {"Ref": "AWS::NoValue"}, "b"]}]}, True),
        ({"Fn::If": ["Late", "a", "b"]}, False),
        ({"Ref": "A"}, False),
    ],
)
def test_it_may_be_absent_only_when_a_branch_leaves_it_out(expression, expected):
    assert Unknown("late", expression=expression).may_be_absent is expected
