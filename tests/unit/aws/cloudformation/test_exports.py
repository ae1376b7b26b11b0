"""Who imports what a stack exports, asked of MiniStack."""

from __future__ import annotations

import json

from skafu.aws.cloudformation import Regional


def made(client, name, resources, outputs=None):
    body = json.dumps({"Resources": resources, **({"Outputs": outputs} if outputs else {})})
    id_ = client.create_stack(StackName=name, TemplateBody=body)["StackId"]
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 0.05})
    return id_


def test_only_exports_that_somebody_imports_are_told(client, cloud: Regional):
    queue = {"Queue": {"Type": "AWS::SQS::Queue"}}
    exports = {name: {"Value": name, "Export": {"Name": name}} for name in ("read", "unread")}
    exporting = made(client, "exporting", queue, exports)
    value = {"Type": "String", "Value": {"Fn::ImportValue": "read"}}
    importing = made(client, "importing", {"Where": {"Type": "AWS::SSM::Parameter", "Properties": value}})

    assert cloud.importers(exporting) == {"read": ("importing",)}
    assert cloud.importers(importing) == {}
    assert [(name, type_) for name, type_, _ in cloud.resources("exporting")] == [
        ("Queue", "AWS::SQS::Queue")
    ]
