"""What others can reach besides the repository: the bucket, the lock, the environment of the shell."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

import generated
from faulty import faulty

pytestmark = pytest.mark.slow

CODE = {
    **generated.BASE,
    "stacks/platform/code/stack.yaml": "template: template.yaml\nenvironments: [development]\n",
    "stacks/platform/code/template.yaml": """\
Resources:
  Greet:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: greet-once
      Role: !Sub arn:aws:iam::${AWS::AccountId}:role/greeter
      Handler: app.greet
      Runtime: python3.12
      Code: src/
""",
    "stacks/platform/code/src/app.py": "def greet(event, context):\n    return 'hello'\n",
}
QUEUE = {**generated.BASE, **generated.stack("platform", "only", [], resources=1)}


@pytest.fixture
def proxied(deployable, ministack):
    """`proxied(files, fault)`: an estate, and a proxy before the endpoint (see `faulty`)."""
    opened = []

    def made(files, fault):
        way = faulty(ministack)
        proxy = way.__enter__()
        opened.append(way)
        proxy.fault = fault
        return deployable(files), proxy

    yield made
    for way in opened:
        way.__exit__(None, None, None)


@pytest.mark.parametrize(
    "line", ["bucket: another-bucket-${account.id}", "execution_role: somebody-else"], ids=["bucket", "role"]
)
def test_a_run_does_not_go_on_with_another_bucket_or_role(proxied, line):
    def kill(request, _):
        if request.action == "CreateChangeSet":
            process.kill()

    estate, proxy = proxied(QUEUE, kill)
    process = estate.start("deploy", URL=proxy.url)
    process.communicate(timeout=120)
    accounts = estate.root / "stacks/accounts.yaml"
    accounts.write_text(f"{accounts.read_text()}deployment:\n  {line}\n")
    run = estate.run_folder.name

    resumed = estate.run("deploy", "--resume", run)

    assert resumed.code == 2
    assert f"is not what run {run} approved" in resumed.stderr


@pytest.mark.parametrize("by", ["put_object", "delete_object"])
def test_an_artifact_that_is_replaced_after_its_upload_is_not_deployed(proxied, by):
    def meddle(request, _):
        if request.action == "CreateChangeSet":
            s3 = estate.client("s3")
            (key,) = [one for one in stored(estate) if not one.startswith("locks/")]
            body = {"Body": b"another zip"} if by == "put_object" else {}
            getattr(s3, by)(Bucket=estate.bucket, Key=key, **body)

    estate, proxy = proxied(CODE, meddle)
    run = estate.run("deploy", URL=proxy.url)

    assert run.code == 3
    told = " ".join(run.stdout.split())
    assert "it is not what was approved any more: " in told
    assert ("something else lies at s3://" if by == "put_object" else "nothing lies at s3://") in told
    assert proxy.seen["ExecuteChangeSet"] == 0


def stored(estate):
    """The keys of all that lies in the bucket."""
    return [one["Key"] for one in estate.client("s3").list_objects_v2(Bucket=estate.bucket)["Contents"]]


def nowhere(url):
    """Every service leads to the proxy: if the check were gone, not even then would a request reach AWS."""
    return {f"AWS_ENDPOINT_URL_{service}": url for service in ("CLOUDFORMATION", "S3", "STS")}


def test_an_endpoint_that_only_the_shell_names_is_refused_before_anything_is_sent(proxied):
    estate, proxy = proxied(QUEUE, lambda *_: None)

    run = subprocess.run(
        [estate.skafu, "deploy"],
        cwd=estate.root,
        env={**os.environ, **estate.credentials, **nowhere(proxy.url)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert run.returncode == 2
    assert f"requests to sts would go to {proxy.url}, which is not AWS" in " ".join(run.stderr.split())
    assert "--endpoint" in run.stderr
    assert proxy.requests == []


def test_a_lock_that_is_broken_while_the_run_goes_on_is_told_as_lost_and_never_as_released(proxied):
    def meddle(request, _):
        if request.action == "ExecuteChangeSet":
            s3 = estate.client("s3")
            s3.delete_object(Bucket=estate.bucket, Key="locks/development.json")

    estate, proxy = proxied(QUEUE, meddle)
    estate.run("deploy", URL=proxy.url)

    told = [(one["event"], one.get("reason")) for one in estate.events() if one["event"].startswith("lock-")]
    assert told == [("lock-taken", None), ("lock-lost", "somebody broke it")]


def test_every_session_is_held_to_the_session_policy_that_is_declared(deployable):
    policy = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    accounts = generated.BASE["stacks/accounts.yaml"] + "deployment: {session_policy: session.json}\n"
    files = {**generated.BASE, **generated.stack("platform", "only", [], resources=1)}
    estate = deployable(
        {**files, "stacks/accounts.yaml": accounts, "stacks/session.json": json.dumps(policy)}
    )

    for command in (
        ("plan",),
        ("deploy",),
        ("drift",),
        ("lock", "list"),
        ("destroy", "--env", "development", "--yes"),
    ):
        with faulty(estate.url) as proxy:
            run = estate.run(*command, URL=proxy.url)
        given = [one.fields.get("Policy", "") for one in proxy.requests if one.action == "AssumeRole"]
        assert run.code == 0, run.stdout + run.stderr
        assert given
        assert all(json.loads(one) == policy for one in given)
