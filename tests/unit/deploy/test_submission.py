"""A resolved stack, what others give -> what CloudFormation is given."""

from __future__ import annotations

import json

import pytest

import generated
from skafu.cache import NOTHING
from skafu.cli.estate import Memory, resolve_whole
from skafu.deploy.submission import (
    execution_role,
    imported,
    importing,
    late_parameters,
    submission,
    template_text,
)
from skafu.model.cloud import CloudError
from skafu.model.estate import StackId

QUEUE = StackId("development", "us-east-1", "queue")
READER = StackId("development", "us-east-1", "reader")

TEMPLATE = """\
Parameters:
  One: {Type: String}
  Several: {Type: CommaDelimitedList}
  Known: {Type: String, Default: "7"}
  Secret: {Type: String, NoEcho: true, Default: hush}
Resources:
  Where:
    Type: AWS::SSM::Parameter
    Properties: {Name: !Ref Known, Type: String, Value: !Join ["", [!Ref One, !Select [0, !Ref Several], !Ref Secret]]}
"""

FILES = {
    **generated.BASE,
    **generated.stack("platform", "queue", []),
    "stacks/accounts.yaml": generated.BASE["stacks/accounts.yaml"]
    + "deployment:\n  execution_role: ${estate}-execution\n  bucket: made-${region}\n",
    "stacks/applications/reader/template.yaml": TEMPLATE,
    "stacks/applications/reader/stack.yaml": """\
template: template.yaml
environments: [development]
capabilities: [CAPABILITY_NAMED_IAM, CAPABILITY_IAM]
tags: {Billed: true, Cost: 12}
parameters:
  One: "from ${stacks.queue.outputs.Id} in ${region}, not $${stacks.queue.outputs.Id}"
  Several: ["${stacks.queue.outputs.Id}", b]
""",
}


@pytest.fixture
def reader(tmp_path):
    def made(files=FILES):
        generated.write(tmp_path, files)
        return resolve_whole(tmp_path, Memory(NOTHING, "")).stacks[READER]

    return made


def test_what_other_stacks_give_is_filled_in_and_what_is_known_already_is_not_given(reader):
    given = late_parameters(reader(), {QUEUE: {"Id": "arn:q"}})

    assert given == {
        "One": "from arn:q in us-east-1, not ${stacks.queue.outputs.Id}",
        "Several": "arn:q,b",
        "Secret": "hush",
    }


@pytest.mark.parametrize("outputs", [{}, {QUEUE: {}}, {QUEUE: {"Other": "x"}}])
def test_an_output_that_is_not_there_is_an_error_that_names_it(reader, outputs):
    with pytest.raises(CloudError, match="without the output Id that development/us-east-1/reader needs"):
        late_parameters(reader(), outputs)


def test_a_submission_holds_all_that_was_declared(reader):
    stack = reader()

    asked = submission(stack, {"Resources": {}}, {"B": "2", "A": "1"}, "token", execution_role(stack))

    assert asked.name == "made-development-reader"
    assert list(asked.parameters) == ["A", "B"]
    assert asked.tags == {
        "Billed": "true",
        "Cost": "12",
        "skafu:stack": "made/development/us-east-1/reader",
    }
    assert asked.capabilities == ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM")
    assert asked.role == f"arn:aws:iam::{generated.ACCOUNT}:role/made-execution"
    assert stack.deployment.bucket == "made-us-east-1"
    assert not asked.import_existing


def test_a_template_is_the_same_text_whenever_it_is_the_same_data():
    template = {"Resources": {"A": {"Type": "T", "Properties": {"Ö": [1, "1", True, None]}}}}

    assert template_text(template) == template_text(json.loads(template_text(template)))


def test_an_import_names_resources_that_the_template_has():
    template = {"Resources": {"Store": {"Type": "AWS::S3::Bucket"}}}

    assert imported(template, {"Store": {"BucketName": "b"}}) == {
        "Store": ("AWS::S3::Bucket", {"BucketName": "b"})
    }
    with pytest.raises(CloudError, match="no resource Shop to take over"):
        imported(template, {"Shop": {"BucketName": "b"}})


@pytest.mark.parametrize(
    ("bucket", "said"),
    [
        ("Upper-Case", 'bucket is "Upper-Case" here'),
        ("${environment.name}-${account.nothing}", 'there is no "nothing"'),
        ("${stacks.queue.outputs.Id}", "bucket is"),
    ],
)
def test_a_bucket_that_cannot_be_is_a_finding_at_its_line(tmp_path, bucket, said):
    accounts = generated.BASE["stacks/accounts.yaml"] + f"deployment:\n  bucket: {bucket}\n"
    generated.write(tmp_path, {**FILES, "stacks/accounts.yaml": accounts})

    findings = [one for one in resolve_whole(tmp_path, Memory(NOTHING, "")).findings if one.bad_input]

    assert {str(one.location).split(":")[0] for one in findings} == {"stacks/accounts.yaml"}
    assert all(said in one.message for one in findings)


TAKEN = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"}
WHOLE = {
    "Parameters": {"A": {"Type": "String"}},
    "Resources": {"Taken": TAKEN, "New": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {"Name": {"Value": {"Ref": "Taken"}}},
}
STANDS = {"Resources": {"Old": {"Type": "AWS::SQS::Queue"}}, "Outputs": {"Old": {"Value": "1"}}}


@pytest.mark.parametrize(
    ("held", "resources", "outputs"),
    [
        (None, {"Taken": TAKEN}, None),
        (STANDS, {"Old": STANDS["Resources"]["Old"], "Taken": TAKEN}, STANDS["Outputs"]),
    ],
)
def test_an_import_changes_nothing_but_what_it_takes_over(held, resources, outputs):
    template = importing(WHOLE, held, {"Taken": {"BucketName": "b"}})

    assert template["Resources"] == resources
    assert template.get("Outputs") == outputs
    assert template["Parameters"] == WHOLE["Parameters"]
