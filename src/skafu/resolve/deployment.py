"""How deployments reach the account of one stack, read from `accounts.yaml`."""

from __future__ import annotations

import re
from dataclasses import asdict

from skafu.model.estate import Deployment
from skafu.model.finding import Finding
from skafu.model.node import Node
from skafu.resolve.findings import finding
from skafu.resolve.interpolate import Paths, UnknownPathError, interpolate

BUCKET = re.compile(r"(?!\d+(\.\d+){3}$)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
"""A name that S3 takes for a bucket (Bucket naming rules, S3 User Guide), without dots, which break TLS."""

ROLE = re.compile(r"[\w+=,.@/-]{1,512}", re.ASCII)
"""A name, with its path, that IAM takes for a role (CreateRole, API Reference)."""


def deployment_of(declared: Node | None, paths: Paths) -> tuple[Deployment, list[Finding]]:
    """The deployment of a stack whose `${...}` paths are `paths`; what is wrong with it is empty in it."""
    findings: list[Finding] = []

    def read(key: str, allowed: re.Pattern[str] | None) -> str:
        node = declared.get(key) if declared else None
        if node is None:
            return ""
        try:
            value = interpolate(node, paths).value
        except UnknownPathError as error:
            findings.append(finding("definition-reference", error.message, node.place, fix=error.hint))
            return ""
        if isinstance(value, str) and (allowed is None or allowed.fullmatch(value)):
            return value
        message = f'{key} is "{value}" here, which AWS does not take'
        findings.append(finding("definition-reference", message, node.place))
        return ""

    default = f"{paths.estate}-artifacts-{paths.account.id}-{paths.region}"
    return (
        Deployment(
            deployer_role=paths.account.deployer_role,
            external_id=read("external_id", None),
            execution_role=read("execution_role", ROLE),
            bucket=read("bucket", BUCKET) or default,
            reader_role=read("reader_role", ROLE),
            estate=paths.estate,
        ),
        findings,
    )


def approved_part(deployment: Deployment | None, session_policy: str) -> dict[str, str]:
    """What an approval is bound to, of how a stack is deployed: whose rights, and where its lock and its code lie.

    Args:
        deployment: of the stack.
        session_policy: what sessions may do at most, as JSON; empty for all that the role may.
    """
    return {**asdict(deployment), "session_policy": session_policy} if deployment else {}
