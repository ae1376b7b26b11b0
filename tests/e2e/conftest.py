"""The smallest estate that is approved, and the command run on copies of it as people run it."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

import generated
from forked import Forked
from skafu.record.log import read_run

SKAFU = Path(sys.executable).with_name("skafu")

TINY = {
    "stacks/accounts.yaml": """\
estate: tiny
accounts:
  staging:
    id: "111111111111"
    purpose: a rehearsal
    access: developers
    deployer_role: deployer
""",
    "stacks/environments/staging.yaml": "name: staging\naccount: staging\nregion: us-east-1\n",
    "stacks/platform/store/stack.yaml": "template: template.yaml\nenvironments: [staging]\n",
    "stacks/platform/store/template.yaml": """\
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: kept
""",
    "policies/buckets_named.py": '''\
"""Every bucket has a name."""

from skafu.sdk import policy


@policy(severity="high", resources=["AWS::S3::Bucket"])
def check(bucket):
    if not bucket.get("BucketName"):
        yield bucket.violation("The bucket has no name.")
''',
    "validators/definitions.yaml": "judge: definitions\n",
    "validators/policies.yaml": "judge: policies\n",
    "validators/thresholds.yaml": "default: high\n",
}


@dataclass(frozen=True)
class Run:
    """What a command left behind."""

    code: int
    stdout: str
    stderr: str

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(self.stdout)

    @property
    def gate(self) -> str:
        """What the report says; without one, nothing was approved."""
        return self.report["gate"] if self.stdout else "none"

    @property
    def reasons(self) -> list[str]:
        return self.report["reasons"]

    @property
    def told(self) -> list[str]:
        """The findings, as an editor would take them."""
        return [
            f"{one['file']}:{one['line']}:{one['column']}: {one['message']} {one['help']}".strip()
            for one in self.report["findings"]
        ]


class Estate:
    """A copy of the tiny estate in a folder of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write(TINY)

    def write(self, files):
        """Write files (text or bytes) or, with None, remove them."""
        for file, content in files.items():
            path = self.root / file
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def start(self, *arguments, **environment):
        """The command, still running."""
        return subprocess.Popen(
            [SKAFU, *arguments],
            cwd=self.root,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )

    def run(self, *arguments, **environment) -> Run:
        """The command, until its end. Whatever happens, it never shows a traceback."""
        with self.start(*arguments, **environment) as process:
            stdout, stderr = process.communicate(timeout=120)
        run = Run(process.returncode, stdout.decode(), stderr.decode())
        assert "Traceback" not in run.stdout + run.stderr
        return run

    def judge(self, *arguments, **environment) -> Run:
        """`skafu validate --format json`."""
        return self.run("validate", "--format", "json", *arguments, **environment)


@pytest.fixture
def estate(tmp_path):
    """The tiny estate, with changes as one likes."""

    def made(changes=None):
        found = Estate(tmp_path)
        found.write(changes or {})
        return found

    return made


ACCOUNTS = itertools.count(1)
"""Every estate is deployed to an account of its own, so that many can share one endpoint."""


class Deployable(Estate):
    """An estate with somewhere to go."""

    def __init__(self, root: Path, url: str, account: str, forked: Forked) -> None:
        self.root = root
        self.url = url
        self.account = account
        self._forked = forked

    def start(self, *arguments, **environment):
        """The command, still running; one that deploys goes to the endpoint."""
        to = (
            ()
            if arguments[0] == "history" or {"--endpoint", "--resume"} & set(arguments)
            else ("--endpoint", environment.get("URL", self.url))
        )
        environment.pop("URL", None)
        whole = {**os.environ, **self.credentials, **environment}
        return self._forked.start((*arguments, *to), self.root, whole)

    skafu = SKAFU

    credentials = {  # noqa: RUF012 - read, never written
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }

    def client(self, service: str):
        """A client of the account, past skafu."""
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id=self.account,
            aws_secret_access_key="made-up",  # noqa: S106 - good for nothing
            config=Config(proxies={}, s3={"addressing_style": "path"}),
        )

    @property
    def bucket(self):
        """The bucket of its artifacts and locks."""
        return f"made-artifacts-{self.account}-us-east-1"

    def stacks(self):
        """Every stack that stands, by name."""
        pages = self.client("cloudformation").get_paginator("describe_stacks").paginate()
        return {one["StackName"]: one for page in pages for one in page["Stacks"]}

    def stack(self, name):
        """One stack, as CloudFormation describes it."""
        return self.stacks()[name]

    @property
    def runs(self):
        """The folders of all runs, in order."""
        return sorted((self.root / "reports/runs").iterdir(), key=lambda one: one.stat().st_ctime_ns)

    @property
    def run_folder(self):
        """That of the latest run."""
        return max(self.runs, key=lambda one: (one / "events.jsonl").stat().st_mtime_ns)

    def events(self, run: int | None = None):
        """What is recorded of a run; of the latest one if none is named."""
        folder = self.run_folder if run is None else sorted(self.runs, key=lambda one: one.name)[run]
        return read_run(folder)

    def results(self, run: int | None = None):
        """Stack -> how it ended in a run."""
        ends = {
            "stack-done": "done",
            "stack-failed": "failed",
            "stack-skipped": "skipped",
            "stack-left": "left",
        }
        found = {}
        for one in self.events(run):
            if one["event"] in ends:
                found[one["stack"].rsplit("/", 1)[-1]] = ends[one["event"]]
            elif one["event"] == "plan-decided" and one["gate"] == "blocked":
                found[one["stack"].rsplit("/", 1)[-1]] = "blocked"
        return dict(sorted(found.items()))


@pytest.fixture(scope="session")
def forked(tmp_path_factory):
    """What runs are forked from, one for each process that runs tests."""
    server = Forked(tmp_path_factory.mktemp("forked") / "socket")
    yield server
    server.close()


@pytest.fixture
def deployable(tmp_path, ministack, forked):
    """An estate of the given files, in an account that nobody else uses."""

    def made(files):
        account = f"{os.getpid() % 10**6:06}{next(ACCOUNTS):06}"
        estate = Deployable(tmp_path, ministack, account, forked)
        generated.write(
            tmp_path, {file: text.replace(generated.ACCOUNT, account) for file, text in files.items()}
        )
        return estate

    return made
