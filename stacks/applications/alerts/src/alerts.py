"""Rules on metrics, and what happens when a recorded metric breaks one."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, Inexact, Overflow, Subnormal
from typing import Any, Protocol

PAGE = 100
"""Rules and alerts in one answer, at most."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_LATEST = "~"  # sorts after everything that a key begins with
_CURSOR = re.compile(r"[ -~]{1,200}")  # `next` is shorter; DynamoDB fails on a key of more than 1,024 bytes
# What DynamoDB holds: 38 digits, from 1e-130 to less than 1e126. Anything else it would fail on.
_NUMBERS = Context(prec=38, Emin=-130, Emax=125, traps=[Inexact, Overflow, Subnormal])


class Table(Protocol):
    """What is used of a DynamoDB table resource of boto3."""

    def get_item(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102
    def put_item(self, *, Item: dict[str, Any]) -> object: ...  # noqa: D102, N803 - boto3's own name
    def query(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102


class Topic(Protocol):
    """What is used of an SNS topic resource of boto3."""

    def publish(self, *, Subject: str, Message: str) -> object: ...  # noqa: D102, N803 - boto3's own names


class InvalidRule(ValueError):  # noqa: N818 - it names what is wrong, not that something is
    """What was sent is not a rule. The message may be shown to who sent it."""


class InvalidQuestion(ValueError):  # noqa: N818 - the same
    """Nothing can be found like this. The message may be shown to who asked."""


@dataclass(frozen=True, slots=True)
class Rule:
    """When a metric deserves an alert.

    Attributes:
        id: unique among those of its owner and metric. A client that may send one twice names it.
        owner: whose rule, and whose metric.
        metric: name of the metric.
        comparison: `above` or `below`.
        threshold: a value equal to it breaks no rule.
    """

    id: str
    owner: str
    metric: str
    comparison: str
    threshold: Decimal

    def broken_by(self, value: Decimal) -> bool:
        """Whether `value` deserves an alert."""
        return value > self.threshold if self.comparison == "above" else value < self.threshold


@dataclass(frozen=True, slots=True)
class Recorded:
    """A metric as the stream of the metrics table tells of it.

    Attributes:
        owner: who recorded it.
        name: what was measured.
        value: as exact as it was sent.
        key: its sort key, unique among the metrics of its name.
    """

    owner: str
    name: str
    value: Decimal
    key: str


def from_body(body: Any, owner: str) -> Rule:
    """The rule that a request's body describes.

    Raises:
        InvalidRule: it does not describe one.
    """
    if not isinstance(body, dict):
        raise InvalidRule("The body must be a JSON object.")
    metric, comparison, threshold = body.get("metric"), body.get("comparison"), body.get("threshold")
    if not isinstance(metric, str) or not _NAME.fullmatch(metric):
        raise InvalidRule("metric must begin with a letter and hold up to 100 of A-Z a-z 0-9 _ . -")
    if comparison not in ("above", "below"):
        raise InvalidRule("comparison must be above or below.")
    # bool is an int to Python, and no threshold.
    if isinstance(threshold, bool) or not isinstance(threshold, int | float | Decimal):
        raise InvalidRule("threshold must be a number.")
    number = Decimal(str(threshold))
    if not number.is_finite():
        raise InvalidRule("threshold must be finite.")
    try:
        number = _NUMBERS.create_decimal(number)
    except ArithmeticError:
        raise InvalidRule("threshold must have at most 38 digits and lie between 1e-130 and 1e126.") from None
    id_ = body.get("id", uuid.uuid4().hex)
    if not isinstance(id_, str) or not _ID.fullmatch(id_):
        raise InvalidRule("id must hold 1 to 64 of A-Z a-z 0-9 -")
    return Rule(id_, owner, metric, comparison, number)


def keep(table: Table, rule: Rule, now: datetime) -> None:
    """Put the rule into the table; the same rule again takes its own place again."""
    table.put_item(
        Item={
            "pk": _partition(rule.owner, rule.metric),
            "sk": f"RULE#{rule.id}",
            "gsi1pk": f"USER#{rule.owner}",
            "gsi1sk": f"{_text(now)}#{rule.id}",
            "kind": "rule",
            "id": rule.id,
            "metric": rule.metric,
            "comparison": rule.comparison,
            "threshold": rule.threshold,
            "at": _text(now),
        }
    )


def latest(table: Table, owner: str, before: str = "") -> dict[str, Any]:
    """The rules and alerts of one owner, newest first, as the answer to a request.

    Args:
        table: the alerts table.
        owner: whose.
        before: the `next` of the answer before, to go on behind it.

    Raises:
        InvalidQuestion: no answer ended there.
    """
    if before and not _CURSOR.fullmatch(before):
        raise InvalidQuestion("before must be the next of an answer.")
    found = table.query(
        IndexName="GSI1",
        KeyConditionExpression="gsi1pk = :of AND gsi1sk < :before",
        ExpressionAttributeValues={":of": f"USER#{owner}", ":before": before or _LATEST},
        ScanIndexForward=False,
        Limit=PAGE,
    )
    items = found["Items"]
    shown = ("kind", "id", "metric", "comparison", "threshold", "value", "at")
    answer: dict[str, Any] = {"alerts": [{key: item[key] for key in shown if key in item} for item in items]}
    if "LastEvaluatedKey" in found:
        answer["next"] = items[-1]["gsi1sk"]
    return answer


def check(table: Table, topic: Topic | None, metric: Recorded, now: datetime, keep: timedelta) -> int:
    """Announce and keep an alert for every rule that the metric breaks. How many were new.

    A record of a stream can come twice: with a batch that fails behind it, for instance. What is kept was
    announced, so it is passed over. Announcing comes first, so that nothing is lost when the table then
    fails: an alert is announced at least once, and kept exactly once.

    Args:
        table: the alerts table.
        topic: where alerts are announced; None where they are only kept.
        metric: what was recorded.
        now: when it is checked.
        keep: how long the table keeps an alert.
    """
    broken = [rule for rule in _rules(table, metric) if rule.broken_by(metric.value)]
    fresh = [rule for rule in broken if not _is_kept(table, rule, metric)]
    for rule in fresh:
        if topic is not None:
            topic.publish(Subject=f"Skafu alert: {metric.name}"[:100], Message=_message(rule, metric))
        table.put_item(
            Item={
                **_place(rule, metric),
                "gsi1pk": f"USER#{rule.owner}",
                "gsi1sk": f"{metric.key}#{rule.id}",
                "kind": "alert",
                "id": rule.id,
                "metric": metric.name,
                "comparison": rule.comparison,
                "threshold": rule.threshold,
                "value": metric.value,
                "at": _text(now),
                "expires_at": int((now + keep).timestamp()),
            }
        )
    return len(fresh)


def _place(rule: Rule, metric: Recorded) -> dict[str, str]:
    """The key of the alert that a metric raised by a rule."""
    return {"pk": _partition(rule.owner, rule.metric), "sk": f"ALERT#{metric.key}#{rule.id}"}


def _is_kept(table: Table, rule: Rule, metric: Recorded) -> bool:
    return "Item" in table.get_item(Key=_place(rule, metric), ConsistentRead=True)


def _rules(table: Table, metric: Recorded) -> Iterator[Rule]:
    request: dict[str, Any] = {
        "KeyConditionExpression": "pk = :of AND begins_with(sk, :rule)",
        "ExpressionAttributeValues": {":of": _partition(metric.owner, metric.name), ":rule": "RULE#"},
    }
    while True:
        found = table.query(**request)
        for item in found["Items"]:
            yield Rule(item["id"], metric.owner, metric.name, item["comparison"], item["threshold"])
        if "LastEvaluatedKey" not in found:
            return
        request["ExclusiveStartKey"] = found["LastEvaluatedKey"]


def _message(rule: Rule, metric: Recorded) -> str:
    return json.dumps(
        {
            "rule": rule.id,
            "owner": rule.owner,
            "metric": metric.name,
            "value": str(metric.value),
            "comparison": rule.comparison,
            "threshold": str(rule.threshold),
        }
    )


def _partition(owner: str, metric: str) -> str:
    return f"USER#{owner}#METRIC#{metric}"


def _text(time: datetime) -> str:
    """Always UTC and microseconds, so that texts sort like times."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
