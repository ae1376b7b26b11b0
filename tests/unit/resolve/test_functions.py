"""Every intrinsic function: what it becomes when everything is known, when not, and when it is wrong."""

from __future__ import annotations

import pytest

from skafu.model.node import Unknown

HEAD = """
    Parameters:
      Name: {Type: String, Default: orders}
      Yes: {Type: String, Default: "true"}
      Size: {Type: Number, Default: 5}
      Zones: {Type: CommaDelimitedList, Default: "a, b"}
      Secret: {Type: String, NoEcho: true, Default: hush}
    Mappings:
      Sizes:
        eu-west-1: {small: 10, names: [x, y]}
"""


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("!Ref Name", "orders"),
        ("!Ref Yes", True),
        ("!Ref Size", 5),
        ("!Ref Zones", ["a", "b"]),
        ("!Ref AWS::Region", "eu-west-1"),
        ("!Ref AWS::AccountId", "111122223333"),
        ("!Ref AWS::StackName", "app"),
        ("!Ref AWS::Partition", "aws"),
        ("!Ref AWS::URLSuffix", "amazonaws.com"),
        ("[a, !Ref AWS::NoValue, b]", ["a", "b"]),
        ("{a: 1, b: !Ref AWS::NoValue}", {"a": 1}),
        ('!Sub "${Name}-${AWS::Region}-${Size}-${Yes}"', "orders-eu-west-1-5-true"),
        ('!Sub ["${Own}/${Name}", {Own: !Ref Size}]', "5/orders"),
        ('!Sub ["${Name}", {Name: mine}]', "mine"),
        ('!Sub "${!Name} and ${Name}"', "${Name} and orders"),
        ('!Sub ["${Own}", {Own: "${Name}"}]', "${Name}"),
        ('!Join ["-", [a, !Ref Name, !Ref Size]]', "a-orders-5"),
        ('!Join [",", !Ref Zones]', "a,b"),
        ('!Join ["-", []]', ""),
        ('!Split ["-", "a-b-"]', ["a", "b", ""]),
        ("!Select [1, !Ref Zones]", "b"),
        ('!Select ["0", !Split [",", "x,y"]]', "x"),
        ("!Select [0, [known, !Ref AWS::StackId]]", "known"),
        ("!Base64 abc", "YWJj"),
        ("!Cidr [10.0.0.0/24, 2, 4]", ["10.0.0.0/28", "10.0.0.16/28"]),
        ("!Cidr [10.0.0.0/16, 1]", ["10.0.0.0/24"]),
        ("!Cidr ['2001:db8::/56', 2, 64]", ["2001:db8::/64", "2001:db8:0:1::/64"]),
        ("!FindInMap [Sizes, !Ref AWS::Region, small]", 10),
        ("!FindInMap [Sizes, eu-west-1, names]", ["x", "y"]),
        ("!FindInMap [Sizes, nowhere, small, {DefaultValue: !Ref Name}]", "orders"),
        ("{Fn::Length: !Ref Zones}", 2),
        ("{Condition: {StringEquals: {a: b}}}", {"Condition": {"StringEquals": {"a": "b"}}}),
        ("{Condition: InProduction}", {"Condition": "InProduction"}),
        ("{Ref: Name, Other: 1}", {"Ref": "Name", "Other": 1}),
    ],
)
def test_expression_becomes_its_value(engine, expression, answer):
    node, found = engine.value(expression, HEAD)

    assert node.plain() == answer
    assert type(node.plain()) is type(answer)
    assert found.findings == ()
    assert [one for _, one in node.walk() if isinstance(one.value, Unknown)] == []


@pytest.mark.parametrize(
    ("expression", "left", "reason"),
    [
        ("!Ref R", {"Ref": "R"}, "the id of R exists only after deployment"),
        ("!Ref AWS::StackId", {"Ref": "AWS::StackId"}, "the id of a stack exists only after its creation"),
        ("!Ref Secret", {"Ref": "Secret"}, "Secret is secret (NoEcho)"),
        ("!GetAtt R.Arn", {"Fn::GetAtt": ["R", "Arn"]}, "Arn of R exists only after deployment"),
        ("!GetAtt [R, Endpoint.Port]", {"Fn::GetAtt": ["R", "Endpoint.Port"]}, "Endpoint.Port of R exists"),
        (
            "{Fn::GetAtt: R.Endpoint.Port}",
            {"Fn::GetAtt": ["R", "Endpoint.Port"]},
            "Endpoint.Port of R exists",
        ),
        ("!GetAtt [R, !Ref Name]", {"Fn::GetAtt": ["R", "orders"]}, "orders of R exists"),
        ('!Sub "${Name}/${R}/${R.Arn}"', {"Fn::Sub": "orders/${R}/${R.Arn}"}, "the id of R exists"),
        (
            '!Sub ["${Name}/${Late}/${Known}", {Late: !GetAtt R.Arn, Known: k}]',
            {"Fn::Sub": ["orders/${Late}/k", {"Late": {"Fn::GetAtt": ["R", "Arn"]}}]},
            "Arn of R exists",
        ),
        ('!Sub "${R}-${!Name}"', {"Fn::Sub": "${R}-${!Name}"}, "the id of R exists"),
        ('!Join ["-", [!Ref Name, !Ref R]]', {"Fn::Join": ["-", ["orders", {"Ref": "R"}]]}, "the id of R"),
        ('!Split ["-", !Ref R]', {"Fn::Split": ["-", {"Ref": "R"}]}, "the id of R"),
        ("!Select [1, [a, !Ref R]]", {"Ref": "R"}, "the id of R"),
        ("!Select [0, !GetAZs '']", {"Fn::Select": [0, {"Fn::GetAZs": ""}]}, "the availability zones"),
        ("!GetAZs {Ref: AWS::Region}", {"Fn::GetAZs": "eu-west-1"}, "the availability zones"),
        ("!Base64 {Ref: R}", {"Fn::Base64": {"Ref": "R"}}, "the id of R"),
        ("!Cidr [!GetAtt R.Cidr, 2, 8]", {"Fn::Cidr": [{"Fn::GetAtt": ["R", "Cidr"]}, 2, 8]}, "Cidr of R"),
        (
            "!FindInMap [Sizes, !Ref Secret, small, {DefaultValue: !Ref Size}]",
            {"Fn::FindInMap": ["Sizes", {"Ref": "Secret"}, "small", {"DefaultValue": 5}]},
            "Secret is secret",
        ),
        (
            "{Fn::Length: !Split ['-', !Ref R]}",
            {"Fn::Length": {"Fn::Split": ["-", {"Ref": "R"}]}},
            "the id of R",
        ),
        (
            "!ImportValue {'Fn::Sub': '${Name}-vpc'}",
            {"Fn::ImportValue": "orders-vpc"},
            "export orders-vpc exists",
        ),
        ("!ImportValue {Ref: R}", {"Fn::ImportValue": {"Ref": "R"}}, "the id of R"),
        (
            "{Fn::GetStackOutput: {StackName: !Ref Name, OutputName: Url}}",
            {"Fn::GetStackOutput": {"StackName": "orders", "OutputName": "Url"}},
            "output Url of orders exists only after its stack is deployed",
        ),
        (
            '"{{resolve:ssm:/a/b}}"',
            "{{resolve:ssm:/a/b}}",
            "a dynamic reference is read at deployment",
        ),
    ],
)
def test_what_is_not_known_is_left_to_deployment_with_the_rest_resolved(engine, expression, left, reason):
    node, found = engine.value(expression, HEAD)

    assert isinstance(node.value, Unknown)
    assert node.plain() == left
    assert node.value.reason.startswith(reason)
    assert found.findings == ()


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("!Ref Nam", 'Ref: there is no parameter or resource "Nam" Did you mean "Name"?'),
        ("!Ref [Name]", "Ref: text is needed here, not a list"),
        ("!GetAtt Rr.Arn", 'Fn::GetAtt: there is no resource "Rr" Did you mean "R"?'),
        ("!GetAtt [R]", "Fn::GetAtt: a list of 2 items is needed"),
        ("{Fn::GetAtt: R}", "Fn::GetAtt: an attribute is needed, as in R.Arn"),
        ('!Sub "${Nam}"', 'Fn::Sub: there is no parameter or resource "Nam" Did you mean "Name"?'),
        ("!Sub {a: b}", "Fn::Sub: the text must be written out, not a mapping"),
        ('!Sub "${Zones}"', "Fn::Sub: text is needed here, not a list"),
        ('!Sub ["${X}", {X: !Ref AWS::NoValue}]', "Fn::Sub: ${X} is AWS::NoValue"),
        ("!Join [a]", "Fn::Join: a list of 2 items is needed"),
        ("!Join ['-', b]", "Fn::Join: a list is needed"),
        ("!Split ['', a]", "Fn::Split: the delimiter is empty"),
        ("!Select [2, !Ref Zones]", "Fn::Select: there is no item 2 in a list of 2"),
        ("!Select [-1, !Ref Zones]", "Fn::Select: there is no item -1 in a list of 2"),
        ("!Select [x, !Ref Zones]", 'Fn::Select: the index is "x", not a number'),
        ("!Base64 [a]", "Fn::Base64: text is needed here, not a list"),
        ("!Cidr [10.0.0.0/24, 3, 7]", "Fn::Cidr: 10.0.0.0/24 has no room for 3 blocks"),
        ("!Cidr [10.0.0.0/8, 257, 2]", "Fn::Cidr: 257 blocks are asked for; it makes 1 to 256"),
        ("!Cidr [10.0.0.0/8, 0, 2]", "Fn::Cidr: 0 blocks are asked for; it makes 1 to 256"),
        ("!Cidr [ten, 1, 2]", "Fn::Cidr: 'ten' does not appear to be an IPv4 or IPv6 network"),
        ("!FindInMap [Size, a, b]", 'Fn::FindInMap: the mappings have no Size.a.b Did you mean "Sizes"?'),
        (
            "!FindInMap [Sizes, eu-west-2, small]",
            'Fn::FindInMap: the mappings have no Sizes.eu-west-2.small Did you mean "eu-west-1"?',
        ),
        (
            "!FindInMap [Sizes, eu-west-1, smal]",
            'Fn::FindInMap: the mappings have no Sizes.eu-west-1.smal Did you mean "small"?',
        ),
        ("!FindInMap [Sizes]", "Fn::FindInMap: a list of 3 or 4 items is needed"),
        ("{Fn::Length: abc}", "Fn::Length: a list is needed"),
        ("!ImportValue {'Ref': AWS::NoValue}", "Fn::ImportValue: its argument is AWS::NoValue"),
        ("{Fn::GetStackOutput: {StackName: a}}", "Fn::GetStackOutput: StackName and OutputName are needed"),
        ("!If [Missing, a, b]", 'Fn::If: there is no condition "Missing"'),
        ("!If [Missing, a]", "Fn::If: a list of 3 items is needed"),
    ],
)
def test_expression_that_cloudformation_would_refuse_is_told_at_its_line(engine, expression, message):
    node, found = engine.value(expression, HEAD)

    assert engine.told(found.findings) == [f"template-expression template.yaml:1 {message}"]
    assert isinstance(node.value, Unknown)


def test_finding_stands_at_the_line_of_the_expression(engine):
    found = engine.resolved("""
        Resources:
          R:
            Type: A::B::C
            Properties:
              A: !Ref R
              B:
                - one
                - !Ref Nobody
    """)

    assert engine.told(found.findings) == [
        'template-expression template.yaml:8 Ref: there is no parameter or resource "Nobody" Known: R.'
    ]


def test_value_tells_the_chain_it_came_through(engine):
    node, _ = engine.value('!Sub "${Name}-x"', HEAD)

    assert [(step.what, step.location.line) for step in node.steps] == [("parameter Name", 3)]
    assert node.location.line == 1


@pytest.mark.parametrize(
    ("region", "partition", "suffix"),
    [
        ("eu-west-1", "aws", "amazonaws.com"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com"),
    ],
)
def test_partition_follows_the_region(engine, region, partition, suffix):
    placement = type(engine.placement)("111122223333", region, "app")
    node, _ = engine.value('!Sub "${AWS::Partition} ${AWS::URLSuffix}"', placement=placement)

    assert node.plain() == f"{partition} {suffix}"


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("Transform: Own\nResources: {}\n", 1),
        ("Transform: [AWS::LanguageExtensions, Own]\nResources: {}\n", 1),
        ("Resources: {}\nTransform: {Name: Own, Parameters: {}}\n", 2),
        ("Resources:\n  R:\n    Fn::Transform: {Name: Own}\n", 3),
        ("Resources:\n  Fn::Transform: {Name: Own}\n", 2),
        ("Resources:\n  R:\n    Type: A::B::C\n    Properties: {B: !Transform {Name: Own}}\n", 4),
        (
            "Resources:\n  R:\n    Type: A::B::C\n    Properties:\n      A: 1\n      Fn::Transform: {Name: Own}\n",
            6,
        ),
        ("Mappings:\n  Fn::Transform: {Name: Own}\nResources: {}\n", 2),
    ],
)
def test_macro_cannot_be_judged_wherever_it_stands(engine, template, line):
    found = engine.resolved(template)

    assert engine.told(found.findings) == [
        f"template-macro template.yaml:{line} the macro Own runs at deployment; what it will make cannot be judged"
    ]


def test_what_stands_beside_a_macro_is_not_known(engine):
    found = engine.resolved("""
        Parameters: {Size: {Type: Number, Default: 3}}
        Resources:
          R:
            Type: A::B::C
            Properties:
              Size: !Ref Size
              Fn::Transform: {Name: Own}
    """)

    properties = found.template.get("Resources", "R", "Properties")
    assert isinstance(properties.value, Unknown)
    assert properties.plain() == {"Size": 3, "Fn::Transform": {"Name": "Own"}}
