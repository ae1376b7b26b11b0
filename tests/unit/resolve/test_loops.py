"""`Fn::ForEach`: what it unrolls to."""

from __future__ import annotations

import pytest

HEAD = "Transform: AWS::LanguageExtensions\nParameters: {Names: {Type: CommaDelimitedList, Default: 'a,b'}}\n"


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (
            "Resources: {'Fn::ForEach::L': [N, [x, y], {'R${N}': {Type: A::B::C, Properties: {V: !Ref N}}}]}",
            {
                "Rx": {"Type": "A::B::C", "Properties": {"V": "x"}},
                "Ry": {"Type": "A::B::C", "Properties": {"V": "y"}},
            },
        ),
        (
            "Resources: {'Fn::ForEach::L': [N, !Ref Names, {'R${N}': {Type: A::B::C, Properties: {V: !Sub '${N}!'}}}]}",
            {
                "Ra": {"Type": "A::B::C", "Properties": {"V": "a!"}},
                "Rb": {"Type": "A::B::C", "Properties": {"V": "b!"}},
            },
        ),
        (
            "Resources: {'Fn::ForEach::L': [N, ['10.0'], {'R&{N}': {Type: A::B::C, Properties: {V: '${N}'}}}]}",
            {"R100": {"Type": "A::B::C", "Properties": {"V": "10.0"}}},
        ),
        (
            "Resources: {'Fn::ForEach::L': [N, [x, y], {'Fn::ForEach::M': [O, [1, 2], {'R${N}${O}': {Type: A::B::C}}]}]}",
            {name: {"Type": "A::B::C"} for name in ("Rx1", "Rx2", "Ry1", "Ry2")},
        ),
        (
            "Resources: {R: {Type: A::B::C, Properties: {Fixed: 1, 'Fn::ForEach::L': [N, [x], {'P${N}': 2}]}}}",
            {"R": {"Type": "A::B::C", "Properties": {"Fixed": 1, "Px": 2}}},
        ),
    ],
)
def test_loop_is_replaced_by_what_it_repeats(engine, body, left):
    found = engine.resolved(HEAD + body)

    assert found.template.get("Resources").plain() == left
    assert found.findings == ()


def test_what_a_loop_repeats_points_at_its_body(engine):
    found = engine.resolved("""
        Transform: AWS::LanguageExtensions
        Resources:
          Fn::ForEach::L:
            - N
            - [x, y]
            - R${N}:
                Type: A::B::C
                Properties:
                  V: !Ref N
    """)

    lines = [found.template.get("Resources", name, "Properties", "V").place.line for name in ("Rx", "Ry")]
    assert lines == [9, 9]


@pytest.mark.parametrize(
    ("loop", "message"),
    [
        ("[N, [x]]", "an identifier, a collection and a body are needed"),
        ("[N, x, {}]", "the collection must be a list that is known before deployment"),
        (
            "[N, !Ref AWS::NotificationARNs, {}]",
            "the collection must be a list that is known before deployment",
        ),
        (
            "[N, [a, !Ref AWS::StackId], {}]",
            "the collection is not known before deployment: the id of a stack exists only after its creation",
        ),
    ],
)
def test_loop_that_cannot_be_unrolled_is_told(engine, loop, message):
    found = engine.resolved(f"{HEAD}Resources:\n  Fn::ForEach::L: {loop}\n")

    assert engine.told(found.findings) == [f"template-expression template.yaml:4 Fn::ForEach::L: {message}"]
    assert found.template.get("Resources").plain() == {}


def test_loop_without_its_transform_is_told(engine):
    found = engine.resolved("Resources:\n  Fn::ForEach::L: [N, [x], {'R${N}': {Type: A::B::C}}]\n")

    assert engine.told(found.findings) == [
        "template-expression template.yaml:2 Fn::ForEach::L: loops need the transform AWS::LanguageExtensions"
    ]
