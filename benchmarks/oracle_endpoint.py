"""Stacks deployed to the embedded endpoint.

Nothing here can reach AWS: every client gets the endpoint's address, made-up credentials and no proxy.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import oracle_readers
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from botocore.parsers import ResponseParserError  # type: ignore[import-untyped]

from skafu.aws.embedded.server import embedded

PATIENCE = 30.0
"""Seconds that a stack may take to settle."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The child, as clients see it.

    Attributes:
        url: where it listens, e.g. `http://127.0.0.1:40001`.
        session: makes the clients; one for all, because it keeps what it has read.
    """

    url: str
    session: boto3.session.Session

    def client(self, service: str, account: str, region: str) -> Any:
        """A client of one account (twelve digits); MiniStack takes the access key for the account."""
        return self.session.client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=account,
            aws_secret_access_key="made-up",  # noqa: S106 - on purpose, and good for nothing
            config=Config(proxies={}, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )


@dataclass(frozen=True, slots=True)
class Deployed:
    """What stands after a deployment.

    Attributes:
        refused: why CloudFormation did not take it; then the rest is empty.
        resources: logical id -> (type, physical id).
        outputs: output -> `Value`, `Description` and `Export.Name`, as far as it has them.
        nested: the same inside of nested stacks, as `Child.Queue` -> physical id.
        properties: logical id -> the properties that the service states; only of types with a reader.
        stack_id: the ARN of the stack.
        retained: the resources that outlived the stack; only of types with a reader.
    """

    refused: str = ""
    resources: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    nested: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    stack_id: str = ""
    retained: frozenset[str] = frozenset()


class Account:
    """One account and region of the endpoint."""

    def __init__(self, endpoint: Endpoint, account: str, region: str) -> None:
        self._endpoint = endpoint
        self._place = (account, region)
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """The client of a service, made once."""
        if service not in self._clients:
            self._clients[service] = self._endpoint.client(service, *self._place)
        return self._clients[service]

    def remember(self, values: Mapping[str, str]) -> None:
        """Put values into Parameter Store."""
        for name, value in values.items():
            self.client("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)

    def upload(self, bucket: str, key: str, text: str) -> None:
        """Put a file into a bucket, which is made if need be."""
        with contextlib.suppress(ClientError):  # it is there already
            where = {"LocationConstraint": self._place[1]}
            self.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=text.encode())

    def deploy(self, name: str, template: str, parameters: Mapping[str, str]) -> Deployed:
        """Create a stack, wait for it and read everything back."""
        cloudformation = self.client("cloudformation")
        try:
            cloudformation.create_stack(
                StackName=name,
                TemplateBody=template,
                Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
                Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
            )
        except ClientError as error:
            return Deployed(refused=error.response["Error"]["Message"])
        except ResponseParserError as error:
            return Deployed(refused=f"MiniStack broke down: {str(error).splitlines()[-1]}")
        stack = self._settled(name)
        if stack["StackStatus"] != "CREATE_COMPLETE":
            reason = self._failure(name) or stack["StackStatus"]
            self.delete(name)
            return Deployed(refused=reason)
        resources = self._resources(name)
        read = {
            logical_id: oracle_readers.read(self.client, *what)
            for logical_id, what in resources.items()
            if what[0] in oracle_readers.READERS
        }
        return Deployed(
            resources=resources,
            nested={
                f"{child}.{inner}": id_
                for child, (kind, stack_id) in resources.items()
                if kind == "AWS::CloudFormation::Stack"
                for inner, (_, id_) in self._resources(stack_id).items()
            },
            outputs={one["OutputKey"]: _output(one) for one in stack.get("Outputs", ())},
            properties={logical_id: found for logical_id, found in read.items() if found is not None},
            stack_id=stack["StackId"],
        )

    def once(self, name: str, template: str, parameters: Mapping[str, str]) -> Deployed:
        """Deploy, read back, delete, and look what was retained."""
        deployed = self.deploy(name, template, parameters)
        if deployed.refused:
            return deployed
        self.delete(name)
        left = [
            logical_id
            for logical_id in deployed.properties
            if oracle_readers.read(self.client, *deployed.resources[logical_id]) is not None
        ]
        return replace(deployed, retained=frozenset(left))

    def delete(self, name: str) -> None:
        """Delete a stack and wait until it is gone."""
        self.client("cloudformation").delete_stack(StackName=name)
        self._settled(name)

    def _resources(self, stack: str) -> dict[str, tuple[str, str]]:
        found = self.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
        return {one["LogicalResourceId"]: (one["ResourceType"], one["PhysicalResourceId"]) for one in found}

    def _settled(self, name: str) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                stack: dict[str, Any] = self.client("cloudformation").describe_stacks(StackName=name)[
                    "Stacks"
                ][0]
            except ClientError:
                return {"StackStatus": "DELETE_COMPLETE"}
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                return stack
            time.sleep(0.02)
        raise TimeoutError(f"the stack {name} did not settle within {PATIENCE:g} s")

    def _failure(self, name: str) -> str:
        """The earliest failure among the events of a stack."""
        events = self.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        reasons = [one.get("ResourceStatusReason", "") for one in events if "FAILED" in one["ResourceStatus"]]
        return reasons[-1] if reasons else ""


def _output(described: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {"Value": described["OutputValue"]}
    if described.get("Description"):
        found["Description"] = described["Description"]
    if described.get("ExportName"):
        found["Export"] = {"Name": described["ExportName"]}
    return found


@contextmanager
def fresh() -> Iterator[Endpoint]:
    """An embedded endpoint in which nothing stands, for as long as the block lasts.

    Raises:
        SkafuError: it did not start; the message says why.
    """
    with tempfile.TemporaryDirectory(prefix="skafu-oracle-") as folder, embedded(Path(folder)) as url:
        yield Endpoint(url, boto3.session.Session())
