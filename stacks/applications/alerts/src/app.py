"""The alerts API, and the watch over the stream of recorded metrics.

POST /api/alerts keeps a rule, GET /api/alerts shows rules and alerts. The stream of the metrics table
calls the same function: both sides must agree on what a rule is.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import alerts
import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig
from aws_lambda_powertools.event_handler.exceptions import BadRequestError
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities import parameters
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
tracer = Tracer()
counts = Metrics()
app = APIGatewayRestResolver(
    cors=CORSConfig(
        allow_origin=os.environ["CORS_ORIGINS"],
        allow_headers=["Content-Type", "Authorization", "X-Amz-Date", "X-Api-Key", "X-Amz-Security-Token"],
    )
)


@dataclass(frozen=True, slots=True)
class Services:
    """What the function works with, so that a test can bring its own.

    Attributes:
        announces: whether alerts are announced at present, besides being kept.
    """

    table: alerts.Table
    topic: alerts.Topic
    announces: Callable[[], bool]


@app.post("/api/alerts")
def create_alert() -> tuple[dict[str, Any], int]:
    """Keep the rule in the body. 201 with its id, 400 if it is none."""
    try:
        rule = alerts.from_body(app.current_event.json_body, _owner())
    except ValueError as error:  # of ours, or of the JSON decoder
        raise BadRequestError(str(error)) from error
    alerts.keep(app.context["table"], rule, datetime.now(UTC))
    counts.add_metric("RulesKept", MetricUnit.Count, 1)
    return {"id": rule.id}, 201


@app.get("/api/alerts")
def get_alerts() -> dict[str, Any]:
    """The rules and alerts of who asks, newest first, on from `before`.

    400 if no answer ended there: what a caller got wrong must not count as an error of ours, for errors take a
    new version back.
    """
    before = app.current_event.get_query_string_value("before", "") or ""
    try:
        found = alerts.latest(app.context["table"], _owner(), before)
    except alerts.InvalidQuestion as error:
        raise BadRequestError(str(error)) from error
    counts.add_metric("AlertsRead", MetricUnit.Count, len(found["alerts"]))
    return {**found, "alerts": [{key: _json(value) for key, value in a.items()} for a in found["alerts"]]}


@logger.inject_lambda_context
@tracer.capture_lambda_handler(capture_response=False)
@counts.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """What Lambda calls, for API Gateway and for the stream."""
    return respond(event, context, _services())


def respond(event: dict[str, Any], context: LambdaContext, services: Services) -> dict[str, Any]:
    """Answer a request of API Gateway, or check a batch of records.

    For a batch the answer names the records that failed; Lambda tries again from the first of them.
    """
    if "Records" not in event:
        app.context["table"] = services.table
        return app.resolve(event, context)

    topic = services.topic if services.announces() else None
    keep = timedelta(days=int(os.environ["METRICS_RETENTION_DAYS"]))

    def check(record: DynamoDBRecord) -> None:
        raised = alerts.check(services.table, topic, _recorded(record), datetime.now(UTC), keep)
        counts.add_metric("AlertsRaised", MetricUnit.Count, raised)
        logger.debug("Checked a metric", alerts=raised)

    # It must say so when every record failed, too, rather than raise: Lambda then bisects the batch.
    processor = BatchProcessor(event_type=EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)
    answer = process_partial_response(event=event, record_handler=check, processor=processor, context=context)
    return dict(answer)


def _recorded(record: DynamoDBRecord) -> alerts.Recorded:
    change = record.dynamodb
    item = change.new_image if change else None
    if not item:
        raise ValueError("The record holds no new image: is the stream NEW_AND_OLD_IMAGES?")
    return alerts.Recorded(item["owner"], item["name"], item["value"], item["sk"])


def _owner() -> str:
    """Who is signed in. The authorizer has checked the token; without one nothing comes this far."""
    return str(app.current_event.request_context.authorizer.claims["sub"])


def _json(value: Any) -> Any:
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


@cache
def _services() -> Services:
    """Connected once for the life of an execution environment."""
    table = boto3.resource("dynamodb").Table(os.environ["ALERTS_TABLE"])
    return Services(table, boto3.resource("sns").Topic(os.environ["SNS_TOPIC"]), announces)


def announces() -> bool:
    """What the flag `announce_alerts` says, at most a minute old.

    Where it cannot be read alerts are announced: silence does more harm than an unwanted message.
    """
    try:
        flags: Any = parameters.get_app_config(
            name=os.environ["FEATURES_PROFILE"],
            environment=os.environ["FEATURES_ENVIRONMENT"],
            application=os.environ["FEATURES_APPLICATION"],
            transform="json",
            max_age=60,
        )
        return bool(flags["announce_alerts"]["enabled"])
    except (parameters.GetParameterError, parameters.TransformParameterError, KeyError, TypeError):
        logger.exception("The feature flags cannot be read")
        return True
