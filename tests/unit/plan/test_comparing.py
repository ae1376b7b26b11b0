from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skafu.plan.comparing import NOTHING, differences, same
from skafu.plan.schemas import Shape

SET = Shape({"type": "array", "insertionOrder": False}, {})


def found(before, after, shape=Shape({}, {})):  # noqa: B008 - a frozen value
    return [(one.path, one.before, one.after) for one in differences(before, after, shape)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (True, "true"),
        (5, "5"),
        ("", ""),
        ({"a": [1, False]}, {"a": ["1", "false"]}),
        ({"Fn::GetAtt": ["Table", "Arn"]}, {"Fn::GetAtt": "Table.Arn"}),
        ({"b": 1, "a": 2}, {"a": 2, "b": 1}),
        (None, None),
    ],
)
def test_what_cloudformation_reads_alike_is_the_same(before, after):
    assert same(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (True, "True"),
        (1, 1.0),
        (1, True),
        ("5", "05"),
        ("null", []),
        ({}, []),
        ({"Ref": "A"}, {"Ref": "B"}),
        ({"Ref": "A"}, {"Fn::GetAtt": ["A", "Arn"]}),
        ({"Ref": "A"}, "A"),
        (NOTHING, None),
        ([1, 2], [2, 1]),
    ],
)
def test_what_it_does_not_read_alike_is_not(before, after):
    assert not same(before, after)


def test_the_deepest_places_are_told():
    before = {"Keep": 1, "Deep": {"List": [{"a": 1, "b": 2}, "x"]}, "Gone": 3}
    after = {"Keep": 1, "Deep": {"List": [{"a": 1, "b": 5}, "x"]}, "New": 4}
    assert found(before, after) == [
        (("Deep", "List", 0, "b"), 2, 5),
        (("New",), NOTHING, 4),
        (("Gone",), 3, NOTHING),
    ]


def test_an_expression_is_one_value():
    assert found({"Arn": {"Ref": "A"}}, {"Arn": "arn"}) == [(("Arn",), {"Ref": "A"}, "arn")]


def test_an_item_put_between_others_moves_none_of_them():
    assert found(["a", "c", "d"], ["a", "b", "c", "d"]) == [((1,), NOTHING, "b")]
    assert found(["a", "b", "c", "d"], ["a", "c", "d"]) == [((1,), "b", NOTHING)]


def test_the_order_of_a_set_means_nothing_but_its_number_does():
    assert found(["a", "b"], ["b", "a"], SET) == []
    assert found(["a", "a"], ["a"], SET) == [((1,), "a", NOTHING)]
    assert found(["a", "b"], ["b", "c"], SET) == [((0,), "a", NOTHING), ((1,), NOTHING, "c")]
    assert found([{"k": 1}, {"k": 2}], [{"k": 3}, {"k": 1}], SET) == [((0, "k"), 2, 3)]


def test_a_default_that_is_written_down_changes_nothing():
    shape = Shape({"properties": {"Size": {"default": 5}}}, {})
    assert found({}, {"Size": 5}, shape) == []
    assert found({"Size": "5"}, {}, shape) == []
    assert found({}, {"Size": 6}, shape) == [(("Size",), NOTHING, 6)]


@pytest.mark.parametrize(
    ("type_", "path", "expected"),
    [
        ("AWS::EC2::SecurityGroup", ("SecurityGroupIngress",), True),
        ("AWS::IAM::Role", ("ManagedPolicyArns",), True),
        ("AWS::Lambda::Function", ("VpcConfig", "SubnetIds"), False),
        ("AWS::DynamoDB::Table", ("KeySchema",), False),
        ("AWS::DynamoDB::Table", ("Nothing", "Like", 3, "that"), False),
    ],
)
def test_a_real_schema_tells_which_lists_are_sets(schemas, type_, path, expected):
    assert schemas.of(type_).shape(path).is_set is expected


DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["a", "true", "1", ""]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "Ref"]), inner, max_size=2)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(DATA, DATA, st.booleans())
def test_nothing_differs_from_itself_and_two_values_differ_both_ways_or_not_at_all(one, other, is_set):
    shape = SET if is_set else Shape({}, {})
    assert same(one, one, shape)
    assert same(one, other, shape) == same(other, one, shape)


@settings(deadline=None)
@given(DATA, DATA)
def test_every_difference_is_told_at_a_place_that_one_of_them_has(one, other):
    def at(value, path):
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                return NOTHING
        return value

    for difference in differences(one, other):
        assert at(one, difference.path) is not NOTHING or at(other, difference.path) is not NOTHING
        assert difference.before is not difference.after
