"""CloudFormation of a MiniStack, an account for each test; and clients that meet what MiniStack does not do."""

from __future__ import annotations

import itertools
import json
import socket
from dataclasses import replace
from datetime import UTC, datetime

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session
from botocore.stub import Stubber

from skafu.aws.cloudformation import Regional
from skafu.aws.patience import Patience
from skafu.model.cloud import Submission

ACCOUNTS = itertools.count(220_000_000_000)
QUICK = Patience(pause=0.02)


@pytest.fixture
def aws(connect):
    """`aws(service)`: a client of an account that only this test has."""
    account = str(next(ACCOUNTS))
    return lambda service: connect(service, account)


@pytest.fixture
def client(aws):
    return aws("cloudformation")


@pytest.fixture
def put(aws):
    """Puts a template into a bucket; MiniStack reads a TemplateURL by its path."""

    def into_bucket(text):
        bucket = f"templates-{len(text)}"
        where = {"LocationConstraint": "eu-west-1"}
        aws("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        aws("s3").put_object(Bucket=bucket, Key="template", Body=text.encode())
        return f"https://s3.amazonaws.com/{bucket}/template"

    return into_bucket


@pytest.fixture
def cloud(client, put):
    return Regional(client, put, QUICK)


@pytest.fixture
def submission():
    """`submission(name, template, token)`: what a test submits."""

    def make(name, template, token, **other):
        made = Submission(
            name=name, template=json.dumps(template), parameters={}, tags={}, capabilities=(), token=token
        )
        return replace(made, **other)

    return make


@pytest.fixture
def deploy(cloud, submission):
    """`deploy(name, template, token, kind)`: the stack at rest and the events that were told."""

    def run(name, template, token, kind="CREATE", **other):
        id_ = cloud.request_change_set(submission(name, template, token, **other), kind)
        assert not cloud.change_set(id_).empty
        cloud.execute(id_, token)
        told = []
        return cloud.settle(name, token, told.append), told

    return run


@pytest.fixture
def hooked():
    """`hooked(client, operation, answer)`: lets `answer(request)` answer the next request, once; None sends it on."""

    def hook(client, operation, *answers):
        waiting = iter(answers)

        def before_send(request, **_):
            answer = next(waiting, None)
            return answer and answer(request)

        client.meta.events.register(f"before-send.cloudformation.{operation}", before_send)

    return hook


def _answer(status, body):
    """An answer of a server that does not exist."""

    class Raw:
        def stream(self, **_):
            return iter([body.encode()])

    return lambda request: AWSResponse(request.url, status, {}, Raw())


@pytest.fixture
def refusal():
    """`refusal(code, message, status)`: AWS's answer to a request that it refuses."""

    def make(code, message, status=400):
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        return _answer(status, f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>")

    return make


@pytest.fixture
def nonsense():
    return _answer(200, "<html>not what was asked for")


@pytest.fixture
def lost():
    """The request arrives, and its answer does not."""

    def answer(request):
        URLLib3Session(proxies={}).send(request)
        raise ConnectionClosedError(endpoint_url=request.url)

    return answer


@pytest.fixture(scope="session")
def alone():
    """`alone(url)`: a client of whatever listens there. The session keeps what it has read."""
    session = boto3.session.Session()

    def client(url):
        return session.client(
            "cloudformation",
            region_name="eu-west-1",
            endpoint_url=url,
            aws_access_key_id="made-up",
            aws_secret_access_key="made-up",  # noqa: S106 - on purpose, and good for nothing
            config=Config(proxies={}, retries={"total_max_attempts": 1}),
        )

    return client


@pytest.fixture
def stubbed(alone):
    """The cloud of a client that answers only what a test says, and the stubber to say it."""
    client = alone("http://127.0.0.1:9")
    with Stubber(client) as stubber:
        yield Regional(client, str, Patience(pause=0, clock=lambda: 0.0, sleep=lambda _: None)), stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def nobody(alone):
    """A client of a port where nobody listens, and none else will."""
    with socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        yield alone(f"http://127.0.0.1:{port.getsockname()[1]}")


@pytest.fixture
def moment():
    return datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
