"""The real estate with one thing broken at a time: each must block, and point at the line to edit."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SKAFU = Path(sys.executable).with_name("skafu")

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Break:
    """`old` becomes `new` in `file`; `rule` must then block at the line that holds `line`."""

    file: str
    old: str
    new: str
    judged: tuple[str, ...]
    rule: str
    line: str
    judges: tuple[str, ...] = ("definitions",)
    help: str = ""


BREAKS = {
    "a misspelt property": Break(
        file="stacks/platform/data/template.yaml",
        old="      BillingMode: !Ref BillingMode\n",
        new="      BilingMode: !Ref BillingMode\n",
        judged=("data", "--env", "production"),
        judges=("definitions", "cfn-lint"),
        rule="E3002",
        line="      BilingMode:",
    ),
    "a key that is not rotated": Break(
        file="stacks/foundation/keys/template.yaml",
        old="EnableKeyRotation: true",
        new="EnableKeyRotation: false",
        judged=("keys", "--env", "production"),
        judges=("definitions", "checkov"),
        rule="CKV_AWS_7",
        line="EnableKeyRotation: false",
    ),
    "recovery switched off by an inverted condition": Break(
        file="stacks/platform/data/template.yaml",
        old="PointInTimeRecoveryEnabled: !If [IsRecoverable, true, false]",
        new="PointInTimeRecoveryEnabled: !If [IsRecoverable, false, true]",
        judged=("data", "--env", "production"),
        judges=("definitions", "policies"),
        rule="tables-recoverable",
        line="PointInTimeRecoveryEnabled: !If [IsRecoverable, false, true]",
    ),
    "a property that SAM does not have": Break(
        file="stacks/platform/api/template.yaml",
        old="      StageName: !Ref Environment\n",
        new="      StageName: !Ref Environment\n      RequestValidator: {ValidateRequestBody: true}\n",
        judged=("api", "--env", "production"),
        rule="template-sam",
        line="      RequestValidator:",
    ),
    "an import that nobody exports": Break(
        file="stacks/platform/api/template.yaml",
        old="        Fn::Sub: skafu-${Environment}-operations-key-arn\n      LoggingConfig",
        new="        Fn::Sub: skafu-${Environment}-operation-key-arn\n      LoggingConfig",
        judged=("api", "--env", "production"),
        rule="estate-export",
        line="operation-key-arn",
        help='Did you mean "skafu-production-operations-key-arn"?',
    ),
    "an output that does not exist": Break(
        file="stacks/platform/api/stack.yaml",
        old="${stacks.auth.outputs.UserPoolArn}",
        new="${stacks.auth.outputs.UserPolArn}",
        judged=("api", "--env", "production"),
        rule="estate-output",
        line="UserPolArn",
        help='Did you mean "UserPoolArn"?',
    ),
    "a value that the parameter does not allow": Break(
        file="stacks/platform/api/stack.yaml",
        old="  LogLevel: ${environment.lambda.environment_variables.LOG_LEVEL}",
        new="  LogLevel: LOUD",
        judged=("api", "--env", "production"),
        rule="parameter-value",
        line="LogLevel: LOUD",
    ),
    "stacks that need one another": Break(
        file="stacks/platform/auth/stack.yaml",
        old="parameters:\n",
        new="depends_on: [api]\nparameters:\n",
        judged=("api", "auth", "--env", "production"),
        rule="estate-cycle",
        line="${stacks.auth.outputs.",
    ),
    "a parameter that the template does not declare": Break(
        file="stacks/platform/data/stack.yaml",
        old="  PointInTimeRecovery:",
        new="  PointInTimRecovery:",
        judged=("data", "--env", "production"),
        rule="parameter-undeclared",
        line="PointInTimRecovery:",
        help='Did you mean "PointInTimeRecovery"?',
    ),
}


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS.keys())
def test_a_broken_copy_blocks_at_the_line_to_edit(tmp_path, shared_cache, broken):
    copy = copied(tmp_path, broken.judges)
    target = copy / broken.file
    text = target.read_text("utf-8")
    assert broken.old in text
    target.write_text(text.replace(broken.old, broken.new, 1), "utf-8")

    result = subprocess.run(
        [SKAFU, "validate", *broken.judged, "--format", "json"],
        cwd=copy,
        env={**os.environ, "SKAFU_CACHE": shared_cache},
        capture_output=True,
        text=True,
        timeout=120,
    )
    report = json.loads(result.stdout)
    blocking = [one for one in report["findings"] if one["decision"] == "blocking"]
    found = [one for one in blocking if one["rule"] == broken.rule]

    assert (result.returncode, report["gate"]) == (1, "blocked")
    assert found, [f"{one['rule']} {one['file']}:{one['line']} {one['message']}" for one in blocking]
    lines = (copy / found[0]["file"]).read_text("utf-8").splitlines()
    assert broken.line in lines[found[0]["line"] - 1]
    assert broken.help in found[0]["help"]


def copied(folder: Path, judges: tuple[str, ...]) -> Path:
    """The repository's content with only these judges seated, to be quick."""
    shutil.copytree(ROOT / "stacks", folder / "stacks")
    # Without the registers of controls: they name validators that are not seated here.
    shutil.copytree(ROOT / "policies", folder / "policies", ignore=shutil.ignore_patterns("controls"))
    (folder / "validators").mkdir()
    for name in ("thresholds", *judges):
        shutil.copy(ROOT / "validators" / f"{name}.yaml", folder / "validators")
    return folder
