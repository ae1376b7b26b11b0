"""What a change of policy documents allows that was not allowed before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skafu.sdk import Unknown
from skafu.sdk.widening import added, named, widened

TABLE = "arn:aws:dynamodb:us-east-1:123456789014:table/users"


def allow(action="s3:GetObject", resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(**more):
    return {**allow(**more), "Effect": "Deny"}


def trust(principal, **more):
    return {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}


def when(**tested):
    return {"Condition": tested}


def late(name):
    return Unknown("it is made later", expression={"Fn::GetAtt": [name, "Arn"]})


def told(before, after):
    """What is new, in words; what nobody can tell is the `Unknown` itself."""
    old, new = ([((index,), one) for index, one in enumerate(side)] for side in (before, after))
    return [(at[0], what) for at, what in widened(old, new)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param([allow()], [allow()], id="the same"),
        pytest.param([allow("s3:*")], [allow("s3:GetObject")], id="an action of those"),
        pytest.param([allow("s3:*")], [allow("S3:Get*")], id="a wildcard within a wildcard"),
        pytest.param([allow("s3:G?tObject")], [allow("s3:GetObject")], id="one letter for another"),
        pytest.param([allow()], [allow(resource=TABLE)], id="a resource of those"),
        pytest.param(
            [allow(), allow("s3:PutObject")], [allow(["s3:PutObject", "s3:GetObject"])], id="one of two"
        ),
        pytest.param([allow()], [], id="nothing any more"),
        pytest.param([allow()], [allow(), deny(action="s3:PutObject")], id="one denied"),
        pytest.param([allow()], [allow(**when(Bool={"aws:SecureTransport": True}))], id="a condition more"),
        pytest.param(
            [allow(**when(StringEquals={"aws:SourceAccount": ["1", "2"]}))],
            [allow(**when(StringEquals={"AWS:SourceAccount": "1"}))],
            id="a value less",
        ),
        pytest.param(
            [allow(**when(StringNotEquals={"aws:RequestedRegion": "a"}))],
            [allow(**when(StringNotEquals={"aws:RequestedRegion": ["a", "b"]}))],
            id="a value more that is refused",
        ),
        pytest.param(
            [trust({"AWS": "123456789014"})],
            [trust({"AWS": "arn:aws:iam::123456789014:root"})],
            id="an account's root",
        ),
        pytest.param([trust("*")], [trust({"AWS": "123456789014"})], id="one of everybody"),
        pytest.param([trust("*")], [trust({"AWS": "*"})], id="everybody in another way"),
        pytest.param(
            [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
            [allow("s3:*")],
            id="one of all but some",
        ),
        pytest.param(
            [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
            [{"Effect": "Allow", "NotAction": ["iam:*", "s3:*"], "Resource": "*"}],
            id="all but more",
        ),
        pytest.param([allow(resource=late("A"))], [allow(resource=[late("A")])], id="the same expression"),
        pytest.param([allow()], [allow(resource=late("A"))], id="whatever it is, it was allowed"),
        pytest.param([late("A")], [late("A")], id="a statement by the same expression"),
        pytest.param([deny(action="s3:Get*")], [deny(action="s3:*")], id="more is denied"),
    ],
)
def test_what_was_allowed_before_is_not_new(before, after):
    assert told(before, after) == []


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        pytest.param([], [allow()], "s3:GetObject on *", id="from nothing"),
        pytest.param(
            [allow()], [allow(["s3:GetObject", "s3:PutObject"])], "s3:PutObject on *", id="an action"
        ),
        pytest.param([allow()], [allow("s3:*")], "s3:* on *", id="a wildcard"),
        pytest.param(
            [allow(resource=TABLE)],
            [allow(resource=f"{TABLE}/*")],
            f"s3:GetObject on {TABLE}/*",
            id="a resource",
        ),
        pytest.param(
            [allow(resource="a[b]")], [allow(resource="ab")], "s3:GetObject on ab", id="brackets are letters"
        ),
        pytest.param(
            [allow(resource="a")],
            [allow(resource=["a", late("Queue")])],
            "s3:GetObject on Queue",
            id="a late one more",
        ),
        pytest.param(
            [allow(**when(Bool={"aws:SecureTransport": True}))],
            [allow()],
            "s3:GetObject on * under other conditions",
            id="a condition less",
        ),
        pytest.param(
            [allow(**when(StringEquals={"aws:SourceAccount": "1"}))],
            [allow(**when(StringEquals={"aws:SourceAccount": ["1", "2"]}))],
            "s3:GetObject on * under other conditions",
            id="a value more",
        ),
        pytest.param(
            [allow(**when(StringEquals={"aws:SourceAccount": "1"}))],
            [allow(**when(StringLike={"aws:SourceAccount": "1"}))],
            "s3:GetObject on * under other conditions",
            id="another kind of test",
        ),
        pytest.param(
            [trust({"Service": "a.amazonaws.com"})],
            [trust({"Service": ["a.amazonaws.com", "b.amazonaws.com"]})],
            "sts:AssumeRole to Service b.amazonaws.com",
            id="trust",
        ),
        pytest.param([trust({"AWS": "123456789014"})], [trust("*")], "sts:AssumeRole to *", id="everybody"),
        pytest.param(
            [{"Effect": "Allow", "NotAction": ["iam:*", "s3:*"], "Resource": "*"}],
            [{"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}],
            "all but iam:* on *",
            id="all but less",
        ),
        pytest.param(
            [{"Effect": "Allow", "NotAction": "s3:*Object", "Resource": "*"}],
            [allow("s3:Get*")],
            "s3:Get* on *",
            id="wildcards that may overlap",
        ),
        pytest.param(
            [allow("s3:*")],
            [{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}],
            "all but iam:* on *",
            id="all but some for a few",
        ),
        pytest.param([deny()], [], "s3:GetObject on *, which was denied", id="nothing denied"),
        pytest.param([deny()], [deny(resource="a")], "s3:GetObject on *, which was denied", id="less denied"),
        pytest.param([deny()], [allow()], "s3:GetObject on *", id="allowed what was denied"),
    ],
)
def test_what_is_new_is_told(before, after, found):
    assert told(before, after)[0] == (0, found)


def test_a_statement_is_told_once_and_where_it_stands():
    assert told([allow()], [allow(), allow(["a:b", "c:d"], ["x", "y"])]) == [(1, "a:b on x")]


def test_a_late_value_in_place_of_a_known_one_may_be_the_same():
    new = late("Table")

    ((at, found),) = told([allow(resource=TABLE)], [allow(resource=new)])

    assert at == 0
    assert found is new


def test_a_late_value_is_new_where_only_something_else_is_gone():
    assert told([allow(["a:b", "c:d"], TABLE)], [allow("a:b", [TABLE, late("Queue")])]) == [
        (0, "a:b on Queue")
    ]


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ({"Fn::GetAtt": ["Table", "Arn"]}, "Table"),
        ({"Fn::ImportValue": "x"}, '{"Fn::ImportValue": "x"}'),
        ("{{changeSet:KNOWN_AFTER_APPLY}}", "what only deployment tells"),
        (None, "what only deployment tells"),
    ],
)
def test_a_late_value_is_named_by_what_makes_it(expression, name):
    assert named(Unknown("it is made later", expression=expression)) == name
    assert named("a") == "a"


def test_a_statement_that_only_deployment_tells_is_no_answer():
    new = late("Policy")

    ((at, found),) = told([allow()], [allow(), new])

    assert at == 1
    assert found is new


def test_beside_a_statement_that_was_late_nothing_is_certainly_new():
    old = late("Policy")

    ((at, found),) = told([old], [allow()])

    assert at == 0
    assert found is old


@pytest.mark.parametrize("statement", ["Allow", {"Action": "s3:*"}, {"Effect": "allow"}])
def test_what_is_no_statement_is_an_error(statement):
    with pytest.raises(ValueError, match="0 is no statement that allows or denies"):
        told([], [statement])


NAMES = st.sampled_from(["*", "s3:*", "s3:Get*", "s3:GetObject", "iam:PassRole"])
STATEMENTS = st.builds(
    lambda effect, action, resource, condition: {
        "Effect": effect,
        "Action": action,
        "Resource": resource,
        **({"Condition": {"StringEquals": {"k": condition}}} if condition else {}),
    },
    st.sampled_from(["Allow", "Deny"]),
    st.lists(NAMES, min_size=1, max_size=3),
    st.lists(NAMES, min_size=1, max_size=2),
    st.lists(st.sampled_from(["1", "2"]), max_size=2),
)


@given(st.lists(STATEMENTS, max_size=4), st.randoms(use_true_random=False))
def test_order_matters_nowhere_and_less_is_never_more(document, random):
    shuffled = random.sample(document, len(document))
    fewer = [one for one in shuffled if one["Effect"] == "Deny" or random.random() < 0.5]

    assert told(document, shuffled) == []
    assert told(document, fewer) == []


@given(st.lists(STATEMENTS, max_size=3))
def test_a_new_action_is_always_told(document):
    covered = any(
        one["Effect"] == "Allow"
        and "Condition" not in one
        and "*" in one["Action"]
        and "*" in one["Resource"]
        for one in document
    )

    assert [at for at, _ in told(document, [*document, allow("other:Act")])] == [len(document)] * (
        not covered
    )


def test_what_is_added_to_a_list_is_told_by_value_or_expression():
    one, two = late("One"), late("Two")

    assert added(["a", one], ["a", late("One")]) == []
    assert added(["a"], ["b", "a"]) == ["b"]
    assert added(None, "a") == ["a"]
    (found,) = added([one], [one, two])
    assert found is two
