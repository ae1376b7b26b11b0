from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from skafu import __version__
from skafu.aws.connection import Calls
from skafu.aws.endpoint import AWS, Endpoint
from skafu.aws.sessions import Caller, Deployer, Sessions, session_name
from skafu.model.cloud import CloudError, Unreachable

REGION = "eu-west-1"
DEPLOYER = Deployer("220000000001", "skafu-deployer", "an-external-id", "development")
OTHER = Deployer("220000000002", "skafu-deployer", "", "staging")


@pytest.mark.parametrize(
    ("run", "who", "name"),
    [
        ("20261122-1", "me@example.org", "skafu-20261122-1-me@example.org"),
        ("run", "arn:aws:iam::1:user/Zoë Ö", "skafu-run-arn-aws-iam-1-user-Zo"),
        ("run", "", "skafu-run"),
        ("run", "x" * 100, "skafu-run-" + "x" * 54),
    ],
)
def test_the_name_of_a_session_tells_who_and_which_run(run, who, name):
    assert session_name(run, who) == name
    assert 2 <= len(name) <= 64


@pytest.mark.parametrize(
    ("arn", "role", "is_it"),
    [
        ("arn:aws:sts::220000000001:assumed-role/skafu-deployer/GitHubActions", "skafu-deployer", True),
        ("arn:aws-cn:sts::220000000001:assumed-role/skafu-deployer/x", "skafu-deployer", True),
        ("arn:aws:sts::220000000001:assumed-role/skafu-deployer/x", "a/path/skafu-deployer", True),
        ("arn:aws:sts::220000000002:assumed-role/skafu-deployer/x", "skafu-deployer", False),
        ("arn:aws:sts::220000000001:assumed-role/skafu-deployer-2/x", "skafu-deployer", False),
        ("arn:aws:sts::220000000001:assumed-role/other/skafu-deployer/x", "skafu-deployer", False),
        ("arn:aws:iam::220000000001:user/skafu-deployer", "skafu-deployer", False),
        ("arn:aws:iam::220000000001:role/skafu-deployer", "skafu-deployer", False),
        ("nonsense", "skafu-deployer", False),
    ],
)
def test_who_is_the_deployer_role_already(arn, role, is_it):
    assert Caller("220000000001", arn).is_session_of(Deployer("220000000001", role)) is is_it


@pytest.fixture
def environment(monkeypatch, tmp_path):
    """No credentials anywhere but those that a test sets."""
    for name in (
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_ROLE_ARN",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch.setenv


@pytest.fixture
def requests():
    """`requests(sessions)`: the bodies of all requests that its base session sends from now on."""

    def watch(sessions):
        seen = []

        def note(**sending):
            body = sending["request"].body
            text = body.decode() if isinstance(body, bytes) else str(body)
            seen.append({key: value[0] for key, value in parse_qs(text).items()})

        sessions._base.register("before-send.sts", note)  # the wire, which nothing public shows
        return seen

    return watch


@pytest.mark.slow
def test_the_deployer_role_is_assumed_with_all_that_it_asks_for(ministack, requests):
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
    sessions = Sessions(Endpoint("embedded", ministack), "run-7", "me@example.org", session_policy=policy)
    seen = requests(sessions)
    caller = sessions.verify(DEPLOYER, REGION)
    assert caller == Caller(
        "220000000001", "arn:aws:sts::220000000001:assumed-role/skafu-deployer/skafu-run-7-me@example.org"
    )
    assert seen[-1] == {
        "Action": "AssumeRole",
        "Version": "2011-06-15",
        "RoleArn": "arn:aws:iam::220000000001:role/skafu-deployer",
        "RoleSessionName": "skafu-run-7-me@example.org",
        "ExternalId": "an-external-id",
        "Policy": policy,
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("region", "arn"),
    [
        ("cn-north-1", "arn:aws-cn:iam::220000000002:role/skafu-deployer"),
        ("us-gov-west-1", "arn:aws-us-gov:iam::220000000002:role/skafu-deployer"),
    ],
)
def test_the_partition_of_the_role_is_that_of_the_region(ministack, requests, region, arn):
    sessions = Sessions(Endpoint("embedded", ministack), "run", "me")
    seen = requests(sessions)
    sessions.verify(OTHER, region)
    assert seen[-1]["RoleArn"] == arn
    assert "ExternalId" not in seen[-1]


@pytest.mark.slow
def test_one_session_serves_all_threads_clients_and_regions(ministack, requests):
    sessions = Sessions(Endpoint("embedded", ministack), "run", "me")
    seen = requests(sessions)
    start = threading.Barrier(8)

    def work(number):
        start.wait(30)
        client = sessions.client("cloudformation", DEPLOYER, ("eu-west-1", "us-east-1")[number % 2])
        client.describe_stacks()
        return client

    with ThreadPoolExecutor(8) as pool:
        clients = list(pool.map(work, range(8)))
    assert Counter(one["Action"] for one in seen) == {"GetCallerIdentity": 1, "AssumeRole": 1}
    assert len({id(client) for client in clients}) == 2


@pytest.mark.slow
def test_accounts_are_apart(ministack):
    sessions = Sessions(Endpoint("embedded", ministack), "run", "me")
    sessions.client("s3", DEPLOYER, "us-east-1").create_bucket(Bucket="sessions-apart")
    names = [
        [one["Name"] for one in sessions.client("s3", deployer, "us-east-1").list_buckets()["Buckets"]]
        for deployer in (DEPLOYER, OTHER)
    ]
    assert names == [["sessions-apart"], []]


@pytest.mark.slow
def test_credentials_are_fetched_anew_before_they_expire(ministack, requests):
    later = timedelta()
    sessions = Sessions(Endpoint("embedded", ministack), "run", "me", now=lambda: datetime.now(UTC) + later)
    seen = requests(sessions)
    client = sessions.client("sts", DEPLOYER, REGION)
    assumed = []
    for minutes in (0, 30, 50):
        later = timedelta(minutes=minutes)
        client.get_caller_identity()
        assumed.append(sum(one["Action"] == "AssumeRole" for one in seen))
    assert assumed == [1, 1, 2]


@pytest.mark.slow
def test_credentials_that_come_expired_are_an_error(ministack):
    sessions = Sessions(
        Endpoint("embedded", ministack), "run", "me", now=lambda: datetime.now(UTC) + timedelta(days=1)
    )
    with pytest.raises(CloudError, match="expired already; is the clock of this machine right"):
        sessions.verify(DEPLOYER, REGION)


@pytest.mark.slow
def test_a_role_that_a_pipeline_has_assumed_by_openid_connect_is_used_as_it_is(
    ministack, environment, requests, tmp_path
):
    token = tmp_path / "token"
    token.write_text("header.payload.signature", encoding="utf-8")
    environment("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    environment("AWS_ROLE_ARN", "arn:aws:iam::220000000001:role/skafu-deployer")
    environment("AWS_ROLE_SESSION_NAME", "GitHubActions")
    sessions = Sessions(Endpoint("url", ministack), "run", "me")
    seen = requests(sessions)
    arns = [sessions.verify(deployer, REGION).arn for deployer in (DEPLOYER, OTHER)]
    assert arns == [
        "arn:aws:sts::220000000001:assumed-role/skafu-deployer/GitHubActions",
        "arn:aws:sts::220000000002:assumed-role/skafu-deployer/skafu-run-me",
    ]
    assert [one["Action"] for one in seen] == [
        "AssumeRoleWithWebIdentity",
        "GetCallerIdentity",
        "GetCallerIdentity",
        "AssumeRole",
    ]


@pytest.mark.slow
def test_another_account_than_the_declared_one_is_refused_by_name(ministack, environment):
    environment("AWS_ACCESS_KEY_ID", "220000000009")
    environment("AWS_SECRET_ACCESS_KEY", "made-up")
    sessions = Sessions(Endpoint("url", ministack), "run", "me", as_administrator=True)
    with pytest.raises(CloudError) as failure:
        sessions.verify(DEPLOYER, REGION)
    assert failure.value.message == (
        "development is declared as 220000000001, but these credentials belong to 220000000009 "
        "(arn:aws:iam::220000000009:root); nothing was written."
    )
    assert "stacks/accounts.yaml" in failure.value.hint


@pytest.mark.slow
def test_an_administrator_acts_as_who_they_are(ministack, environment, requests):
    environment("AWS_ACCESS_KEY_ID", "220000000001")
    environment("AWS_SECRET_ACCESS_KEY", "made-up")
    sessions = Sessions(Endpoint("url", ministack), "run", "me", as_administrator=True)
    seen = requests(sessions)
    assert sessions.verify(DEPLOYER, REGION).arn == "arn:aws:iam::220000000001:root"
    assert [one["Action"] for one in seen] == ["GetCallerIdentity"]


@pytest.mark.slow
def test_the_embedded_endpoint_has_an_administrator_in_every_account(ministack):
    sessions = Sessions(Endpoint("embedded", ministack), "run", "me", as_administrator=True)
    arns = [sessions.verify(deployer, REGION).arn for deployer in (DEPLOYER, OTHER)]
    assert arns == ["arn:aws:iam::220000000001:root", "arn:aws:iam::220000000002:root"]


@pytest.mark.usefixtures("environment")
def test_without_credentials_there_is_one_sentence_and_a_next_step():
    with pytest.raises(CloudError) as failure:
        Sessions(AWS, "run", "me").verify(DEPLOYER, REGION)
    assert failure.value.message.endswith("there are no AWS credentials.")
    assert "aws sso login" in failure.value.hint
    assert "id-token: write" in failure.value.hint


def test_a_profile_that_does_not_exist_is_one_sentence_too(environment):
    environment("AWS_PROFILE", "nobody")
    with pytest.raises(CloudError, match=r"The config profile \(nobody\) could not be found"):
        Sessions(AWS, "run", "me").verify(DEPLOYER, REGION)


@pytest.mark.usefixtures("environment")
def test_where_nobody_answers_that_is_said():
    calls = Calls("standard", attempts=1, connect_timeout=1)
    sessions = Sessions(Endpoint("embedded", "http://127.0.0.1:9"), "run", "me", calls=calls)
    with pytest.raises(Unreachable, match=r"the connection to http://127\.0\.0\.1:9 failed"):
        sessions.verify(DEPLOYER, REGION)


def test_requests_are_made_as_asked_for(environment):
    environment("AWS_ACCESS_KEY_ID", "220000000001")
    environment("AWS_SECRET_ACCESS_KEY", "made-up")
    calls = Calls("standard", attempts=3, connect_timeout=2, read_timeout=4, connections=77)
    sessions = Sessions(AWS, "run", "me", calls=calls, as_administrator=True)
    client = sessions.client("s3", DEPLOYER, REGION)
    config = client.meta.config
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    assert (config.connect_timeout, config.read_timeout, config.max_pool_connections) == (2, 4, 77)
    assert f"skafu/{__version__}" in config.user_agent_extra
    assert client.meta.endpoint_url == "https://s3.eu-west-1.amazonaws.com"
