from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

PATH = "/api/alerts"


@pytest.fixture
def alerts(handler):
    return handler("applications/alerts")


@pytest.fixture
def table(make_table):
    return make_table()


@pytest.fixture
def services(alerts, table, topic):
    return alerts.Services(table, topic, lambda: True)


@pytest.fixture
def call(alerts, services, ask):
    def send(method, **request):
        return ask(lambda event: alerts.respond(event, None, services), method, PATH, **request)

    return send


@pytest.fixture
def stream(alerts, services):
    """Sends a batch of recorded metrics as the stream would; the answer names the records that failed."""

    def send(*metrics):
        records = [_record(number, *metric) for number, metric in enumerate(metrics, 1)]
        return alerts.respond({"Records": records}, None, services)["batchItemFailures"]

    return send


def _record(number, owner, name, value):
    image = {
        "owner": {"S": owner},
        "name": {"S": name},
        "value": {"N": value},
        "sk": {"S": f"2026-11-22#{number}"},
    }
    return {
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {
            "SequenceNumber": str(number),
            "NewImage": image,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }


def rule(metric="cpu", comparison="above", threshold=90, **more):
    return {"metric": metric, "comparison": comparison, "threshold": threshold, **more}


def test_a_rule_is_kept_for_who_is_signed_in(call, table):
    status, answer, _ = call("POST", user="ada", body=rule(threshold=90.5))

    assert status == 201
    [item] = table.items.values()
    assert (item["pk"], item["sk"]) == ("USER#ada#METRIC#cpu", f"RULE#{answer['id']}")
    assert (item["comparison"], item["threshold"]) == ("above", Decimal("90.5"))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("null", "The body must be a JSON object."),
        (rule(metric=""), "metric must begin with a letter"),
        (rule(metric="cpu#x"), "metric must begin with a letter"),
        (rule(comparison="equals"), "comparison must be above or below."),
        (rule(threshold="90"), "threshold must be a number."),
        (rule(id=""), "id must hold 1 to 64"),
        (rule(id="a#b"), "id must hold 1 to 64"),
        (rule(id=7), "id must hold 1 to 64"),
        (rule(threshold=False), "threshold must be a number."),
        ('{"metric": "cpu", "comparison": "above", "threshold": Infinity}', "threshold must be finite."),
        (rule(threshold=1e126), "threshold must have at most 38 digits"),
        (rule(threshold=10**38 + 1), "threshold must have at most 38 digits"),
        ("{", "Expecting property name"),
    ],
)
def test_what_is_no_rule_is_refused_with_a_reason_and_not_kept(call, table, body, message):
    status, answer, _ = call("POST", body=body)

    assert status == 400
    assert message in answer["message"]
    assert table.items == {}


@pytest.mark.parametrize(
    ("comparison", "value", "alerted"),
    [
        ("above", "90.1", True),
        ("above", "90", False),
        ("above", "-91", False),
        ("below", "89.9", True),
        ("below", "90", False),
    ],
)
def test_a_metric_beyond_the_threshold_is_announced_and_kept(call, stream, topic, comparison, value, alerted):
    call("POST", user="ada", body=rule(comparison=comparison))

    assert stream(("ada", "cpu", value)) == []
    assert [(m["subject"], m["value"]) for m in topic.messages] == [("Skafu alert: cpu", value)] * alerted
    _, answer, _ = call("GET", user="ada")
    assert [a["kind"] for a in answer["alerts"]].count("alert") == alerted


@pytest.mark.parametrize("metric", [("bob", "cpu", "99"), ("ada", "disk", "99")])
def test_a_rule_is_about_one_metric_of_one_owner(call, stream, topic, metric):
    call("POST", user="ada", body=rule())

    assert stream(metric) == []
    assert topic.messages == []


def test_every_rule_of_a_metric_is_checked_however_many_there_are(call, stream, table, topic):
    table.page = 2
    for threshold in range(5):
        call("POST", user="ada", body=rule(threshold=threshold))

    stream(("ada", "cpu", "99"))

    assert sorted(m["threshold"] for m in topic.messages) == ["0", "1", "2", "3", "4"]


def test_a_record_that_fails_is_named_and_the_others_are_done(call, stream, topic):
    call("POST", user="ada", body=rule())
    topic.refuses = lambda message: message["value"] == "98"

    failures = stream(("ada", "cpu", "97"), ("ada", "cpu", "98"), ("ada", "cpu", "99"))

    assert failures == [{"itemIdentifier": "2"}]
    assert [m["value"] for m in topic.messages] == ["97", "99"]


def test_a_batch_in_which_everything_fails_names_everything(call, stream, topic):
    call("POST", user="ada", body=rule())
    topic.refuses = lambda _message: True

    failures = stream(("ada", "cpu", "97"), ("ada", "cpu", "98"))

    assert failures == [{"itemIdentifier": "1"}, {"itemIdentifier": "2"}]


def test_a_record_that_comes_twice_leaves_one_alert(call, stream, table):
    call("POST", user="ada", body=rule())

    stream(("ada", "cpu", "99"))
    stream(("ada", "cpu", "99"))

    assert [item["kind"] for item in table.items.values()] == ["rule", "alert"]


def test_an_alert_is_forgotten_with_the_metrics_and_a_rule_is_not(call, stream, table):
    before = datetime.now(UTC).timestamp()
    call("POST", user="ada", body=rule())

    stream(("ada", "cpu", "99"))

    [kept, alert] = table.items.values()
    assert "expires_at" not in kept
    assert alert["expires_at"] - before == pytest.approx(730 * 86400, abs=60)


def test_a_record_that_comes_twice_is_announced_once(call, stream, topic):
    call("POST", user="ada", body=rule())

    stream(("ada", "cpu", "99"))
    stream(("ada", "cpu", "99"))

    assert len(topic.messages) == 1


def test_what_could_not_be_announced_is_announced_when_it_comes_again(call, stream, topic):
    call("POST", user="ada", body=rule())
    topic.refuses = lambda _message: True
    stream(("ada", "cpu", "99"))
    topic.refuses = lambda _message: False

    assert stream(("ada", "cpu", "99")) == []
    assert [m["value"] for m in topic.messages] == ["99"]


def test_alerts_are_kept_but_not_announced_while_the_flag_is_off(alerts, table, topic, call):
    call("POST", user="ada", body=rule())
    quiet = alerts.Services(table, topic, lambda: False)

    alerts.respond({"Records": [_record(1, "ada", "cpu", "99")]}, None, quiet)

    assert topic.messages == []
    assert [item["kind"] for item in table.items.values()] == ["rule", "alert"]


@pytest.mark.parametrize(
    ("flags", "announced"),
    [
        ('{"announce_alerts": {"enabled": true}}', True),
        ('{"announce_alerts": {"enabled": false}}', False),
        ('{"another": {"enabled": false}}', True),
        ("[]", True),
        ("not JSON", True),
    ],
)
def test_the_flag_decides_and_where_it_cannot_be_read_alerts_are_announced(
    alerts, app_config, flags, announced
):
    app_config(flags)

    assert alerts.announces() is announced


def test_alerts_are_announced_when_app_config_does_not_answer(alerts, app_config):
    app_config(None)

    assert alerts.announces() is True


def test_a_rule_that_is_sent_again_with_its_id_is_one_rule(call, table):
    for _ in range(2):
        status, answer, _ = call("POST", user="ada", body=rule(id="r-1"))
        assert (status, answer) == (201, {"id": "r-1"})

    assert len(table.items) == 1


def test_two_rules_that_say_the_same_without_ids_are_two(call, table):
    for _ in range(2):
        call("POST", user="ada", body=rule())

    assert len(table.items) == 2


def test_what_was_done_is_counted_where_the_dashboard_looks(
    alerts, services, call, context, capsys, monkeypatch
):
    call("POST", user="ada", body=rule())
    monkeypatch.setattr(alerts, "_services", lambda: services)
    capsys.readouterr()

    alerts.lambda_handler({"Records": [_record(1, "ada", "cpu", "99")]}, context)

    counted = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "AlertsRaised" in line]
    assert [(line["AlertsRaised"], line["service"]) for line in counted] == [([1.0], "skafu")]
    assert counted[0]["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "skafu"


def test_a_record_without_an_image_fails_rather_than_being_skipped(alerts, services):
    record = _record(1, "ada", "cpu", "99")
    del record["dynamodb"]["NewImage"]

    answer = alerts.respond({"Records": [record]}, None, services)

    assert answer["batchItemFailures"] == [{"itemIdentifier": "1"}]


def test_a_question_that_dynamodb_would_fail_on_is_refused_with_a_reason(call):
    status, answer, _ = call("GET", query={"before": "9" * 2000})

    assert (status, answer["message"]) == (400, "before must be the next of an answer.")


def test_a_long_list_goes_on_where_it_says(call, table):
    table.page = 2
    for threshold in (1, 2, 3):
        call("POST", user="ada", body=rule(threshold=threshold))

    _, first, _ = call("GET", user="ada")
    _, second, _ = call("GET", user="ada", query={"before": first["next"]})

    assert [a["threshold"] for a in first["alerts"] + second["alerts"]] == [3, 2, 1]
    assert "next" not in second
