from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skafu.graph import affected, order
from skafu.model.estate import Account, Definition, Environment, Reference, Stack, StackId
from skafu.model.node import Node
from skafu.model.place import Location

HERE = Location("stack.yaml")
NOTHING = Node({}, HERE)


def id_(name):
    return StackId("staging", "us-east-1", name)


def estate(*needs):
    """`"b a c"` declares the stack b, which needs a and c; the lines count from 1."""
    stacks = {}
    for words in needs:
        name, *targets = words.split()
        stacks[id_(name)] = Stack(
            id=id_(name),
            definition=Definition(name, "layer", "", ("staging",), (), NOTHING),
            account=Account("staging", "1" * 12, "", "", "", (), NOTHING),
            environment=Environment("staging", "staging", "us-east-1", ("us-east-1",), NOTHING),
            stack_name=name,
            source=NOTHING,
            template=NOTHING,
            parameters={},
            tags={},
            references=tuple(
                Reference("depends_on", id_(target), Location(f"{name}.yaml", line))
                for line, target in enumerate(targets, start=1)
            ),
            digest="0" * 64,
        )
    return stacks


def names(ids):
    return " ".join(one.name for one in ids)


@pytest.mark.parametrize(
    ("needs", "ordered"),
    [
        ([], ""),
        (["c", "b", "a"], "a b c"),
        (["a b", "b c", "c"], "c b a"),
        (["d b c", "b a", "c a", "a"], "a b c d"),
        (["a z", "z", "b"], "b z a"),
        (["a elsewhere", "b"], "a b"),
        (["a b b", "b"], "b a"),
    ],
    ids=["none", "by id", "a chain", "a diamond", "needs before ids", "a need outside", "twice"],
)
def test_what_is_needed_stands_first(needs, ordered):
    found = order(estate(*needs))
    assert names(found.stacks) == ordered
    assert found.stuck == {}
    assert found.findings == ()


def test_every_stack_is_a_key_and_its_needs_are_sorted_by_place():
    found = order(estate("c b a", "b", "a"))
    assert {one.name: names(ref.target for ref in refs) for one, refs in found.needs.items()} == {
        "a": "",
        "b": "",
        "c": "b a",
    }


@pytest.mark.parametrize(
    ("needs", "said", "place", "ordered", "stuck"),
    [
        (
            ["a a", "b"],
            "staging/us-east-1/a needs staging/us-east-1/a (a.yaml:1:1)",
            "a.yaml:1:1",
            "b",
            {"a": "a"},
        ),
        (
            ["a b", "b a", "c a", "d"],
            (
                "staging/us-east-1/a needs staging/us-east-1/b (a.yaml:1:1), "
                "staging/us-east-1/b needs staging/us-east-1/a (b.yaml:1:1)"
            ),
            "a.yaml:1:1",
            "d",
            {"a": "a b", "b": "a b", "c": "a b"},
        ),
        (
            ["a d b", "b c", "c a", "d"],
            (
                "staging/us-east-1/a needs staging/us-east-1/b (a.yaml:2:1), "
                "staging/us-east-1/b needs staging/us-east-1/c (b.yaml:1:1), "
                "staging/us-east-1/c needs staging/us-east-1/a (c.yaml:1:1)"
            ),
            "a.yaml:2:1",
            "d",
            {"a": "a b c", "b": "a b c", "c": "a b c"},
        ),
        (
            ["a b c", "b c", "c a"],
            (
                "staging/us-east-1/a needs staging/us-east-1/c (a.yaml:2:1), "
                "staging/us-east-1/c needs staging/us-east-1/a (c.yaml:1:1)"
            ),
            "a.yaml:2:1",
            "",
            {"a": "a b c", "b": "a b c", "c": "a b c"},
        ),
    ],
    ids=["itself", "two, and one behind them", "three", "the shortest way round"],
)
def test_a_circle_is_a_sentence_with_the_line_of_every_need(needs, said, place, ordered, stuck):
    found = order(estate(*needs))
    (finding,) = found.findings
    assert finding.message == f"stacks need one another in a circle: {said}"
    assert str(finding.location) == place
    assert finding.rule == "estate-cycle"
    assert finding.severity.value == "critical"
    assert names(found.stacks) == ordered
    assert {one.name: names(cycle) for one, cycle in found.stuck.items()} == stuck


def test_two_circles_are_two_findings():
    assert len(order(estate("a b", "b a", "c d", "d c")).findings) == 2


@pytest.mark.parametrize(
    ("changed", "reached"),
    [("a", "a b c d"), ("c", "c d"), ("d", "d"), ("e", "e"), ("b c", "b c d"), ("elsewhere", "")],
)
def test_a_change_affects_what_needs_it(changed, reached):
    found = order(estate("a", "b a", "c a", "d b c", "e"))
    assert names(affected(found, [id_(name) for name in changed.split()])) == reached


def test_a_change_inside_a_circle_affects_all_of_it():
    found = order(estate("a b", "b a", "c b"))
    assert names(affected(found, [id_("a")])) == "a b c"


LETTERS = "abcdef"
ESTATES = st.lists(st.sets(st.sampled_from(LETTERS)), max_size=6).map(
    lambda needs: [" ".join([name, *sorted(needed)]) for name, needed in zip(LETTERS, needs, strict=False)]
)


@given(ESTATES)
def test_every_stack_comes_after_what_it_needs_or_is_stuck(needs):
    stacks = estate(*needs)
    found = order(stacks)
    assert sorted([*found.stacks, *found.stuck]) == sorted(stacks)
    at = {one: index for index, one in enumerate(found.stacks)}
    for one in found.stacks:
        assert all(at[reference.target] < at[one] for reference in found.needs[one])
    assert bool(found.findings) == bool(found.stuck)


@given(ESTATES, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_of_files(needs, random):
    shuffled = list(needs)
    random.shuffle(shuffled)
    assert order(estate(*shuffled)) == order(estate(*needs))
