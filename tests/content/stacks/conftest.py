from __future__ import annotations

import importlib.util
import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest
from aws_lambda_powertools.utilities.parameters import AppConfigProvider
from aws_lambda_powertools.utilities.parameters.constants import DEFAULT_PROVIDERS
from botocore.response import StreamingBody
from botocore.stub import Stubber

STACKS = Path(__file__).parents[3] / "stacks"


class FakeTable:
    """A DynamoDB table with GSI1, as far as the handlers use one."""

    def __init__(self, page=100):
        self.items = {}
        self.page = page

    def get_item(self, *, Key, ConsistentRead):  # noqa: N803 - boto3's own names
        assert ConsistentRead, "an answer that may be old does not tell what is there"
        item = self.items.get((Key["pk"], Key["sk"]))
        return {} if item is None else {"Item": item}

    def put_item(self, *, Item):  # noqa: N803 - boto3's own name
        self.items[Item["pk"], Item["sk"]] = Item

    def query(self, *, KeyConditionExpression, ExpressionAttributeValues, **request):  # noqa: N803 - the same
        prefix = "gsi1" if request.get("IndexName") == "GSI1" else ""
        partition, sort = f"{prefix}pk", f"{prefix}sk"
        of = ExpressionAttributeValues[":of"]
        matches = {
            f"{partition} = :of AND {sort} < :before": lambda key: key < ExpressionAttributeValues[":before"],
            f"{partition} = :of AND begins_with({sort}, :rule)": lambda key: key.startswith(
                ExpressionAttributeValues[":rule"]
            ),
        }[KeyConditionExpression]
        start = request.get("ExclusiveStartKey", {}).get(sort, "")
        found = sorted(
            (i for i in self.items.values() if i[partition] == of and matches(i[sort]) and i[sort] > start),
            key=lambda item: item[sort],
            reverse=not request.get("ScanIndexForward", True),
        )
        page = found[: self.page]
        rest = {"LastEvaluatedKey": {sort: page[-1][sort]}} if len(found) > self.page else {}
        return {"Items": page, **rest}


class FakeTopic:
    """An SNS topic that remembers what was published, or refuses."""

    def __init__(self):
        self.messages = []
        self.refuses = lambda _message: False

    def publish(self, *, Subject, Message):  # noqa: N803 - boto3's own names
        message = {"subject": Subject, **json.loads(Message)}
        if self.refuses(message):
            raise ConnectionError("the topic does not answer")
        self.messages.append(message)


@pytest.fixture
def make_table():
    return FakeTable


@pytest.fixture
def topic():
    return FakeTopic()


@pytest.fixture
def context():
    """What Lambda tells a handler about the invocation, as far as Powertools asks."""
    return SimpleNamespace(
        function_name="skafu-production",
        function_version="7",
        memory_limit_in_mb=2048,
        invoked_function_arn="arn:aws:lambda:us-east-1:123456789014:function:skafu-production:live",
        aws_request_id="i-1",
    )


@pytest.fixture
def app_config(monkeypatch):
    """Puts AppConfig's own answer behind Powertools: the text of the flags, or None for no answer."""

    def answer(flags):
        client = boto3.client("appconfigdata", region_name="us-east-1")
        stub = Stubber(client)
        if flags is None:
            stub.add_client_error("start_configuration_session", "InternalServerException")
        else:
            stub.add_response("start_configuration_session", {"InitialConfigurationToken": "t-1"})
            content = StreamingBody(io.BytesIO(flags.encode()), len(flags))
            stub.add_response(
                "get_latest_configuration", {"Configuration": content, "NextPollConfigurationToken": "t-2"}
            )
        stub.activate()
        provider = AppConfigProvider(environment="e-1", application="a-1", boto3_client=client)
        monkeypatch.setitem(DEFAULT_PROVIDERS, "appconfig", provider)

    return answer


@pytest.fixture
def handler(monkeypatch):
    """Loads the `app` module of a stack the way Lambda does: with its folder as the import path."""

    def load(stack):
        settings = {
            "CORS_ORIGINS": "https://skafu.com",
            "FEATURES_APPLICATION": "a-1",
            "FEATURES_ENVIRONMENT": "e-1",
            "FEATURES_PROFILE": "p-1",
            "METRICS_RETENTION_DAYS": "730",
            "POWERTOOLS_METRICS_NAMESPACE": "skafu",
            "POWERTOOLS_SERVICE_NAME": "skafu",
            "POWERTOOLS_TRACE_DISABLED": "true",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        source = STACKS / stack / "src"
        monkeypatch.syspath_prepend(str(source))
        spec = importlib.util.spec_from_file_location(
            "handler_of_" + stack.replace("/", "_"), source / "app.py"
        )
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # dataclasses look their own module up
        spec.loader.exec_module(module)
        module.counts.clear_metrics()  # Powertools keeps them for the whole process
        return module

    return load


@pytest.fixture
def ask():
    """Sends one request as API Gateway would, signed in as `user`, and reads the answer."""

    def send(respond, method, path, *, user="ada", body=None, query=None):
        event = {
            "httpMethod": method,
            "path": path,
            "resource": path,
            "headers": {"Content-Type": "application/json"},
            "multiValueHeaders": {"Content-Type": ["application/json"]},
            "queryStringParameters": query,
            "multiValueQueryStringParameters": {key: [value] for key, value in (query or {}).items()},
            "requestContext": {"authorizer": {"claims": {"sub": user}}, "requestId": "r-1"},
            "body": body if body is None or isinstance(body, str) else json.dumps(body),
            "isBase64Encoded": False,
        }
        answer = respond(event)
        return answer["statusCode"], json.loads(answer["body"] or "{}"), answer["multiValueHeaders"]

    return send
