"""The metrics API: POST /api/metrics records one, GET /api/metrics reads the newest."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import boto3
import metrics
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig
from aws_lambda_powertools.event_handler.exceptions import BadRequestError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.metrics import MetricUnit
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


@app.post("/api/metrics")
def create_metric() -> tuple[dict[str, Any], int]:
    """Record the metric in the body. 201 with where and when it stands, 400 if it is none."""
    now = datetime.now(UTC)
    try:
        metric = metrics.from_body(app.current_event.json_body, now)
    except ValueError as error:  # of ours, or of the JSON decoder
        raise BadRequestError(str(error)) from error
    keep = timedelta(days=int(os.environ["METRICS_RETENTION_DAYS"]))
    metrics.record(app.context["table"], _owner(), metric, now, keep)
    counts.add_metric("MetricsRecorded", MetricUnit.Count, 1)
    return {"name": metric.name, "key": metric.sort_key}, 201


@app.get("/api/metrics")
def get_metrics() -> dict[str, Any]:
    """The newest metrics of who asks, of one name if `name` is given, on from `before`.

    400 if nothing can be found like this: what a caller got wrong must not count as an error of ours, for errors
    take a new version back.
    """
    event = app.current_event
    try:
        found = metrics.latest(
            app.context["table"],
            _owner(),
            name=event.get_query_string_value("name", "") or "",
            before=event.get_query_string_value("before", "") or "",
        )
    except metrics.InvalidQuestion as error:
        raise BadRequestError(str(error)) from error
    counts.add_metric("MetricsRead", MetricUnit.Count, len(found["metrics"]))
    return {**found, "metrics": [{**item, "value": _number(item["value"])} for item in found["metrics"]]}


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST)
@tracer.capture_lambda_handler(capture_response=False)
@counts.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """What Lambda calls."""
    return respond(event, context, _table())


def respond(event: dict[str, Any], context: LambdaContext, table: metrics.Table) -> dict[str, Any]:
    """Answer one request of API Gateway."""
    app.context["table"] = table
    return app.resolve(event, context)


def _owner() -> str:
    """Who is signed in. The authorizer has checked the token; without one nothing comes this far."""
    return str(app.current_event.request_context.authorizer.claims["sub"])


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


@cache
def _table() -> metrics.Table:
    """Connected once for the life of an execution environment."""
    table: metrics.Table = boto3.resource("dynamodb").Table(os.environ["METRICS_TABLE"])
    return table
