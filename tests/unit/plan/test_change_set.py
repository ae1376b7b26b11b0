"""Changes as DescribeChangeSet gives them -> `Change` values.

The shapes are those of CloudFormation's API reference (with `IncludePropertyValues`) and of MiniStack (without).
"""

from __future__ import annotations

import json

import pytest

from skafu.model.change import KNOWN_AFTER_APPLY, Action, Replacement
from skafu.model.errors import SkafuError
from skafu.plan import changes

NEVER, MAYBE, ALWAYS = Replacement
TEXT = """
    Resources:
      Table:
        Type: AWS::DynamoDB::Table
        Properties:
          TableName: %s
          Tags: [{Key: a, Value: b}]
      Reader:
        Type: AWS::SSM::Parameter
        Properties:
          Type: String
          Value: !GetAtt Table.Arn
"""


def said(action="Modify", **more):
    change = {"Action": action, "LogicalResourceId": "Table", "ResourceType": "AWS::DynamoDB::Table", **more}
    return {"Type": "Resource", "ResourceChange": change}


def detail(source="DirectModification", entity=None, evaluation="Static", **target):
    causing = {"CausingEntity": entity} if entity else {}
    return {"Target": target, "Evaluation": evaluation, "ChangeSource": source, **causing}


@pytest.fixture
def read(stack):
    """A change as CloudFormation states it, between a table `a` and a table `b` -> what it is read as."""

    def run(*raw, before=TEXT % "a", after=TEXT % "b", **more):
        becomes = stack(after, **more)
        was = stack(before).template.plain() if before else None
        return changes(becomes, raw, was, becomes.template.plain())

    return run


def test_values_paths_and_ids_are_taken_from_the_change_set(read):
    name = detail(
        Attribute="Properties",
        Name="TableName",
        Path="/Properties/TableName",
        RequiresRecreation="Always",
        BeforeValue="was",
        AfterValue="becomes",
        AttributeChangeType="Modify",
    )
    (change,) = read(
        said(
            PhysicalResourceId="was",
            Replacement="True",
            PolicyAction="ReplaceAndRetain",
            Scope=["Properties"],
            Details=[name],
            BeforeContext='{"Properties":{"TableName":"was"}}',
            AfterContext='{"Properties":{"TableName":"becomes"},"UpdateReplacePolicy":"Retain"}',
        )
    )
    assert (change.action, change.replacement, change.kept) == (Action.MODIFY, ALWAYS, True)
    assert (change.physical_id, str(change.location)) == ("was", "stacks/platform/shop/template.yaml:2:3")
    assert change.before == {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "was"}}
    assert change.after["Properties"] == {"TableName": "becomes"}
    (one,) = change.details
    assert (one.path, one.before, one.after) == ("Properties.TableName", '"was"', '"becomes"')
    assert (one.replacement, one.cause, one.location.line) == (ALWAYS, "", 5)


def test_where_it_gives_no_values_the_templates_do(read):
    name = detail(Attribute="Properties", Name="TableName", RequiresRecreation="Always")
    (change,) = read(said(Replacement="True", Details=[name]))
    assert [(one.path, one.before, one.after) for one in change.details] == [
        ("Properties.TableName", '"a"', '"b"')
    ]
    assert change.before["Properties"]["TableName"] == "a"


def test_a_path_that_is_told_once_for_each_cause_is_one_change(read):
    target = {
        "Attribute": "Properties",
        "Name": "Value",
        "Path": "/Properties/Value",
        "RequiresRecreation": "Never",
        "BeforeValue": "arn:a",
        "AfterValue": KNOWN_AFTER_APPLY,
    }
    (change,) = read(
        said(
            LogicalResourceId="Reader",
            ResourceType="AWS::SSM::Parameter",
            Replacement="False",
            Details=[
                detail(evaluation="Dynamic", **target),
                detail("ResourceAttribute", "Table.Arn", **target),
                detail("ParameterReference", "Environment", **target),
            ],
        )
    )
    (one,) = change.details
    assert (one.before, one.after) == ('"arn:a"', f'"{KNOWN_AFTER_APPLY}"')
    assert one.cause == "Table.Arn, parameter Environment"


def test_a_reference_without_values_is_known_only_afterwards(read):
    value = detail(
        "ResourceAttribute", "Table.Arn", Attribute="Properties", Name="Value", RequiresRecreation="Never"
    )
    (change,) = read(
        said(
            LogicalResourceId="Reader",
            ResourceType="AWS::SSM::Parameter",
            Replacement="False",
            Details=[value],
        )
    )
    (one,) = change.details
    assert (one.path, one.before, one.after) == ("Properties.Value", None, f'"{KNOWN_AFTER_APPLY}"')


@pytest.mark.parametrize(
    ("pointer", "path"),
    [
        ("/Properties/Tags/0/Value", "Properties.Tags[0].Value"),
        ("/Properties/A~1b/C~0d", "Properties.A/b.C~d"),
        ("/Properties/Map/7", "Properties.Map.7"),
        ("/DeletionPolicy", "DeletionPolicy"),
    ],
)
def test_a_pointer_becomes_a_path(read, pointer, path):
    context = json.dumps({"Properties": {"Map": {"7": "x"}, "Tags": [{"Value": "b"}]}})
    one = detail(
        Attribute="Properties", Path=pointer, RequiresRecreation="Never", BeforeValue="x", AfterValue="y"
    )
    (change,) = read(said(Replacement="False", Details=[one], BeforeContext=context, AfterContext=context))
    assert [detail.path for detail in change.details] == [path]


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [("Add", None, '"y"'), ("Remove", '"x"', None), ("Modify", '"x"', '"y"')],
)
def test_what_is_added_was_nothing_and_what_is_removed_becomes_nothing(read, kind, before, after):
    values = {"BeforeValue": "x", "AfterValue": "y"}
    values.pop({"Add": "BeforeValue", "Remove": "AfterValue"}.get(kind, ""), None)
    one = detail(
        Attribute="Properties",
        Path="/Properties/TableName",
        RequiresRecreation="Never",
        AttributeChangeType=kind,
        **values,
    )
    (change,) = read(said(Replacement="False", Details=[one]))
    assert [(found.before, found.after) for found in change.details] == [(before, after)]


def test_a_value_that_was_cut_off_is_taken_from_the_template(read):
    one = detail(
        Attribute="Properties",
        Path="/Properties/Tags",
        RequiresRecreation="Never",
        BeforeValue="[]",
        AfterValue='[{"Key": "a", "Va',
    )
    (change,) = read(said(Replacement="False", Details=[one], AfterContext='{"Properties": {"Tags": [{"Key'))
    assert change.details[0].after == '[{"Key": "a", "Value": "b"}]'
    assert change.after["Properties"]["TableName"] == "b"


@pytest.mark.parametrize(
    ("action", "more", "expected"),
    [
        ("Add", {}, (Action.ADD, NEVER, False)),
        ("Import", {}, (Action.IMPORT, NEVER, False)),
        ("Modify", {"Replacement": "False"}, (Action.MODIFY, NEVER, False)),
        ("Modify", {"Replacement": "Conditional"}, (Action.MODIFY, MAYBE, True)),
        (
            "Modify",
            {"Replacement": "True", "PolicyAction": "ReplaceAndSnapshot"},
            (Action.MODIFY, ALWAYS, False),
        ),
        (
            "Modify",
            {"Replacement": "True", "PolicyAction": "ReplaceAndDelete"},
            (Action.MODIFY, ALWAYS, True),
        ),
        ("Modify", {"Replacement": "Perhaps"}, (Action.MODIFY, MAYBE, True)),
        ("Modify", {}, (Action.MODIFY, MAYBE, True)),
        (
            "Modify",
            {"Replacement": "False", "PolicyAction": "ReplaceAndDelete"},
            (Action.MODIFY, MAYBE, True),
        ),
        ("Remove", {"PolicyAction": "Delete"}, (Action.REMOVE, NEVER, True)),
        ("Remove", {"PolicyAction": "Retain"}, (Action.REMOVE, NEVER, False)),
        ("Remove", {"PolicyAction": "RetainPerhaps"}, (Action.REMOVE, NEVER, True)),
        ("Remove", {}, (Action.REMOVE, NEVER, True)),
        ("Dynamic", {}, (Action.DYNAMIC, MAYBE, True)),
        ("SyncWithActual", {}, (Action.MODIFY, NEVER, False)),
    ],
)
def test_no_word_is_read_as_more_harmless_than_it_is(read, action, more, expected):
    (change,) = read(said(action, **more))
    assert (change.action, change.replacement, change.loses) == expected


@pytest.mark.parametrize(
    "raw",
    [
        {"Type": "Hook", "ResourceChange": {}},
        {"Type": "Resource"},
        said("Explode"),
        said(LogicalResourceId=""),
        said(ResourceType=None),
    ],
)
def test_a_change_that_nobody_knows_stops_the_run(read, raw):
    with pytest.raises(SkafuError, match="does not know"):
        read(raw)


def test_a_property_whose_recreation_nobody_states_may_replace(read):
    one = detail(Attribute="Properties", Path="/Properties/TableName", BeforeValue="x", AfterValue="y")
    (change,) = read(said(Replacement="Conditional", Details=[one, detail(Attribute="Tags")]))
    assert {found.path: found.replacement for found in change.details} == {
        "Properties.TableName": MAYBE,
        "Tags": NEVER,
    }


def test_without_a_word_about_keeping_the_standing_template_tells(read):
    before = (
        TEXT.replace(
            "Type: AWS::DynamoDB::Table", "DeletionPolicy: Retain\n        Type: AWS::DynamoDB::Table"
        )
        % "a"
    )
    (change,) = read(said("Remove"), before=before, after="Resources: {Other: {Type: AWS::SQS::Queue}}")
    assert (change.kept, change.after) == (True, None)
    assert str(change.location) == "stacks/platform/shop/template.yaml:1:1"


def test_a_logical_id_that_goes_to_another_type_is_a_removal_and_an_addition(read):
    old, new = read(said(ResourceType="AWS::SQS::Queue", Replacement="True", PhysicalResourceId="a"))
    assert (old.action, old.type, old.physical_id, old.loses) == (
        Action.REMOVE,
        "AWS::DynamoDB::Table",
        "a",
        True,
    )
    assert (new.action, new.type) == (Action.ADD, "AWS::SQS::Queue")


def test_a_change_in_a_nested_stack_is_placed_in_its_template(read, bare):
    digest = "d" * 64
    inner = bare(
        "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n", "stacks/platform/shop/inner.yaml", digest=digest
    )
    outer = f"""
        Resources:
          Child:
            Type: AWS::CloudFormation::Stack
            Properties: {{TemplateURL: "https://s3.amazonaws.com/skafu-artifacts/{digest}"}}
    """
    automatic = detail("Automatic", Attribute="Properties", Name="TemplateURL", RequiresRecreation="Never")
    child = {"LogicalResourceId": "Child", "ResourceType": "AWS::CloudFormation::Stack"}
    queue = {"LogicalResourceId": "Child.Queue", "ResourceType": "AWS::SQS::Queue"}
    found = read(
        said(**queue, Replacement="False"),
        said(**child, Replacement="False", Details=[automatic]),
        before=outer,
        after=outer,
        nested=[inner],
    )
    assert [one.logical_id for one in found] == ["Child", "Child.Queue"]
    assert str(found[1].location) == "stacks/platform/shop/inner.yaml:2:3"
    assert found[0].details[0].cause == "its template"
