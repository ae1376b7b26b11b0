"""The template that is submitted names the bucket and the keys, in every form there is."""

from __future__ import annotations

import json


def test_every_form_names_bucket_and_key(repository, template):
    template(
        "F: {Type: AWS::Serverless::Function, Properties: {CodeUri: src, Handler: a.b, Runtime: python3.12}}",
        "S: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: machine.json, Role: r}}",
        "Q: {Type: AWS::AppSync::GraphQLSchema, Properties: {ApiId: a, DefinitionS3Location: schema.graphql}}",
        "T: {Type: AWS::SNS::Topic, Properties: {DisplayName: skafu-artifacts}}",
    )
    repository.write("src/app.py")
    repository.write("machine.json", "{}")
    repository.write("schema.graphql", "type Q {a: Int}")
    keys = {need.place.split(".")[1]: need.key for need in repository.needs()}

    placed = repository.placed()
    assert placed["F"]["Code"] == {"S3Bucket": "shop-artifacts", "S3Key": keys["F"]}
    assert placed["S"]["DefinitionS3Location"] == {"Bucket": "shop-artifacts", "Key": keys["S"]}
    assert placed["Q"]["DefinitionS3Location"] == f"s3://shop-artifacts/{keys['Q']}"
    assert placed["T"] == {"DisplayName": "skafu-artifacts"}


def test_nested_templates_are_uploaded_with_their_own_artifacts_the_innermost_first(repository, template):
    template("N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: nested/middle.yaml}}")
    repository.write(
        "nested/middle.yaml",
        """
        Resources:
          F: {Type: AWS::Lambda::Function, Properties: {Code: ../src, Role: r, Handler: a.b, Runtime: nodejs22.x}}
          N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: deep.yaml}}
        """,
    )
    repository.write("nested/deep.yaml", "Resources: {T: {Type: AWS::SNS::Topic}}\n")
    repository.write("src/app.js")

    deep, middle = repository.nested()
    assert json.loads(deep.text) == {"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}
    inside = json.loads(middle.text)["Resources"]
    (need,) = repository.needs()
    assert inside["F"]["Properties"]["Code"] == {"S3Bucket": "shop-artifacts", "S3Key": need.key}
    assert inside["N"]["Properties"]["TemplateURL"] == repository.url(deep.key)
    assert repository.placed()["N"]["TemplateURL"] == repository.url(middle.key)
