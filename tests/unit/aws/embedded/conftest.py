"""Clients of an embedded endpoint, without anything of skafu in between."""

from __future__ import annotations

import sys
import time

import boto3
import pytest
from botocore.config import Config

from skafu.aws.embedded.environment import status


@pytest.fixture(scope="session")
def client():
    """`client(url, service, account, region)`; MiniStack takes the access key for the account."""
    session = boto3.session.Session()

    def made(url, service, account, region="eu-west-1"):
        return session.client(
            service,
            region_name=region,
            endpoint_url=url,
            aws_access_key_id=account,
            aws_secret_access_key="made-up",  # noqa: S106 - on purpose, and good for nothing
            config=Config(proxies={}, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    return made


@pytest.fixture(scope="session")
def settled():
    """`settled(cloudformation, name)`: the stack once nothing is under way."""

    def wait(cloudformation, name):
        while True:
            stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                return stack
            time.sleep(0.02)

    return wait


@pytest.fixture
def environment_of(monkeypatch):
    """An environment that claims to be the locked MiniStack's, whose `python` does something else."""

    def made(home, does):
        ready = status()
        package = home / "lib" / "python3.11" / "site-packages" / f"ministack-{ready.version}.dist-info"
        package.mkdir(parents=True)
        (package / "METADATA").write_text(f"Name: ministack\nVersion: {ready.version}\n", encoding="ascii")
        python = home / "bin" / "python"
        python.parent.mkdir()
        python.write_text(f"#!{sys.executable}\n{does}\n", encoding="utf-8")
        python.chmod(0o755)
        monkeypatch.setenv("SKAFU_MINISTACK_PYTHON", str(python))

    return made
