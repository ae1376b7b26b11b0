"""The estate of this repository, judged by its own gate, as a new user would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from skafu.load.schema import shipped

ROOT = Path(__file__).resolve().parents[2]
SKAFU = Path(sys.executable).with_name("skafu")

pytestmark = pytest.mark.slow


def validate(*arguments: str, seed: str, cache: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "PYTHONHASHSEED": seed, "COLUMNS": "100", "LANG": "C.UTF-8"}
    environment["SKAFU_CACHE"] = cache
    return subprocess.run(
        [SKAFU, "validate", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def judged(shared_cache) -> subprocess.CompletedProcess[str]:
    return validate("--format", "json", seed="1", cache=shared_cache)


@pytest.fixture(scope="module")
def report(judged):
    return json.loads(judged.stdout)


def test_the_estate_is_approved(judged, report):
    assert (judged.returncode, report["gate"], report["reasons"]) == (0, "approved", [])
    assert {outcome["status"] for outcome in report["outcomes"]} == {"ran"}


def test_the_report_satisfies_its_schema(report):
    Draft202012Validator(shipped("report")).validate(report)


def test_two_runs_give_the_same_bytes_whatever_the_hash_seed(judged, shared_cache):
    """The 22 stacks of production, for nearly every definition goes there: judged anew, and as they were judged above."""
    assert judged.returncode == 0
    production = ("--env", "production", "--format", "json")
    anew = validate(*production, seed="4242", cache=os.devnull)
    assert anew.stdout == validate(*production, seed="1", cache=shared_cache).stdout
    assert anew.returncode == 0


def test_every_stack_is_listed_for_every_environment_it_belongs_to(report):
    expected = set()
    for file in sorted(ROOT.glob("stacks/*/*/stack.yaml")):
        declared = yaml.safe_load(file.read_text("utf-8"))
        for name in declared["environments"]:
            environment = yaml.safe_load((ROOT / f"stacks/environments/{name}.yaml").read_text("utf-8"))
            its_own = [environment["region"], *environment.get("regions", [])]
            for region in declared.get("regions", its_own[:1]):
                if region in its_own:
                    expected.add(f"{name}/{region}/{file.parent.name}")
    assert {stack["id"] for stack in report["stacks"]} == expected


def test_the_stacks_that_the_platform_needs_are_there(report):
    slice_ = {"network", "keys", "auth", "data", "api", "alerts", "logs"}
    for environment in ("development", "staging", "production"):
        assert slice_ <= {one["definition"] for one in report["stacks"] if one["environment"] == environment}
    assert "security/us-east-1/audit-trail" in {stack["id"] for stack in report["stacks"]}
