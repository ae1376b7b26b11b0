"""Nested stacks: resolved with what their parent gives them, judged with it."""

from __future__ import annotations

PARENT = """
    Parameters: {Stage: {Type: String, Default: live}}
    Conditions: {Never: !Equals [a, b]}
    Resources:
      Network:
        Type: AWS::CloudFormation::Stack
        Properties:
          TemplateURL: nested/network.yaml
          Parameters: {Name: !Sub "net-${Stage}", Key: !GetAtt Key.Arn}
      Key: {Type: AWS::KMS::Key}
      User:
        Type: A::B::C
        Properties:
          Name: !GetAtt Network.Outputs.Name
          Text: !Sub "in ${Network.Outputs.Name}"
          Late: !GetAtt Network.Outputs.Arn
      Gone: {Type: AWS::CloudFormation::Stack, Condition: Never, Properties: {TemplateURL: nested/network.yaml}}
"""
CHILD = """
    Parameters: {Name: {Type: String, AllowedPattern: "[a-z-]+"}, Key: {Type: String}}
    Resources:
      R: {Type: A::B::C, Properties: {Name: !Ref Name, Key: !Ref Key, Stack: !Ref AWS::StackName}}
    Outputs:
      Name: {Value: !Ref Name}
      Arn: {Value: !GetAtt R.Arn}
"""
DECLARED = "template: template.yaml\nenvironments: [lab]\n"


def app(parent, child=CHILD, **more):
    return {
        "platform/app/stack.yaml": DECLARED,
        "platform/app/template.yaml": parent,
        "platform/app/nested/network.yaml": child,
        **more,
    }


def test_a_nested_stack_is_resolved_with_the_parameters_of_its_parent(estate):
    found = estate(app(PARENT))
    stack = found.stacks["lab/eu-west-1/app"]

    assert (found.problems, found.findings) == ([], [])
    (network,) = stack.nested
    assert network.id == stack.id
    assert network.template.get("Resources", "R", "Properties").plain() == {
        "Name": "net-live",
        "Key": {"Ref": "Key"},
        "Stack": {"Ref": "AWS::StackName"},
    }


def test_the_parent_knows_what_a_nested_stack_gives_before_deployment(estate):
    stack = estate(app(PARENT)).stacks["lab/eu-west-1/app"]
    assert stack.template.get("Resources", "User", "Properties").plain() == {
        "Name": "net-live",
        "Text": "in net-live",
        "Late": {"Fn::GetAtt": ["Network", "Outputs.Arn"]},
    }


def test_the_parent_names_the_nested_template_by_its_digest_and_changes_with_it(estate):
    before = estate(app(PARENT)).stacks["lab/eu-west-1/app"]
    url = before.template.text("Resources", "Network", "Properties", "TemplateURL")
    assert url.startswith("https://s3.amazonaws.com/skafu-artifacts/")

    after = estate(app(PARENT, CHILD.replace("A::B::C", "A::B::D"))).stacks["lab/eu-west-1/app"]
    assert after.digest != before.digest
    assert after.template.text("Resources", "Network", "Properties", "TemplateURL") != url


def test_what_is_wrong_inside_stands_at_its_own_line(estate):
    found = estate(app(PARENT.replace('!Sub "net-${Stage}"', "NET")))
    assert [line.split(",")[0] for line in found.findings] == [
        'parameter-value template.yaml:8 Name is "NET"'
    ]
    inside = estate(app(PARENT, CHILD.replace("!Ref Name, Key", "!Ref Nam, Key")))
    assert inside.findings == [
        'template-expression network.yaml:3 Ref: there is no parameter or resource "Nam" Did you mean "Name"?'
    ]


def test_an_output_that_a_nested_stack_does_not_have_is_told(estate):
    (told,) = estate(app(PARENT.replace("Network.Outputs.Arn", "Network.Outputs.Arm"))).findings
    assert told.startswith(
        "template-expression template.yaml:15 Fn::GetAtt: the nested stack Network has no output Arm"
    )


def test_a_condition_may_choose_between_templates(estate):
    parent = PARENT.replace(
        "TemplateURL: nested/network.yaml\n",
        "TemplateURL: !If [Never, nested/none.yaml, nested/network.yaml]\n",
        1,
    )
    found = estate(app(parent, **{"platform/app/nested/none.yaml": CHILD.replace("A::B::C", "A::B::D")}))
    assert (found.problems, found.findings) == ([], [])
    (network,) = found.stacks["lab/eu-west-1/app"].nested
    assert network.template.text("Resources", "R", "Type") == "A::B::C"


def test_a_template_that_lies_elsewhere_cannot_be_judged(estate):
    found = estate(
        app(PARENT.replace("TemplateURL: nested/network.yaml\n", "TemplateURL: https://x/y.yaml\n", 1))
    )
    (told,) = found.findings
    assert told == (
        "template-nested template.yaml:7 the template of Network is https://x/y.yaml, so it cannot be judged here"
    )


def test_a_template_that_is_not_there_is_bad_input(estate):
    found = estate(
        app(PARENT.replace("TemplateURL: nested/network.yaml\n", "TemplateURL: nested/net.yaml\n", 1))
    )
    assert found.problems == ["template-artifact template.yaml:7 nested/net.yaml does not exist"]
    (told,) = found.findings
    assert told.startswith(
        "template-nested template.yaml:7 the template of Network, nested/net.yaml, cannot be read"
    )


def test_a_template_that_nests_itself_ends(estate):
    loop = """
        Resources:
          Again: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: network.yaml}}
    """
    found = estate(app(PARENT, loop))
    assert "template-nested network.yaml:2" in " ".join(found.findings)
    assert "nests itself" in " ".join(found.findings)


def test_serverless_inside_a_nested_stack_is_expanded_with_its_own_code(estate):
    child = """
        Transform: AWS::Serverless-2016-10-31
        Parameters: {Name: {Type: String}, Key: {Type: String}}
        Resources:
          F: {Type: AWS::Serverless::Function, Properties: {CodeUri: src/, Handler: a.b, Runtime: python3.12}}
        Outputs: {Name: {Value: !Ref Name}, Arn: {Value: !GetAtt F.Arn}}
    """
    files = app(PARENT, child)
    files["platform/app/nested/src/a.py"] = "x = 1\n"
    (nested,) = estate(files).stacks["lab/eu-west-1/app"].nested
    code = nested.template.get("Resources", "F", "Properties", "Code").plain()
    assert len(code["S3Key"]) == 64
