"""What holds for every template, shown with templates that nobody thought of."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skafu.load.document import parse_document
from skafu.model.node import Node, Unknown, annotated
from skafu.model.place import Location
from skafu.resolve import Placement, resolve_template
from skafu.resolve.functions import FUNCTIONS

# Hypothesis cannot reset function-scoped fixtures between examples, so this module reads templates itself.
FILE = "template.yaml"
PLACEMENT = Placement("111122223333", "eu-west-1", "app")
PARAMETERS = {
    "Text": {"Type": "String", "Default": "some"},
    "Flag": {"Type": "String", "Default": "true"},
    "Size": {"Type": "Number", "Default": 7},
    "Names": {"Type": "CommaDelimitedList", "Default": "a,b"},
    "Late": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/a"},
}
MAPPINGS = {"Map": {"eu-west-1": {"key": "found", "list": ["x", "y"]}}}
CONDITIONS = ("Yes", "Not", "Unsure", "Mixed")
OTHERS = {"Target": {"Type": "A::B::C"}, "Gone": {"Type": "A::B::C", "Condition": "Not"}}


def conditions(unknown):
    late = {"Ref": "Late" if unknown else "Text"}
    return {
        "Yes": {"Fn::Equals": [{"Ref": "Text"}, "some"]},
        "Not": {"Fn::Not": [{"Condition": "Yes"}]},
        "Unsure": {"Fn::Equals": [late, "x"]},
        "Mixed": {
            "Fn::Or": [{"Condition": "Unsure"}, {"Fn::And": [{"Condition": "Yes"}, {"Condition": "Not"}]}]
        },
    }


scalars = st.one_of(
    st.booleans(),
    st.integers(-9, 99),
    st.sampled_from(["", "a", "${Text}", "$", "a,b", "x-y", "{}", "ü"]),
)
texts = st.sampled_from(["a", "b-c", "", "${!Text}"])


def known_texts(deeper):
    """Expressions that are text and known before deployment."""
    return st.one_of(
        texts,
        st.sampled_from(["Text", "Size", "AWS::Region", "AWS::AccountId"]).map(lambda name: {"Ref": name}),
        st.lists(deeper, min_size=1, max_size=3).map(lambda items: {"Fn::Join": ["-", items]}),
        st.lists(deeper, min_size=2, max_size=2).map(lambda items: {"Fn::Select": [1, items]}),
        deeper.map(lambda text: {"Fn::Sub": ["<${V}|${Size}>", {"V": text}]}),
        deeper.map(lambda text: {"Fn::Base64": text}),
        st.just({"Fn::FindInMap": ["Map", {"Ref": "AWS::Region"}, "key"]}),
        st.tuples(st.sampled_from(["Yes", "Not"]), deeper, deeper).map(lambda three: {"Fn::If": list(three)}),
    )


known_text = st.recursive(texts, known_texts, max_leaves=8)
unknown = st.sampled_from(
    [
        {"Ref": "Target"},
        {"Ref": "Late"},
        {"Fn::GetAtt": ["Target", "Arn"]},
        {"Fn::Sub": "${Text}/${Target.Arn}"},
        {"Fn::ImportValue": "elsewhere"},
        {"Fn::GetAZs": ""},
        "{{resolve:ssm:/a}}",
    ]
)


def values(leaves, names):
    """Trees with expressions in them."""
    return st.recursive(
        leaves,
        lambda deeper: st.one_of(
            st.lists(deeper, max_size=3),
            st.dictionaries(st.sampled_from(["A", "B", "C"]), deeper, min_size=1, max_size=3),
            st.tuples(st.sampled_from(names), deeper, deeper).map(lambda three: {"Fn::If": list(three)}),
            st.tuples(st.sampled_from(names), deeper).map(
                lambda two: {"Only": {"Fn::If": [*two, {"Ref": "AWS::NoValue"}]}}
            ),
        ),
        max_leaves=10,
    )


static_values = values(st.one_of(scalars, known_text), ["Yes", "Not"])
any_values = values(st.one_of(scalars, known_text, unknown), CONDITIONS)

nonsense = st.recursive(
    st.one_of(st.none(), scalars, st.sampled_from(["Target", "Map", "Yes", "Target.Arn"])),
    lambda deeper: st.one_of(
        st.lists(deeper, max_size=4),
        st.tuples(st.sampled_from([*FUNCTIONS, "Fn::Transform"]), deeper).map(lambda two: dict([two])),
    ),
    max_leaves=8,
)


def template(value, *, late=True, resources=()):
    """A template as text, one token a line, with `value` as a property."""
    whole = {
        "Parameters": PARAMETERS,
        "Mappings": MAPPINGS,
        "Conditions": conditions(late),
        "Resources": {**OTHERS, "R": {"Type": "A::B::C", "Properties": {"V": value}}, **dict(resources)},
    }
    return json.dumps(whole, indent=1, ensure_ascii=False)


def resolved(text, parameters=None):
    source = text if isinstance(text, Node) else parse_document(text, FILE, rule="template-syntax")
    given_ = annotated(parameters or {}, Location("stack.yaml")).members
    origin = annotated({}, Location("stack.yaml"))
    return resolve_template(source, given_, origin, PLACEMENT, lambda _: None)[0]


def unknowns(node):
    return [one for _, one in node.walk() if isinstance(one.value, Unknown)]


def calls(node):
    """The paths at which an intrinsic function is left, outside of any Unknown."""
    return [path for path, one in node.walk() if path and path[-1] in FUNCTIONS and path[-1] != "Condition"]


@given(any_values)
def test_resolving_is_deterministic(value):
    first, second = resolved(template(value)), resolved(template(value))

    assert first == second


@given(any_values)
def test_what_is_written_correctly_has_no_finding(value):
    assert resolved(template(value)).findings == ()


@given(static_values)
def test_template_in_which_everything_is_known_has_no_function_left(value):
    found = resolved(template(value, late=False))

    assert unknowns(found.template.get("Resources", "R")) == []
    assert calls(found.template.get("Resources", "R")) == []
    assert found.template.members.keys() <= {"Parameters", "Resources"}


@given(any_values)
def test_function_is_left_only_where_something_is_not_known(value):
    assert calls(resolved(template(value)).template) == []


@given(any_values)
def test_resolving_what_was_resolved_changes_nothing(value):
    once = resolved(template(value)).template
    again = resolved(json.dumps(once.plain(), ensure_ascii=False)).template

    assert again.plain() == once.plain()


@given(any_values)
def test_giving_the_defaults_is_the_same_as_giving_nothing(value):
    defaults = {name: declaration["Default"] for name, declaration in PARAMETERS.items()}

    assert resolved(template(value), defaults).template.plain() == resolved(template(value)).template.plain()


@given(any_values, any_values)
def test_resource_that_a_false_condition_removes_changes_no_other(value, other):
    without = resolved(template(value))
    beside = {"Beside": {"Type": "A::B::C", "Condition": "Not", "Properties": {"V": other}}}
    having = resolved(template(value, resources=beside.items()))

    assert having.template.get("Resources").plain() == without.template.get("Resources").plain()
    assert having.findings == ()


@given(any_values, any_values)
def test_branch_that_is_not_chosen_changes_nothing(value, other):
    chosen = resolved(template({"Fn::If": ["Not", other, value]}))

    assert (
        chosen.template.get("Resources", "R").plain()
        == resolved(template(value)).template.get("Resources", "R").plain()
    )


@given(any_values)
def test_every_value_stands_at_a_line_of_its_file(value):
    text = template(value)
    lines = text.splitlines()

    for _, node in resolved(text).template.walk():
        for at in (node.location, node.place):
            assert at.file == FILE
            assert 1 <= at.line <= len(lines)
            assert 1 <= at.column <= len(lines[at.line - 1]) + 1


@given(any_values)
def test_text_that_is_left_stands_where_the_source_has_it(value):
    text = template({"Plain": "needle", "Beside": value})
    node = resolved(text).template.get("Resources", "R", "Properties", "V", "Plain")

    assert "needle" in text.splitlines()[node.place.line - 1]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(nonsense)
def test_nonsense_is_told_and_never_stops_the_run(value):
    found = resolved(template(value))

    assert calls(found.template) == []
    for one in found.findings:
        assert one.rule in {"template-expression", "template-macro"}
        assert one.location.file == FILE


@given(
    st.dictionaries(
        st.sampled_from(["Type", "Default", "AllowedValues", "MinLength", "NoEcho", "AllowedPattern"]),
        nonsense,
    ),
    nonsense,
)
def test_nonsense_in_parameters_is_told_and_never_stops_the_run(declaration, value):
    text = json.dumps({"Parameters": {"P": declaration}, "Resources": {"R": {"Type": "A::B::C"}}})

    assert "P" in resolved(text, {"P": value} if value is not None else {}).parameters
