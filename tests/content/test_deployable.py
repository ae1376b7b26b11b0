"""The platform of this repository can be deployed: what its declarations say of it, and the real thing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from skafu.deploy.submission import template_text
from skafu.load import load_repository
from skafu.model.estate import Stack, StackId
from skafu.record.log import read_run
from skafu.resolve import by_translator, resolve_estate

ROOT = Path(__file__).resolve().parents[2]
SKAFU = Path(sys.executable).with_name("skafu")

pytestmark = pytest.mark.slow

IN_A_REQUEST = 51_200
"""Bytes of a template that CreateChangeSet takes; a larger one has to lie in the bucket (CloudFormation quotas)."""


@cache
def resolved() -> dict[StackId, Stack]:
    return dict(resolve_estate(load_repository(ROOT), by_translator).stacks)


def stacks_of(*environments: str) -> set[str]:
    return {str(id_) for id_ in resolved() if id_.environment in environments}


def with_needs(stacks: set[str]) -> set[str]:
    """The stacks and all they need."""
    needed = {str(id_): {str(one.target) for one in stack.references} for id_, stack in resolved().items()}
    found = set(stacks)
    while more := {one for id_ in found for one in needed[id_]} - found:
        found |= more
    return found


def test_what_is_deployed_goes_through_the_bucket_that_the_artifacts_stack_declares():
    declared = {
        (id_.environment, id_.region): stack.template.text(
            "Resources", "ArtifactsBucket", "Properties", "BucketName"
        )
        for id_, stack in resolved().items()
        if id_.name == "artifacts"
    }
    used = {(id_.environment, id_.region): stack.deployment.bucket for id_, stack in resolved().items()}

    assert declared == used


def test_every_template_is_small_enough_for_a_request():
    sizes = {id_: len(template_text(stack.template.plain()).encode()) for id_, stack in resolved().items()}

    assert {id_: size for id_, size in sizes.items() if size > IN_A_REQUEST} == {}


class Run:
    """One `skafu deploy` in the copy that ended well, and what it recorded."""

    def __init__(self, root: Path, cache: str, *environments: str) -> None:
        self.root, self.cache = root, cache
        asked = [word for name in environments for word in ("--env", name)]
        known = set((root / "reports/runs").glob("*"))
        self.process = skafu(
            root, cache, "deploy", *asked, "--endpoint", "embedded", "--with-needs", "--as-administrator"
        )
        assert self.process.returncode == 0, self.process.stdout + self.process.stderr
        (folder,) = set((root / "reports/runs").glob("*")) - known
        self.events = list(read_run(folder))

    @property
    def results(self) -> dict[str, str]:
        return {one["stack"]: one["result"] for one in self.events if one["event"] == "stack-done"}

    @property
    def begun_too_early(self) -> list[str]:
        """The stacks that began before something that they need was done."""
        done: set[str] = set()
        early = []
        for one in self.events:
            if one["event"] == "stack-done":
                done.add(one["stack"])
            if one["event"] == "stack-started" and not with_needs({one["stack"]}) - {one["stack"]} <= done:
                early.append(one["stack"])
        return early


def skafu(root: Path, cache: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "COLUMNS": "100", "LANG": "C.UTF-8", "SKAFU_CACHE": cache}
    return subprocess.run(
        [SKAFU, *arguments], cwd=root, env=environment, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory, shared_cache):
    """A copy of this repository's declarations, with an endpoint of its own at work."""
    root = tmp_path_factory.mktemp("platform")
    for name in ("stacks", "policies", "validators"):
        shutil.copytree(ROOT / name, root / name)
    skafu(root, shared_cache, "local", "start")
    yield root
    skafu(root, shared_cache, "local", "stop", "--forget")


@pytest.fixture(scope="module")
def development(copy, shared_cache):
    return Run(copy, shared_cache, "development")


@pytest.fixture(scope="module")
def promoted(development):
    """Staging and production, after development."""
    return Run(development.root, development.cache, "staging", "production")


def test_development_is_created_with_all_it_needs_in_order(development):
    assert development.results == dict.fromkeys(with_needs(stacks_of("development")), "created")
    assert development.begun_too_early == []


def test_what_cloudformation_holds_is_what_was_judged(development):
    read_back = [one for one in development.events if one["event"] == "read-back"]

    assert {(one["template"], one["parameters"], one["tags"]) for one in read_back} == {("same",) * 3}
    assert {one["stack"] for one in read_back} == set(development.results)


def test_a_second_run_changes_nothing(development):
    again = Run(development.root, development.cache, "development")

    assert "NOTHING TO DO" in again.process.stdout
    assert again.results == dict.fromkeys(development.results, "unchanged")


def test_staging_and_production_stand_in_accounts_of_their_own(development, promoted):
    assert promoted.results == {
        stack: "unchanged" if stack in development.results else "created"
        for stack in with_needs(stacks_of("staging", "production"))
    }
    assert promoted.begun_too_early == []
    status = skafu(promoted.root, promoted.cache, "local", "status", "--format", "json")
    standing = json.loads(status.stdout)["stacks"]
    expected: dict[str, dict[str, int]] = {}
    for id_, stack in resolved().items():
        if str(id_) in {*development.results, *promoted.results}:
            regions = expected.setdefault(stack.account.id, {})
            regions[id_.region] = regions.get(id_.region, 0) + 1
    assert standing == expected


def test_what_the_endpoint_lacks_is_told_for_every_stack(development):
    stood_in = {
        one["stack"]: {each["type"] for each in one["resources"]}
        for one in development.events
        if one["event"] == "stood-in"
    }

    assert stood_in["security/us-east-1/audit-trail"] == {"AWS::CloudTrail::Trail"}
    assert "AWS::CloudTrail::Trail" in development.process.stdout
