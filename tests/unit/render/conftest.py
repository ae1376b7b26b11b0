"""Reports to render, and golden files to hold them against."""

from __future__ import annotations

import hashlib
import os
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from skafu.model.estate import StackId
from skafu.model.finding import Finding, NotEvaluated, Severity
from skafu.model.place import Location
from skafu.model.report import Report, ReportedOutcome, ReportedStack
from skafu.model.verdict import Decided, Decision
from skafu.render.console import show

GOLDEN = Path(__file__).parents[2] / "golden" / "render"

STORAGE = "stacks/platform/storage/template.yaml"
API = "stacks/platform/api/template.yaml"
FILES = {
    STORAGE: (
        "Resources:",
        "  Uploads:",
        "    Type: AWS::S3::Bucket",
        "    Properties:",
        '      BucketName: !Sub "${Estate}-uploads"',
        "  Orders:",
        "    Type: AWS::DynamoDB::Table",
        "    Properties:",
        "      BillingMode: PAY_PER_REQUEST",
        "      SSESpecification: {SSEEnabled: false}",
    ),
    API: (
        "Transform: AWS::Serverless-2016-10-31",
        "Resources:",
        "  Api:",
        "    Type: AWS::Serverless::Api",
        "    Properties:",
        "      StageName: v1",
        "      RequestValidator: full",
    ),
}


def sources(file):
    return FILES.get(file, ())


def digest(text, length):
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def stack(name, environment, gate="approved", region="eu-west-1"):
    return ReportedStack(
        id=StackId(environment, region, name),
        definition=name,
        environment=environment,
        account=environment if environment == "production" else "workloads",
        region=region,
        digest=digest(environment + region + name, 64),
        gate=gate,
    )


def finding(rule, location, stacks=(), **fields):
    values = {
        "tool": "checkov",
        "severity": Severity.HIGH,
        "title": f"What {rule} asks for",
        "message": f"{rule} does not hold here.",
        "fingerprint": digest(f"{rule}{location}", 32),
    }
    return Finding(rule=rule, location=location, stacks=tuple(stacks), **{**values, **fields})


def report(gate="approved", reasons=(), stacks=(), outcomes=(), findings=(), not_evaluated=()):
    return Report(
        tool={"skafu": "0.1.0", "cfn-lint": "1.58.0", "checkov": "3.3.30"},
        gate=gate,
        reasons=tuple(reasons),
        stacks=tuple(stacks),
        outcomes=tuple(outcomes),
        findings=tuple(findings),
        not_evaluated=tuple(not_evaluated),
    )


def _approved():
    return report(
        stacks=[
            stack(name, environment)
            for name in ("api", "storage")
            for environment in ("development", "production", "staging")
        ],
        outcomes=[ReportedOutcome("cfn-lint", "ran", ""), ReportedOutcome("checkov", "ran", "")],
    )


def _blocked():
    production = StackId("production", "eu-west-1", "storage")
    staging = StackId("staging", "eu-west-1", "storage")
    return report(
        gate="blocked",
        reasons=["2 findings block.", "policies failed, so not everything was judged."],
        stacks=[
            stack("api", "development"),
            stack("api", "production", "blocked"),
            stack("api", "production", "blocked", region="us-east-1"),
            stack("audit", "production"),
            stack("storage", "development"),
            stack("storage", "production", "blocked"),
            stack("storage", "staging", "blocked"),
        ],
        outcomes=[
            ReportedOutcome("cfn-lint", "ran", ""),
            ReportedOutcome("checkov", "ran", ""),
            ReportedOutcome("layering", "not_applicable", "there is only one layer"),
            ReportedOutcome(
                "policies",
                "errored",
                "no answer within 60 s for production/eu-west-1/api (tables-recoverable)",
            ),
        ],
        findings=[
            Decided(
                finding(
                    "E3002",
                    Location(API, 7, 7),
                    [StackId("production", region, "api") for region in ("eu-west-1", "us-east-1")],
                    tool="cfn-lint",
                    severity=Severity.HIGH,
                    title="Resource properties are invalid",
                    message="Additional properties are not allowed ('RequestValidator' was unexpected)",
                    logical_id="Api",
                    path="Resources.Api.Properties.RequestValidator",
                    help="https://github.com/aws-cloudformation/cfn-lint/blob/main/docs/rules.md#E3002",
                ),
                Decision.BLOCKING,
            ),
            Decided(
                finding(
                    "tables-encrypted",
                    Location(STORAGE, 10, 26),
                    [production, staging],
                    tool="policies",
                    severity=Severity.CRITICAL,
                    title="Tables are encrypted with a key of our own",
                    message="Orders is stored without a key of our own: SSEEnabled is false in production and in "
                    "staging, where customer data is kept.",
                    logical_id="Orders",
                    path="Resources.Orders.Properties.SSESpecification.SSEEnabled",
                    controls=("cis:3.1", "soc2:CC6.1"),
                    help="Set SSEEnabled to true and name the key in KMSMasterKeyId.",
                ),
                Decision.BLOCKING,
            ),
            Decided(
                finding("CKV_AWS_21", Location(STORAGE, 2, 3), [production], severity=Severity.MEDIUM),
                Decision.ADVISORY,
            ),
            Decided(
                finding(
                    "W3045", Location(STORAGE, 3, 5), [production], tool="cfn-lint", severity=Severity.INFO
                ),
                Decision.ADVISORY,
            ),
            Decided(
                finding("CKV_AWS_18", Location(STORAGE, 2, 3), [production, staging]),
                Decision.WAIVED,
                "W-2026-004",
            ),
        ],
        not_evaluated=[
            NotEvaluated(
                "CKV_AWS_7",
                "checkov",
                production,
                "Key",
                "the key's id is known after deployment",
                Location(STORAGE, 6, 3),
            ),
            NotEvaluated(
                "tables-recoverable",
                "policies",
                production,
                "Orders",
                "an export is not known",
                Location(STORAGE, 6, 3),
            ),
        ],
    )


def _empty():
    return report(gate="blocked", reasons=["no stacks found under stacks/"])


def _many():
    staging = StackId("staging", "eu-west-1", "storage")
    return report(
        gate="blocked",
        reasons=["29 findings block."],
        stacks=[stack("storage", "staging", "blocked")],
        outcomes=[ReportedOutcome("checkov", "ran", "")],
        findings=[
            Decided(
                finding(f"CKV_AWS_{number % 3}", Location(STORAGE, number + 1, 1), [staging]),
                Decision.BLOCKING,
            )
            for number in range(29)
        ],
    )


def _hostile():
    evil = "\x1b]0;owned\x07[red]red[/red] | `x` <img src=x onerror=alert(1)> @admin #1 \u202egnp.exe\n## Approved"
    return report(
        gate="blocked",
        reasons=[evil],
        stacks=[stack("storage", "staging", "blocked")],
        outcomes=[ReportedOutcome("checkov", "errored", evil)],
        findings=[
            Decided(
                finding(
                    "own-rule",
                    Location("stacks/\x1b[2Jevil|`.yaml", 1, 9),
                    [StackId("staging", "eu-west-1", "storage")],
                    title=evil,
                    message=evil,
                    help=evil,
                ),
                Decision.BLOCKING,
            )
        ],
    )


REPORTS = {"approved": _approved, "blocked": _blocked, "empty": _empty, "many": _many, "hostile": _hostile}


@pytest.fixture
def reports():
    """Name -> report: the samples that every format is shown with."""
    return {name: make() for name, make in REPORTS.items()}


@pytest.fixture
def reading():
    """The source files of the samples, as renderers read them."""
    return sources


@pytest.fixture
def make():
    """How to make a report and its parts in one line each."""

    class Make:
        report = staticmethod(report)
        stack = staticmethod(stack)
        finding = staticmethod(finding)

    return Make


@pytest.fixture
def golden():
    """Compare with a golden file; `SKAFU_GOLDEN=write` writes the files instead."""

    def compare(name, text):
        path = GOLDEN / name
        if os.environ.get("SKAFU_GOLDEN") == "write":
            path.write_text(text, encoding="utf-8", newline="")
        assert path.exists(), f"{name} is missing: run once with SKAFU_GOLDEN=write and read what it wrote"
        with path.open(encoding="utf-8", newline="") as file:
            assert text == file.read()

    return compare


@pytest.fixture
def printed():
    """What `show` prints on a console, trailing spaces aside."""

    def run(a_report, *, width=80, reading=sources, **options):
        file = options.pop("file", None) or StringIO()
        console = Console(file=file, width=width, _environ=options.pop("environ", {}), **options)
        with console.capture() as captured:
            show(a_report, reading, console=console)
        return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())

    return run
