"""SAM templates: what they expand to, and the line that each part of it points back to."""

from __future__ import annotations

import pytest

from skafu.model.node import Unknown

TEMPLATE = """
    Transform: AWS::Serverless-2016-10-31
    Parameters:
      Origin: {Type: String, Default: "*"}
    Globals:
      Function:
        Runtime: python3.12
        MemorySize: 512
        Tracing: Active
        PermissionsBoundary: arn:aws:iam::111122223333:policy/edge
      Api:
        TracingEnabled: true
    Resources:
      Door:
        Type: AWS::Serverless::Api
        Properties:
          StageName: v1
          Cors:
            AllowMethods: "'GET'"
            AllowOrigin: !Sub "'${Origin}'"
          GatewayResponses:
            UNAUTHORIZED:
              StatusCode: 401
              ResponseParameters:
                Headers:
                  Access-Control-Allow-Origin: !Sub "'${Origin}'"
      Clerk:
        Type: AWS::Serverless::Function
        DeletionPolicy: Retain
        Properties:
          CodeUri: src/
          Handler: clerk.handle
          Timeout: !FindInMap [Times, eu-west-1, long]
          Environment:
            Variables:
              DOOR: !Ref Door
          Policies:
            - SQSPollerPolicy: {QueueName: !GetAtt Queue.QueueName}
          Events:
            Look:
              Type: Api
              Properties: {RestApiId: !Ref Door, Path: /look, Method: get}
            Nightly:
              Type: Schedule
              Properties: {Schedule: rate(1 day)}
            Implicit:
              Type: Api
              Properties: {Path: /other, Method: post}
      Queue:
        Type: AWS::SQS::Queue
        Properties:
          QueueName: !Sub "q-${AWS::Region}"
    Mappings:
      Times:
        eu-west-1: {long: 60}
    Outputs:
      Url:
        Value: !Sub "https://${Door}.execute-api.${AWS::Region}.amazonaws.com"
"""


@pytest.fixture(scope="module")
def found():
    return {}


@pytest.fixture
def expanded(engine, found):
    """The template above, expanded once for all tests of this module."""
    if not found:
        found["one"] = engine.resolved(
            TEMPLATE, artifacts={("stacks/platform/app/template.yaml", "src/"): "c0de"}
        )
    return found["one"]


def line(text):
    """The line of the template with this text, the first of them."""
    lines = TEMPLATE.lstrip("\n").splitlines()
    return next(number for number, one in enumerate(lines, start=1) if text in one)


def test_expansion_is_accepted_and_nothing_of_sam_is_left(expanded):
    assert expanded.findings == ()
    assert expanded.obstacle == ""
    assert "Transform" not in expanded.template.members
    assert "Globals" not in expanded.template.members
    kinds = {node.text("Type") for node in expanded.template.get("Resources").members.values()}
    assert [kind for kind in kinds if kind.startswith("AWS::Serverless")] == []
    assert {"AWS::Lambda::Function", "AWS::IAM::Role", "AWS::ApiGateway::RestApi"} < kinds


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Clerk", "  Clerk:"),
        ("Clerk/DeletionPolicy", "DeletionPolicy: Retain"),
        ("Clerk/Properties/Handler", "Handler: clerk.handle"),
        ("Clerk/Properties/Timeout", "Timeout: !FindInMap"),
        ("Clerk/Properties/Runtime", "Runtime: python3.12"),
        ("Clerk/Properties/MemorySize", "MemorySize: 512"),
        ("Clerk/Properties/TracingConfig/Mode", "Tracing: Active"),
        ("Clerk/Properties/Code/S3Key", "CodeUri: src/"),
        ("Clerk/Properties/Environment/Variables/DOOR", "DOOR: !Ref Door"),
        ("ClerkRole/Properties/PermissionsBoundary", "PermissionsBoundary:"),
        ("ClerkRole/Properties/AssumeRolePolicyDocument", "Policies:"),
        ("ClerkRole/Properties/Policies", "Policies:"),
        ("ClerkLookPermissionv1", "        Look:"),
        ("ClerkNightly", "        Nightly:"),
        ("ClerkNightly/Properties/ScheduleExpression", "        Nightly:"),
        ("ClerkNightlyPermission", "        Nightly:"),
        ("Door", "  Door:"),
        ("Doorv1Stage", "  Door:"),
        ("Doorv1Stage/Properties/StageName", "StageName: v1"),
        ("Doorv1Stage/Properties/TracingEnabled", "TracingEnabled: true"),
        ("Door/Properties/Body/paths/|look/get", "        Look:"),
        ("Door/Properties/Body/paths/|look/get/responses", "        Look:"),
        ("Door/Properties/Body/paths/|look/options", "Cors:"),
        ("Queue/Properties/QueueName", "QueueName: !Sub"),
    ],
)
def test_what_sam_made_points_at_what_it_was_made_from(expanded, path, text):
    keys = [key.replace("|", "/") for key in path.split("/")]
    node = expanded.template.get("Resources", *keys)

    assert node is not None
    assert node.place.line == line(text)


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        (
            (
                *(
                    "Body",
                    "paths",
                    "/look",
                    "options",
                    "x-amazon-apigateway-integration",
                    "responses",
                    "default",
                ),
                *("responseParameters", "method.response.header.Access-Control-Allow-Origin"),
            ),
            "AllowOrigin:",
            "'*'",
        ),
        (
            (
                *("Body", "x-amazon-apigateway-gateway-responses", "UNAUTHORIZED", "responseParameters"),
                "gatewayresponse.header.Access-Control-Allow-Origin",
            ),
            "Access-Control-Allow-Origin:",
            "'*'",
        ),
        (
            ("Body", "x-amazon-apigateway-gateway-responses", "UNAUTHORIZED", "statusCode"),
            "UNAUTHORIZED:",
            "401",
        ),
    ],
)
def test_header_in_a_made_definition_points_at_the_property_behind_it(expanded, path, text, value):
    node = expanded.template.get("Resources", "Door", "Properties", *path)

    assert str(node.value) == value
    assert node.place.line == line(text)


def test_value_that_came_through_sam_still_tells_its_chain(expanded):
    node = expanded.template.get("Resources", "Clerk", "Properties", "Timeout")

    assert node.value == 60
    assert [step.what for step in node.steps] == ["mapping Times.eu-west-1.long"]


def test_local_code_becomes_the_digest_of_its_content(expanded):
    code = expanded.template.get("Resources", "Clerk", "Properties", "Code")

    assert code.plain() == {"S3Bucket": "skafu-artifacts", "S3Key": "c0de"}


def test_implicit_api_points_at_the_event_that_asked_for_it(expanded):
    made = expanded.template.get("Resources", "ServerlessRestApi")

    assert made.get("Properties", "Body", "paths", "/other", "post").place.line == line("        Implicit:")
    assert line("      Clerk:") <= made.place.line <= line("        Implicit:")


def test_cors_of_the_globals_is_where_preflights_point(engine):
    found = engine.resolved("""
        Transform: AWS::Serverless-2016-10-31
        Globals:
          Api:
            Cors:
              AllowOrigin: "'*'"
        Resources:
          Door: {Type: AWS::Serverless::Api, Properties: {StageName: v1}}
          F:
            Type: AWS::Serverless::Function
            Properties:
              Runtime: python3.12
              Handler: a.b
              InlineCode: x
              Events:
                E: {Type: Api, Properties: {RestApiId: !Ref Door, Path: /e, Method: get}}
    """)

    path = ("x-amazon-apigateway-integration", "responses", "default", "responseParameters")
    options = found.template.get("Resources", "Door", "Properties", "Body", "paths", "/e", "options")
    assert options.get(*path, "method.response.header.Access-Control-Allow-Origin").place.line == 5


FUNCTION = "Type: AWS::Serverless::Function, Properties: {Runtime: python3.12, Handler: a.b, InlineCode: x"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (
            f"Resources:\n  F: {{{FUNCTION},\n    Nope: 1}}}}\n",
            ["4 property Nope not defined for resource of type AWS::Serverless::Function"],
        ),
        (
            (
                "Resources:\n  A:\n    Type: AWS::Serverless::Api\n    Properties:\n      StageName: v1\n"
                "      DefinitionBody: {swagger: '2.0', paths: {}, definitions: {S: {type: object, resource: {of: 1}}}}\n"
                "      RequestValidator: {ValidateRequestBody: true}\n"
            ),
            ["8 property RequestValidator not defined for resource of type AWS::Serverless::Api"],
        ),
        (
            (
                f"Resources:\n  F: {{{FUNCTION},\n    Events: {{E: {{Type: Api, Properties: {{Path: /e, Method: get,\n"
                "      Bad: 1}}}}}\n"
            ),
            ["5 property Bad not defined for resource of type Api"],
        ),
        (
            f"Globals:\n  Function:\n    MemorySise: 1\nResources:\n  F: {{{FUNCTION}}}}}\n",
            [
                "4 'Globals' section is invalid. 'MemorySise' is not a supported property of 'Function' Did you mean \"MemorySize\"?"
            ],
        ),
        (
            f"Resources:\n  F: {{{FUNCTION},\n    Nope: 1, Ever: 2}}}}\n  G: {{{FUNCTION},\n    Nope: 1}}}}\n",
            [
                "4 property Nope not defined for resource of type AWS::Serverless::Function",
                "6 property Nope not defined for resource of type AWS::Serverless::Function",
                "4 property Ever not defined for resource of type AWS::Serverless::Function",
            ],
        ),
    ],
    ids=["of a resource", "beside a definition", "of an event", "of the globals", "several"],
)
def test_refused_property_is_told_at_its_line_and_the_rest_is_expanded(engine, body, told):
    found = engine.resolved(f"Transform: AWS::Serverless-2016-10-31\n{body}")

    assert engine.told(found.findings) == [f"template-sam template.yaml:{one}" for one in told]
    assert found.obstacle == ""
    types = [node.text("Type") for node in found.template.get("Resources").members.values()]
    assert [kind for kind in types if kind.startswith("AWS::Serverless")] == []
    if "DefinitionBody" in body:
        schema = found.template.get("Resources", "A", "Properties", "Body", "definitions", "S")
        assert schema.plain() == {"type": "object", "resource": {"of": 1}}


@pytest.mark.parametrize(
    ("body", "place", "reason"),
    [
        (
            "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties: {InlineCode: x, Handler: a.b}\n",
            5,
            "Runtime and Handler needs to be present when PackageType is of type `Zip`",
        ),
        (
            f"Resources:\n  F: {{{FUNCTION}, Events: {{\n    Odd: {{Type: Nonsense}}}}}}}}\n",
            4,
            (
                "Event with id [Odd] is invalid. Resource dict has missing or invalid value for key Type. "
                "Event Type is: Nonsense."
            ),
        ),
        ("Resources: {}\n", 2, "Structure of the SAM template is invalid. 'Resources' section is required"),
    ],
)
def test_template_that_sam_refuses_has_an_obstacle_and_a_finding(engine, body, place, reason):
    found = engine.resolved(f"Transform: AWS::Serverless-2016-10-31\n{body}")

    assert engine.told(found.findings) == [f"template-sam template.yaml:{place} {reason}"]
    assert found.obstacle == f"SAM cannot expand it: {reason}"


def test_template_without_the_transform_is_not_expanded(engine):
    found = engine.resolved("Resources: {F: {Type: AWS::Serverless::Function}}")

    assert found.template.plain() == {"Resources": {"F": {"Type": "AWS::Serverless::Function"}}}


def test_what_sam_will_make_may_be_referred_to(engine):
    found = engine.resolved(f"""
        Transform: AWS::Serverless-2016-10-31
        Resources:
          F: {{{FUNCTION}}}}}
          Q:
            Type: AWS::SQS::Queue
            Properties:
              QueueName: !Ref FRole
              KmsMasterKeyId: !Ref Nobody
    """)

    assert engine.told(found.findings) == [
        'template-expression template.yaml:8 Ref: there is no parameter or resource "Nobody" Known: F, Q.'
    ]
    assert found.template.get("Resources", "Q", "Properties", "QueueName").plain() == {"Ref": "FRole"}


def test_every_value_that_sam_made_stands_at_a_line_of_the_template(expanded):
    lines = TEMPLATE.lstrip("\n").splitlines()

    for path, node in expanded.template.walk():
        for at in (node.location, node.place):
            assert 1 <= at.line <= len(lines), path
            assert lines[at.line - 1].strip() != "", path


def test_a_stage_named_by_an_expression_is_called_as_cloudformation_will_call_it(engine):
    found = engine.resolved("""
        Transform: AWS::Serverless-2016-10-31
        Parameters: {Stage: {Type: String, Default: live}}
        Resources:
          ByExpression: {Type: AWS::Serverless::Api, Properties: {StageName: !Ref Stage, DefinitionBody: {}}}
          ByText: {Type: AWS::Serverless::Api, Properties: {StageName: live, DefinitionBody: {}}}
    """)
    stages = {
        name: node.text("Properties", "StageName")
        for name, node in found.template.get("Resources").members.items()
        if node.text("Type") == "AWS::ApiGateway::Stage"
    }
    assert stages == {"ByExpressionStage": "live", "ByTextliveStage": "live"}


def test_a_parameter_that_sam_wants_to_know_and_nobody_knows_stays_unknown(engine):
    found = engine.resolved(
        """
        Transform: AWS::Serverless-2016-10-31
        Parameters: {Alias: {Type: "AWS::SSM::Parameter::Value<String>"}}
        Resources:
          F:
            Type: AWS::Serverless::Function
            Properties: {InlineCode: x, Handler: a.b, Runtime: python3.12, AutoPublishAlias: !Ref Alias}
    """,
        {"Alias": "/names/alias"},
    )
    assert (found.findings, found.obstacle) == ((), "")
    aliases = [
        node.get("Properties", "Name").plain()
        for node in found.template.get("Resources").members.values()
        if node.text("Type") == "AWS::Lambda::Alias"
    ]
    assert aliases == [{"Ref": "Alias"}]


def test_an_application_of_the_repository_is_told_and_nobody_asks_the_network_for_it(engine):
    found = engine.resolved("""
        Transform: AWS::Serverless-2016-10-31
        Resources:
          App:
            Type: AWS::Serverless::Application
            Properties: {Location: {ApplicationId: "arn:aws:serverlessrepo:x", SemanticVersion: 1.0.0}}
          R: {Type: A::B::C, Properties: {P: !GetAtt App.Outputs.X}}
    """)
    assert [one.rule for one in found.findings] == ["template-nested"]
    assert found.obstacle == ""
    assert found.template.text("Resources", "App", "Type") == "AWS::CloudFormation::Stack"


def test_a_function_that_does_not_say_where_its_code_is_has_it_beside_the_template(engine):
    found = engine.resolved(
        """
        Transform: AWS::Serverless-2016-10-31
        Resources:
          F: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.12}}
        """,
        artifacts={("stacks/platform/app/template.yaml", "."): "c0de"},
    )
    assert found.template.text("Resources", "F", "Properties", "Code", "S3Key") == "c0de"


def test_a_definition_that_a_macro_will_make_does_not_keep_the_rest_from_being_judged(engine):
    found = engine.resolved("""
        Transform: AWS::Serverless-2016-10-31
        Resources:
          Api:
            Type: AWS::Serverless::Api
            Properties:
              StageName: live
              Auth: {DefaultAuthorizer: AWS_IAM}
              DefinitionBody: {"Fn::Transform": {Name: AWS::Include, Parameters: {Location: api.yaml}}}
          Table: {Type: AWS::DynamoDB::Table}
    """)
    assert [one.rule for one in found.findings] == ["template-macro"]
    assert found.obstacle == ""
    assert {"Api", "Table"} <= set(found.template.get("Resources").members)


IMAGE = """
    Transform: AWS::Serverless-2016-10-31
    Resources:
      F:
        Type: AWS::Serverless::Function
        Properties: {{PackageType: Image, Timeout: 30}}
        Metadata: {metadata}
"""


def test_an_image_that_will_be_built_is_unknown_and_points_at_the_metadata_that_say_how(engine):
    found = engine.resolved(IMAGE.format(metadata="{Dockerfile: Dockerfile, DockerContext: ./src}"))
    assert found.obstacle == ""
    uri = found.template.get("Resources", "F", "Properties", "Code", "ImageUri")
    assert isinstance(uri.value, Unknown)
    assert (uri.value.reason, uri.place.line) == ("the image is built at deployment", 6)
    properties = found.template.get("Resources", "F", "Properties").plain()
    assert (properties["PackageType"], properties["Timeout"]) == ("Image", 30)


@pytest.mark.parametrize("metadata", ["{}", "{Dockerfile: Dockerfile}", "{DockerContext: ./src}"])
def test_an_image_that_nobody_names_and_nobody_can_build_is_refused(engine, metadata):
    found = engine.resolved(IMAGE.format(metadata=metadata))
    assert found.obstacle == "SAM cannot expand it: 'ImageUri' must be set."


NAMED = IMAGE.replace("Timeout: 30", "ImageUri: 'f:latest'")


def test_an_image_that_is_named_is_the_one_that_is_named(engine):
    found = engine.resolved(NAMED.format(metadata="{}"))
    assert found.template.text("Resources", "F", "Properties", "Code", "ImageUri") == "f:latest"


def test_an_image_that_can_be_built_is_built_whatever_is_named(engine):
    found = engine.resolved(NAMED.format(metadata="{Dockerfile: Dockerfile, DockerContext: ./src}"))
    uri = found.template.get("Resources", "F", "Properties", "Code", "ImageUri")
    assert isinstance(uri.value, Unknown)
