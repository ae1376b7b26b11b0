from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from skafu.aws.embedded.server import embedded, endpoint, start, stop
from skafu.aws.embedded.standing import LOCAL, Broken, Resting, Running, healthy, look, stacks
from skafu.model.errors import SkafuError

pytestmark = pytest.mark.slow

PATIENCE = 60.0  # seconds; reached only where something is wrong

TOPIC = {
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "told"}}},
    "Outputs": {"Arn": {"Value": {"Ref": "Topic"}, "Export": {"Name": "told"}}},
}

NEVER = {
    "Resources": {
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "Wait": {
            "Type": "AWS::CloudFormation::WaitCondition",
            "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "2"},
        },
    }
}

PLACES = [("111111111111", "eu-west-1"), ("111111111111", "us-east-1"), ("222222222222", "eu-west-1")]


def until(found):
    """Wait for something that another process does."""
    end = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < end
        time.sleep(0.02)


def listening(pid):
    """Where a process listens: (address, port), as /proc states them."""
    sockets = set()
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        target = str(handle.readlink()) if handle.is_symlink() else ""
        if target.startswith("socket:["):
            sockets.add(target[8:-1])
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
            words = line.split()
            if words[9] in sockets and words[3] in {"0A", "07"}:  # TCP that listens, UDP that is bound
                address, _, port = words[1].partition(":")
                found.add((address, int(port, 16)))
    return found


def test_state_of_every_account_and_region_outlives_a_restart(tmp_path, client, settled):
    with embedded(tmp_path) as url:
        for place in PLACES:
            cloudformation = client(url, "cloudformation", *place)
            cloudformation.create_stack(StackName="kept", TemplateBody=json.dumps(TOPIC))
            assert settled(cloudformation, "kept")["StackStatus"] == "CREATE_COMPLETE"
        client(url, "s3", "222222222222").create_bucket(
            Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        client(url, "s3", "222222222222").put_object(Bucket="artifacts", Key="a", Body=b"code")
        assert stacks(url) == {
            "111111111111": {"eu-west-1": 1, "us-east-1": 1},
            "222222222222": {"eu-west-1": 1},
        }
    assert look(tmp_path) == Resting()
    with embedded(tmp_path) as again:
        assert again == url
        for account, region in PLACES:
            cloudformation = client(again, "cloudformation", account, region)
            (stack,) = cloudformation.describe_stacks()["Stacks"]
            assert stack["Outputs"][0]["OutputValue"] == f"arn:aws:sns:{region}:{account}:told"
            assert [one["Name"] for one in cloudformation.list_exports()["Exports"]] == ["told"]
            with pytest.raises(ClientError, match="No updates are to be performed"):
                cloudformation.update_stack(StackName="kept", TemplateBody=json.dumps(TOPIC))
        found = client(again, "s3", "222222222222").get_object(Bucket="artifacts", Key="a")
        assert found["Body"].read() == b"code"


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="asks Linux who listens")
def test_it_listens_on_loopback_alone_and_knows_nothing_of_us(tmp_path, monkeypatch):
    ours = {"AWS_SECRET_ACCESS_KEY": "real", "HTTPS_PROXY": "http://proxy", "DOCKER_HOST": "tcp://docker"}
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    with embedded(tmp_path) as url:
        found = look(tmp_path)
        assert isinstance(found, Running)
        loopback = socket.inet_aton("127.0.0.1")[::-1].hex().upper()
        assert listening(found.pid) == {(loopback, int(url.rpartition(":")[2]))}
        environment = Path(f"/proc/{found.pid}/environ").read_text(encoding="utf-8").split("\0")
        assert not set(environment) & {f"{name}={value}" for name, value in ours.items()}


def test_it_connects_to_nobody_but_this_machine(tmp_path, client):
    with embedded(tmp_path) as url, socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(5)
        listener.settimeout(PATIENCE)
        sns = client(url, "sns", *PLACES[0])
        topic = sns.create_topic(Name="told")["TopicArn"]
        for host in ("0.0.0.0", "127.0.0.1"):  # noqa: S104 - the first is no loopback address, and leads here all the same
            where = f"http://{host}:{listener.getsockname()[1]}/"
            sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=where)
        with listener.accept()[0] as caller:
            assert b"Host: 127.0.0.1" in caller.recv(65536)
        until(lambda: "stays on loopback" in (tmp_path / "log").read_text(encoding="utf-8"))


def test_a_port_that_somebody_else_has_taken_meanwhile_gives_way_to_another(tmp_path):
    with embedded(tmp_path) as url:
        pass
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", int(url.rpartition(":")[2])))
        other.listen(1)
        with embedded(tmp_path) as another:
            assert another != url
            assert healthy(another)


def test_a_second_one_in_the_same_folder_is_refused(tmp_path):
    folder = tmp_path / LOCAL
    with embedded(folder):
        with pytest.raises(SkafuError, match=r"at work in .* already .*Wait for the command"):
            start(folder)
        with pytest.raises(SkafuError, match="at work"), endpoint(tmp_path):
            pass


def test_an_endpoint_that_somebody_started_is_used_and_left_running(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = start(LOCAL)
    try:
        with endpoint(tmp_path) as url:
            assert url == made.url
        assert look(tmp_path / LOCAL) == made
    finally:
        assert stop(tmp_path / LOCAL) == ""
    assert look(tmp_path / LOCAL) == Resting()
    with endpoint(tmp_path) as url:
        assert url == made.url
        assert look(tmp_path / LOCAL) != made
    assert look(tmp_path / LOCAL) == Resting()


def test_a_stack_that_is_at_work_comes_to_an_end_before_the_endpoint_does(tmp_path, client):
    with embedded(tmp_path) as url:
        client(url, "cloudformation", *PLACES[0]).create_stack(
            StackName="never", TemplateBody=json.dumps(NEVER)
        )
    with embedded(tmp_path) as url:
        (stack,) = client(url, "cloudformation", *PLACES[0]).describe_stacks()["Stacks"]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"


def test_it_ends_with_its_parent_and_keeps_the_state_even_when_that_is_killed(tmp_path, client):
    script = (
        "import sys, time; from pathlib import Path; from skafu.aws.embedded.server import embedded\n"
        "with embedded(Path(sys.argv[1])) as url: print(url, flush=True); time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, tmp_path], stdout=subprocess.PIPE, text=True
    ) as parent:
        url = parent.stdout.readline().strip()
        client(url, "cloudformation", *PLACES[0]).create_stack(
            StackName="kept", TemplateBody=json.dumps(TOPIC)
        )
        parent.kill()
    until(lambda: look(tmp_path) == Resting())
    with embedded(tmp_path) as url:
        assert stacks(url) == {"111111111111": {"eu-west-1": 1}}


def test_an_endpoint_that_is_killed_is_known_to_have_lost_what_it_did(tmp_path, client):
    with embedded(tmp_path) as url:
        client(url, "cloudformation", *PLACES[0]).create_stack(
            StackName="kept", TemplateBody=json.dumps(TOPIC)
        )
    made = start(tmp_path)
    client(made.url, "cloudformation", *PLACES[1]).create_stack(
        StackName="lost", TemplateBody=json.dumps(TOPIC)
    )
    os.kill(made.pid, signal.SIGKILL)
    until(lambda: look(tmp_path) == Broken(made.since))
    with embedded(tmp_path) as url:
        assert stacks(url) == {"111111111111": {"eu-west-1": 1}}


def test_an_endpoint_that_dies_under_a_command_is_an_error_for_it(tmp_path):
    def killed():
        with embedded(tmp_path) as url:
            found = look(tmp_path)
            os.kill(found.pid, signal.SIGKILL)
            until(lambda: not healthy(url))

    with pytest.raises(SkafuError, match="MiniStack ended with exit code -9: what it did is lost"):
        killed()


def test_state_that_cannot_be_saved_is_an_error_and_known_to_be_lost(tmp_path, client):
    def obstructed():
        with embedded(tmp_path) as url:
            client(url, "cloudformation", *PLACES[0]).describe_stacks()
            (tmp_path / "state").rename(tmp_path / "away")
            (tmp_path / "state").write_text("a file where a folder should be", encoding="ascii")

    with pytest.raises(SkafuError, match="ended with exit code 5: what it did is lost"):
        obstructed()
    assert isinstance(look(tmp_path), Broken)
    assert "failed to save cloudformation" in (tmp_path / "log").read_text(encoding="utf-8")


def test_state_that_cannot_be_read_is_an_error_and_not_written_over(tmp_path, client):
    with embedded(tmp_path) as url:
        client(url, "cloudformation", *PLACES[0]).describe_stacks()
    state = tmp_path / "state" / "cloudformation.json"
    state.write_text("{", encoding="ascii")
    with pytest.raises(SkafuError, match="failed to load cloudformation") as error, embedded(tmp_path):
        pass
    assert error.value.hint == "`skafu local stop --forget` removes what is kept there."
    assert state.read_text(encoding="ascii") == "{"


def test_one_that_does_not_start_says_what_it_printed_last(tmp_path, environment_of):
    environment_of(tmp_path / "own", "raise SystemExit('no such thing')")
    with (
        pytest.raises(SkafuError, match=r"MiniStack did not start:(.|\n)*no such thing"),
        embedded(tmp_path / "f"),
    ):
        pass
