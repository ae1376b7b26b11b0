"""Clients of the embedded endpoint, without anything of skafu in between."""

from __future__ import annotations

import boto3
import pytest
from botocore.config import Config


@pytest.fixture(scope="session")
def connect(ministack):
    """`connect(service, account, region)`: a client of MiniStack, without anything of skafu in between."""
    session = boto3.session.Session()

    def client(service, account, region="eu-west-1", **config):
        return session.client(
            service,
            region_name=region,
            endpoint_url=ministack,
            aws_access_key_id=account,
            aws_secret_access_key="made-up",  # noqa: S106 - on purpose, and good for nothing
            config=Config(
                proxies={},
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
                max_pool_connections=50,
                **config,
            ),
        )

    return client
