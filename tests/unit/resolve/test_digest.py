"""The digest of a stack: it changes with all that a deployment would do, and with nothing else."""

from __future__ import annotations

import os

import pytest

from skafu.model.artifacts import PLACES

DECLARED = "template: template.yaml\nenvironments: [lab]\n"
STACK = "lab/eu-west-1/app"
CODE = "platform/app/code/a.txt"

BUCKET = "Resources: {R: {Type: AWS::S3::Bucket}}\n"
SERVERLESS = "Transform: AWS::Serverless-2016-10-31\n"
FUNCTION = "Handler: a.b, Runtime: python3.12"
IMAGE = "Metadata: {Dockerfile: Dockerfile, DockerContext: code}"


def app(template, **more):
    files = {"platform/app/stack.yaml": DECLARED, "platform/app/template.yaml": template, CODE: BUCKET}
    return {**files, **{name.replace("__", "/"): text for name, text in more.items()}}


def resource(kind, properties, more=""):
    return f"Resources: {{R: {{Type: '{kind}', Properties: {{{properties}}}{more}}}}}\n"


NAMING = {
    "rest api": resource("AWS::ApiGateway::RestApi", "BodyS3Location: code/a.txt"),
    "pipeline function": resource("AWS::AppSync::FunctionConfiguration", "CodeS3Location: code/a.txt"),
    "graphql schema": resource("AWS::AppSync::GraphQLSchema", "DefinitionS3Location: code/a.txt"),
    "resolver": resource("AWS::AppSync::Resolver", "RequestMappingTemplateS3Location: code/a.txt"),
    "application version": resource("AWS::ElasticBeanstalk::ApplicationVersion", "SourceBundle: code/"),
    "job": resource("AWS::Glue::Job", "Command: {ScriptLocation: code/a.txt}"),
    "function": resource("AWS::Lambda::Function", f"Code: code/, {FUNCTION}"),
    "layer": resource("AWS::Lambda::LayerVersion", "Content: code/"),
    "image": resource("AWS::Lambda::Function", "PackageType: Image, Code: {ImageUri: r:1}", f", {IMAGE}"),
    "state machine": resource("AWS::StepFunctions::StateMachine", "DefinitionS3Location: code/a.txt"),
    "nested stack": resource("AWS::CloudFormation::Stack", "TemplateURL: code/a.txt"),
    "SAM api": SERVERLESS + resource("AWS::Serverless::Api", "StageName: v1, DefinitionUri: code/a.txt"),
    "SAM application": SERVERLESS + resource("AWS::Serverless::Application", "Location: code/a.txt"),
    "SAM function": SERVERLESS + resource("AWS::Serverless::Function", f"CodeUri: code/, {FUNCTION}"),
    "SAM function beside": SERVERLESS + resource("AWS::Serverless::Function", FUNCTION),
    "SAM image": SERVERLESS
    + resource("AWS::Serverless::Function", "PackageType: Image, ImageUri: r:1", f", {IMAGE}"),
    "SAM image that is built": SERVERLESS
    + resource("AWS::Serverless::Function", "PackageType: Image", f", {IMAGE}"),
    "SAM graphql schema": SERVERLESS
    + resource("AWS::Serverless::GraphQLApi", "SchemaUri: code/a.txt, Auth: {Type: AWS_IAM}"),
    "SAM graphql function": SERVERLESS
    + resource(
        "AWS::Serverless::GraphQLApi",
        "SchemaInline: s, Auth: {Type: AWS_IAM}, DataSources: {DynamoDb: {D: {TableName: t, TableArn: a}}}, "
        "Functions: {F: {DataSource: D, Runtime: {Name: APPSYNC_JS, Version: 1.0.0}, CodeUri: code/a.txt}}",
    ),
    "SAM graphql resolver": SERVERLESS
    + resource(
        "AWS::Serverless::GraphQLApi",
        "SchemaInline: s, Auth: {Type: AWS_IAM}, DataSources: {DynamoDb: {D: {TableName: t, TableArn: a}}}, "
        "Functions: {F: {DataSource: D, Runtime: {Name: APPSYNC_JS, Version: 1.0.0}, InlineCode: c}}, "
        "Resolvers: {Query: {q: {Runtime: {Name: APPSYNC_JS, Version: 1.0.0}, Pipeline: [F], CodeUri: code/a.txt}}}",
    ),
    "SAM http api": SERVERLESS + resource("AWS::Serverless::HttpApi", "DefinitionUri: code/a.txt"),
    "SAM layer": SERVERLESS + resource("AWS::Serverless::LayerVersion", "ContentUri: code/"),
    "SAM state machine": SERVERLESS
    + resource("AWS::Serverless::StateMachine", "DefinitionUri: code/a.txt, Role: r"),
    "SAM globals of functions": SERVERLESS
    + "Globals: {Function: {CodeUri: code/}}\n"
    + resource("AWS::Serverless::Function", FUNCTION),
    "one branch": resource("AWS::Lambda::Function", f"Code: !If [Here, code/, other/], {FUNCTION}")
    + "Conditions: {Here: !Equals [a, a]}\n",
    "loop": "Transform: AWS::LanguageExtensions\nResources: {'Fn::ForEach::All': [N, [A, B], {'F${N}': "
    f"{{Type: AWS::Lambda::Function, Properties: {{Code: code/, {FUNCTION}}}}}}}]}}\n",
}
"""What names a local artifact -> a template that does."""


def test_every_place_of_an_artifact_is_tried_here():
    whole = "".join(NAMING.values())
    assert [kind for kind in PLACES if f"'{kind}'" not in whole] == []


@pytest.mark.parametrize("template", NAMING.values(), ids=NAMING.keys())
def test_one_byte_more_in_what_is_uploaded_is_another_digest_and_its_time_is_not(estate, tmp_path, template):
    other = {"platform/app/other/a.txt": "o"} if "other/" in template else {}
    before = estate({**app(template), **other})
    assert (before.problems, before.findings, before.stacks[STACK].obstacle) == ([], [], "")
    os.utime(tmp_path / "stacks" / CODE, (0, 0))
    touched = estate({**app(template), **other}).stacks[STACK]
    assert (touched.digest, touched.parts) == (before.stacks[STACK].digest, before.stacks[STACK].parts)
    after = estate({**app(template), **other, CODE: BUCKET.replace("R:", "Q:")})
    assert after.stacks[STACK].digest != before.stacks[STACK].digest


def test_code_in_a_nested_stack_is_code_of_the_stack(estate):
    files = app(NAMING["nested stack"])
    files[CODE] = NAMING["function"].replace("code/", "lambda")
    inner = "platform/app/code/lambda/a.py"
    before, after = (estate({**files, inner: text}).stacks[STACK] for text in ("1", "2"))
    assert before.digest != after.digest
    assert [part for part in before.parts if before.parts[part] != after.parts[part]] == [
        "template",
        "artifacts",
    ]


def test_the_template_that_is_judged_names_code_by_its_content(estate):
    found = estate(app(NAMING["function"])).stacks[STACK]
    code = found.template.get("Resources", "R", "Properties", "Code")
    assert (code.plain()["S3Bucket"], len(code.plain()["S3Key"])) == ("skafu-artifacts", 64)
    assert code.get("S3Key").location.file == "stacks/platform/app/template.yaml"


def test_what_only_is_called_like_a_place_of_code_stays_as_it_is(estate):
    properties = "Artifacts: {Type: S3, Location: my-bucket}, Name: !Ref AWS::Region"
    found = estate(app(SERVERLESS + resource("AWS::CodeBuild::Project", properties)))
    assert found.values(STACK)["Artifacts"]["Location"] == "my-bucket"


LATE = "Conditions: {Late: !Equals [!Ref AWS::StackId, x]}\n"
FOLDER = "Parameters: {Folder: {Type: String, Default: code/}}\n"


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("!Ref Folder", "Code is code/ only once an expression is evaluated"),
        ("!Sub '${Folder}'", "Code is code/ only once an expression is evaluated"),
        ("!If [Late, code/, other/]", "Code is a local path that is known only at deployment"),
    ],
)
def test_code_whose_path_only_an_expression_tells_cannot_be_judged(estate, expression, said):
    template = resource("AWS::Lambda::Function", f"Code: {expression}, {FUNCTION}") + LATE + FOLDER
    (told,) = estate(app(template, platform__app__other__a="")).findings
    assert told == (
        f"template-artifact template.yaml:1 {said}, so nobody has looked at what is in it "
        "Write the path itself, or decide between paths by a condition on parameters."
    )


def test_code_of_serverless_whose_path_only_a_parameter_tells_cannot_be_judged(estate):
    template = (
        SERVERLESS + resource("AWS::Serverless::Function", f"CodeUri: !Ref Folder, {FUNCTION}") + FOLDER
    )
    told = estate(app(template)).findings
    assert told[0].startswith("template-artifact template.yaml:2 CodeUri is code/ only once an expression")


PAIR = {
    "platform/one/stack.yaml": DECLARED,
    "platform/one/template.yaml": BUCKET + "Outputs: {A: {Value: !Ref R}, B: {Value: !GetAtt R.Arn}}\n",
}
TAKES = """
    Parameters:
      P: {Type: String, Default: p}
      Q: {Type: String, Default: q}
      Path: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /a}
      Secret: {Type: String, NoEcho: true, Default: s}
    Resources: {R: {Type: A::B::C, Properties: {V: [!Ref P, !Ref Q, !Ref Path, !Ref Secret]}}}
"""


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        ("", "capabilities: [CAPABILITY_IAM]", "capabilities"),
        ("capabilities: [CAPABILITY_IAM]", "capabilities: [CAPABILITY_NAMED_IAM]", "capabilities"),
        ("termination_protection: false", "termination_protection: true", "settings"),
        ("strategy: canary", "strategy: all-at-once", "settings"),
        ("stack_name: a", "stack_name: b", "place"),
        ("tags: {T: a}", "tags: {T: b}", "tags"),
        ("tags: {T: '${stacks.one.outputs.A}'}", "tags: {T: '${stacks.one.outputs.B}'}", "tags"),
        ("parameters: {Path: /a}", "parameters: {Path: /b}", "parameters"),
        ("parameters: {Secret: a}", "parameters: {Secret: b}", "parameters"),
        (
            "parameters: {P: '${stacks.one.outputs.A}'}",
            "parameters: {P: '${stacks.one.outputs.B}'}",
            "parameters",
        ),
        (
            "parameters: {P: '${stacks.one.outputs.A}', Q: '${stacks.one.outputs.B}'}",
            "parameters: {P: '${stacks.one.outputs.B}', Q: '${stacks.one.outputs.A}'}",
            "parameters",
        ),
        (
            "parameters: {P: 'x-${region}-${stacks.one.outputs.A}'}",
            "parameters: {P: 'y-${region}-${stacks.one.outputs.A}'}",
            "parameters",
        ),
    ],
)
def test_what_a_declaration_says_otherwise_is_another_digest_and_its_part_tells(estate, before, after, part):
    stacks = [
        estate({**PAIR, **app(TAKES), "platform/app/stack.yaml": f"{DECLARED}{line}\n"}).stacks[STACK]
        for line in (before, after)
    ]
    assert stacks[0].digest != stacks[1].digest
    assert [name for name in stacks[0].parts if stacks[0].parts[name] != stacks[1].parts[name]] == [part]


DEPLOYED = {
    **app(NAMING["nested stack"]),
    "accounts.yaml": """
        estate: shop
        deployment:
          bucket: kept-here
          execution_role: maker
          external_id: a-b
          reader_role: reader
          session_policy: session.json
        accounts:
          lab: {id: "111122223333", purpose: p, access: a, deployer_role: r}
          live: {id: "444455556666", purpose: p, access: a, deployer_role: r}
    """,
    "session.json": '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}',
}


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("accounts.yaml", "deployer_role: r", "deployer_role: s"),
        ("accounts.yaml", "execution_role: maker", "execution_role: somebody"),
        ("accounts.yaml", "bucket: kept-here", "bucket: kept-there"),
        ("accounts.yaml", "external_id: a-b", "external_id: b-a"),
        ("accounts.yaml", "reader_role: reader", "reader_role: another"),
        ("session.json", "s3:*", "*"),
    ],
)
def test_whose_rights_and_which_bucket_it_is_deployed_with_is_approved_too(estate, file, before, after):
    one = estate(DEPLOYED).stacks[STACK]
    other = estate({**DEPLOYED, file: DEPLOYED[file].replace(before, after)}).stacks[STACK]
    assert one.digest != other.digest
    assert [part for part in one.parts if one.parts[part] != other.parts[part]] == ["deployment"]
    assert one.nested[0].uploaded_as == other.nested[0].uploaded_as


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "description: said"),
        ("tier: normal", "tier: critical"),
        ("", "depends_on: [one]"),
        (
            "capabilities: [CAPABILITY_IAM, CAPABILITY_AUTO_EXPAND]",
            "capabilities: [CAPABILITY_AUTO_EXPAND, CAPABILITY_IAM]",
        ),
        ("parameters: {P: a, Q: b}", "parameters: {Q: b, P: a}"),
        ("parameters: {P: '${stacks.one.outputs.A}'}", "parameters: {P: '${stacks.lab/one.outputs.A}'}"),
    ],
)
def test_what_is_only_said_otherwise_is_the_same_digest(estate, before, after):
    digests = {
        estate({**PAIR, **app(TAKES), "platform/app/stack.yaml": f"{DECLARED}{line}\n"}).stacks[STACK].digest
        for line in (before, after)
    }
    assert len(digests) == 1
