"""A case that is approved, to be made worse."""

from __future__ import annotations

from datetime import date

import pytest

from skafu.gate import Case
from skafu.model.estate import Account, Definition, Environment, Stack, StackId
from skafu.model.finding import Finding, Ran, Severity
from skafu.model.node import Node
from skafu.model.place import Location
from skafu.model.verdict import Thresholds, Waiver

TODAY = date(2027, 3, 31)
NOTHING = Node({}, Location("stack.yaml"))


@pytest.fixture(scope="session")
def id_():
    def made(text):
        return StackId(*text.split("/"))

    return made


@pytest.fixture(scope="session")
def stack(id_):
    def made(text, obstacle=""):
        id_made = id_(text)
        return Stack(
            id=id_made,
            definition=Definition(id_made.name, "layer", "", (id_made.environment,), (), NOTHING),
            account=Account(id_made.environment, "1" * 12, "", "", "", (), NOTHING),
            environment=Environment(
                id_made.environment, id_made.environment, id_made.region, (id_made.region,), NOTHING
            ),
            stack_name=id_made.name,
            source=NOTHING,
            template=NOTHING,
            parameters={},
            tags={},
            references=(),
            digest=f"{id_made.name[0] * 64}",
            obstacle=obstacle,
        )

    return made


@pytest.fixture(scope="session")
def finding(id_):
    def made(
        severity="high", stacks="staging/us-east-1/api", rule="r", logical_id="Table", *, bad_input=False
    ):
        return Finding(
            rule=rule,
            tool="policies",
            severity=Severity(severity),
            title="",
            message="",
            location=Location("t.yaml", 3, 5),
            stacks=tuple(id_(text) for text in stacks.split()),
            logical_id=logical_id,
            bad_input=bad_input,
        )

    return made


@pytest.fixture(scope="session")
def waiver():
    def made(*, expires=TODAY, rule="r", stacks=("api",), resources=("Table",), environments=(), name="W-1"):
        at = Location("policies/waivers.yaml", 2, 3)
        return Waiver(
            name, rule, stacks, resources, environments, "me", "you", "a reason", "T-1", expires, at
        )

    return made


@pytest.fixture(scope="session")
def case(id_, stack):
    def made(*ids, **changes):
        ids = ids or ("staging/us-east-1/api",)
        values = {
            "stacks": {id_(text): stack(text) for text in ids},
            "validators": ("checkov", "policies"),
            "outcomes": {name: {id_(text): Ran() for text in ids} for name in ("checkov", "policies")},
            "findings": (),
            "thresholds": Thresholds(Severity.HIGH, {"production": Severity.LOW}),
            "waivers": (),
            "today": TODAY,
        }
        return Case(**{**values, **changes})

    return made
