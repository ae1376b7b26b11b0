"""The smallest estate that is approved, and the command run on copies of it as people run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

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
