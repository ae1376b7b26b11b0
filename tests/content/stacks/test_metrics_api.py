from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from boto3.dynamodb.types import TypeSerializer

PATH = "/api/metrics"


@pytest.fixture
def api(handler):
    return handler("platform/api")


@pytest.fixture
def table(make_table):
    return make_table()


@pytest.fixture
def call(api, table, ask):
    def send(method, **request):
        return ask(lambda event: api.respond(event, None, table), method, PATH, **request)

    return send


def test_a_metric_is_recorded_for_who_is_signed_in(call, table):
    status, answer, _ = call("POST", user="ada", body={"name": "cpu", "value": 0.1, "unit": "percent"})

    assert status == 201
    [item] = table.items.values()
    assert (item["pk"], item["sk"]) == ("USER#ada#METRIC#cpu", answer["key"])
    assert (item["gsi1pk"], item["gsi1sk"]) == ("USER#ada", answer["key"])
    assert (item["owner"], item["name"], item["value"], item["unit"]) == (
        "ada",
        "cpu",
        Decimal("0.1"),
        "percent",
    )


def test_a_metric_is_forgotten_when_the_environment_says_so(call, table):
    before = datetime.now(UTC).timestamp()
    call("POST", body={"name": "cpu", "value": 1})

    [item] = table.items.values()
    assert item["expires_at"] - before == pytest.approx(730 * 86400, abs=60)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-11-22T12:00:00Z", "2026-11-22T12:00:00.000000Z"),
        ("2026-11-22T12:00:00.25+01:00", "2026-11-22T11:00:00.250000Z"),
        ("0999-01-01T00:00:00Z", "0999-01-01T00:00:00.000000Z"),
    ],
)
def test_times_are_kept_as_utc_so_that_they_sort(call, table, sent, kept):
    call("POST", body={"name": "cpu", "value": 1, "timestamp": sent})

    assert [item["timestamp"] for item in table.items.values()] == [kept]


def test_two_metrics_of_the_same_instant_are_two(call, table):
    for value in (1, 2):
        call("POST", body={"name": "cpu", "value": value, "timestamp": "2026-11-22T12:00:00Z"})

    assert sorted(item["value"] for item in table.items.values()) == [1, 2]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ([], "The body must be a JSON object."),
        ({"value": 1}, "name must begin with a letter"),
        ({"name": "1cpu", "value": 1}, "name must begin with a letter"),
        ({"name": "cpu\n", "value": 1}, "name must begin with a letter"),
        ({"name": "cpu#RULE", "value": 1}, "name must begin with a letter"),
        ({"name": "cpu"}, "value must be a number."),
        ({"name": "cpu", "value": "1"}, "value must be a number."),
        ({"name": "cpu", "value": True}, "value must be a number."),
        ('{"name": "cpu", "value": NaN}', "value must be finite."),
        ({"name": "cpu", "value": 1e126}, "value must have at most 38 digits"),
        ({"name": "cpu", "value": 1e-131}, "value must have at most 38 digits"),
        ({"name": "cpu", "value": 10**38 + 1}, "value must have at most 38 digits"),
        ({"name": "cpu", "value": 1, "unit": 7}, "unit must be a string."),
        ({"name": "cpu", "value": 1, "id": "m-1"}, "A metric with an id needs its timestamp."),
        ({"name": "cpu", "value": 1, "id": "", "timestamp": "2026-11-22T12:00:00Z"}, "id must hold 1 to 64"),
        ({"name": "cpu", "value": 1, "id": "a#b", "timestamp": "2026-11-22T12:00:00Z"}, "id must hold"),
        ({"name": "cpu", "value": 1, "id": 7, "timestamp": "2026-11-22T12:00:00Z"}, "id must hold 1 to 64"),
        ({"name": "cpu", "value": 1, "timestamp": "noon"}, "timestamp must be a date and time"),
        ({"name": "cpu", "value": 1, "timestamp": "2026-11-22T12:00:00"}, "timestamp must say its time zone"),
        (
            {"name": "cpu", "value": 1, "timestamp": "0001-01-01T00:00:00+01:00"},
            "timestamp must be a date and",
        ),
        ("{", "Expecting property name"),
    ],
)
def test_what_is_no_metric_is_refused_with_a_reason_and_not_recorded(call, table, body, message):
    status, answer, _ = call("POST", body=body)

    assert status == 400
    assert message in answer["message"]
    assert table.items == {}


def test_a_metric_that_is_sent_again_with_its_id_is_one_metric(call, table):
    body = {"name": "cpu", "value": 1, "id": "m-1", "timestamp": "2026-11-22T12:00:00Z"}

    answers = [call("POST", body=body)[:2] for _ in range(2)]

    assert answers == [(201, {"name": "cpu", "key": "2026-11-22T12:00:00.000000Z#m-1"})] * 2
    assert len(table.items) == 1


def test_the_newest_metrics_come_first_and_only_ones_own(call):
    for day, name, user in [
        ("20", "cpu", "ada"),
        ("22", "disk", "ada"),
        ("21", "cpu", "ada"),
        ("23", "cpu", "bob"),
    ]:
        body = {"name": name, "value": int(day), "timestamp": f"2026-11-{day}T00:00:00Z"}
        call("POST", user=user, body=body)

    _, everything, _ = call("GET", user="ada")
    _, cpu, _ = call("GET", user="ada", query={"name": "cpu"})

    assert [(m["name"], m["value"]) for m in everything["metrics"]] == [
        ("disk", 22),
        ("cpu", 21),
        ("cpu", 20),
    ]
    assert [m["value"] for m in cpu["metrics"]] == [21, 20]
    assert "next" not in everything


@pytest.mark.parametrize("query", [{}, {"name": "cpu"}])
def test_a_long_answer_goes_on_where_it_says(call, table, query):
    table.page = 2
    for day in (20, 21, 22):
        call("POST", body={"name": "cpu", "value": day, "timestamp": f"2026-11-{day}T00:00:00Z"})

    _, first, _ = call("GET", query=query)
    _, second, _ = call("GET", query={**query, "before": first["next"]})

    assert [m["value"] for m in first["metrics"]] == [22, 21]
    assert [m["value"] for m in second["metrics"]] == [20]
    assert "next" not in second


@pytest.mark.parametrize("value", [9.9e125, -1e-130, 0, 10**60, 12345678901234567890])
def test_whatever_dynamodb_can_hold_is_recorded(call, table, value):
    assert call("POST", body={"name": "cpu", "value": value})[0] == 201

    [item] = table.items.values()
    assert item["value"] == Decimal(str(value))
    assert TypeSerializer().serialize(item["value"])


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"name": "c" * 3000}, "name must begin with a letter"),
        ({"name": "cpu#RULE"}, "name must begin with a letter"),
        ({"before": "9" * 2000}, "before must be the next of an answer."),
        ({"name": "cpu", "before": "\n"}, "before must be the next of an answer."),
    ],
)
def test_a_question_that_dynamodb_would_fail_on_is_refused_with_a_reason(call, query, message):
    status, answer, _ = call("GET", query=query)

    assert status == 400
    assert message in answer["message"]


def test_browsers_of_the_configured_origin_may_read_the_answer(api, table, ask):
    event_headers = {"Origin": "https://skafu.com"}

    def respond(event):
        event["headers"] |= event_headers
        event["multiValueHeaders"] |= {"Origin": ["https://skafu.com"]}
        return api.respond(event, None, table)

    _, _, headers = ask(respond, "GET", PATH)

    assert headers["Access-Control-Allow-Origin"] == ["https://skafu.com"]


def test_another_method_is_not_found(call):
    assert call("DELETE")[0] == 404


def test_what_was_done_is_counted_where_the_dashboard_looks(api, table, ask, context, capsys, monkeypatch):
    monkeypatch.setattr(api, "_table", lambda: table)

    ask(
        lambda event: api.lambda_handler(event, context),
        "POST",
        PATH,
        body={"name": "cpu", "value": 1},
    )

    counted = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "MetricsRecorded" in line]
    assert [(line["MetricsRecorded"], line["service"]) for line in counted] == [([1.0], "skafu")]
    assert counted[0]["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "skafu"
