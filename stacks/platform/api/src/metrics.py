"""Metrics as a customer sends them, and as the table holds them."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, Inexact, Overflow, Subnormal
from typing import Any, Protocol

PAGE = 100
"""Metrics in one answer, at most."""

# The same as in the model of the API: a function is also called from elsewhere than its gateway.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_LATEST = "~"  # sorts after every timestamp
_CURSOR = re.compile(r"[ -~]{1,200}")  # `next` is shorter; DynamoDB fails on a key of more than 1,024 bytes
# What DynamoDB holds: 38 digits, from 1e-130 to less than 1e126. Anything else it would fail on.
_NUMBERS = Context(prec=38, Emin=-130, Emax=125, traps=[Inexact, Overflow, Subnormal])


class Table(Protocol):
    """What is used of a DynamoDB table resource of boto3."""

    def put_item(self, *, Item: dict[str, Any]) -> object: ...  # noqa: D102, N803 - boto3's own name
    def query(self, **request: Any) -> dict[str, Any]: ...  # noqa: D102


class InvalidMetric(ValueError):  # noqa: N818 - it names what is wrong, not that something is
    """What was sent is not a metric. The message may be shown to who sent it."""


class InvalidQuestion(ValueError):  # noqa: N818 - the same
    """No metric can be found like this. The message may be shown to who asked."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One measurement.

    Attributes:
        id: unique, so that two measurements of the same instant are two. A client that may send one twice
            names it, and sends the same name again.
        name: what was measured.
        value: as exact as it was sent.
        unit: as the customer calls it; may be empty.
        timestamp: when it was measured, UTC.
    """

    id: str
    name: str
    value: Decimal
    unit: str
    timestamp: datetime

    @property
    def sort_key(self) -> str:
        """Time first, so that keys sort by it."""
        return f"{_text(self.timestamp)}#{self.id}"


def from_body(body: Any, now: datetime) -> Metric:
    """The metric that a request's body describes.

    Args:
        body: the decoded JSON.
        now: when it arrived; the time of a metric that brings none.

    Raises:
        InvalidMetric: it is not one.
    """
    if not isinstance(body, dict):
        raise InvalidMetric("The body must be a JSON object.")
    name = body.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidMetric("name must begin with a letter and hold up to 100 of A-Z a-z 0-9 _ . -")
    unit = body.get("unit", "")
    if not isinstance(unit, str):
        raise InvalidMetric("unit must be a string.")
    id_ = body.get("id", uuid.uuid4().hex)
    if not isinstance(id_, str) or not _ID.fullmatch(id_):
        raise InvalidMetric("id must hold 1 to 64 of A-Z a-z 0-9 -")
    # The time is part of the key: with that of its arrival, a metric that comes again would be another.
    if "id" in body and body.get("timestamp") is None:
        raise InvalidMetric("A metric with an id needs its timestamp.")
    return Metric(id_, name, _value(body.get("value")), unit, _time(body.get("timestamp"), now))


def record(table: Table, owner: str, metric: Metric, now: datetime, keep: timedelta) -> None:
    """Put the metric of one owner into the table, which forgets it when `keep` is over.

    The same metric again takes its own place again: a client may repeat what it got no answer to.
    """
    table.put_item(
        Item={
            "pk": f"USER#{owner}#METRIC#{metric.name}",
            "sk": metric.sort_key,
            "gsi1pk": f"USER#{owner}",
            "gsi1sk": metric.sort_key,
            "owner": owner,
            "name": metric.name,
            "value": metric.value,
            "unit": metric.unit,
            "timestamp": _text(metric.timestamp),
            "expires_at": int((now + keep).timestamp()),
        }
    )


def latest(table: Table, owner: str, name: str = "", before: str = "") -> dict[str, Any]:
    """The newest metrics of one owner, newest first, as the answer to a request.

    Args:
        table: the metrics table.
        owner: whose.
        name: of this name only; empty for all.
        before: the `next` of the answer before, to go on behind it.

    Raises:
        InvalidQuestion: no metric has that name, or no answer ended there.
    """
    if name and not _NAME.fullmatch(name):
        raise InvalidQuestion("name must begin with a letter and hold up to 100 of A-Z a-z 0-9 _ . -")
    if before and not _CURSOR.fullmatch(before):
        raise InvalidQuestion("before must be the next of an answer.")
    keys = {"IndexName": "GSI1", "KeyConditionExpression": "gsi1pk = :of AND gsi1sk < :before"}
    if name:
        keys = {"KeyConditionExpression": "pk = :of AND sk < :before"}
    found = table.query(
        **keys,
        ExpressionAttributeValues={
            ":of": f"USER#{owner}#METRIC#{name}" if name else f"USER#{owner}",
            ":before": before or _LATEST,
        },
        ScanIndexForward=False,
        Limit=PAGE,
    )
    items = found["Items"]
    answer: dict[str, Any] = {
        "metrics": [{key: item[key] for key in ("name", "value", "unit", "timestamp")} for item in items]
    }
    if "LastEvaluatedKey" in found:
        answer["next"] = items[-1]["sk"]
    return answer


def _value(value: Any) -> Decimal:
    # bool is an int to Python, and no measurement.
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise InvalidMetric("value must be a number.")
    number = Decimal(str(value))
    if not number.is_finite():
        raise InvalidMetric("value must be finite.")
    try:
        return _NUMBERS.create_decimal(number)
    except ArithmeticError:
        raise InvalidMetric("value must have at most 38 digits and lie between 1e-130 and 1e126.") from None


def _time(value: Any, now: datetime) -> datetime:
    if value is None:
        return now
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise InvalidMetric("timestamp must be a date and time by RFC 3339.") from None
    if time.tzinfo is None:
        raise InvalidMetric("timestamp must say its time zone, Z for UTC.")
    try:
        return time.astimezone(UTC)
    except OverflowError:  # the first or the last day there is, in another zone
        raise InvalidMetric("timestamp must be a date and time by RFC 3339.") from None


def _text(time: datetime) -> str:
    """Always UTC and microseconds, so that texts sort like times."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
