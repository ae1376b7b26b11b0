"""The environments say what the deployment architecture says, and its schema refuses what it does not."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

STACKS = Path(__file__).parents[3] / "stacks"
STAGES = ["development", "staging", "production"]


def read(name):
    return yaml.safe_load((STACKS / "environments" / f"{name}.yaml").read_text(encoding="utf-8"))


def problems(environment):
    schema = json.loads((STACKS / "environments" / "schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    return sorted(error.message for error in validator.iter_errors(environment))


@pytest.mark.parametrize("path", sorted((STACKS / "environments").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_environment_is_of_its_type_and_named_like_its_file(path):
    assert problems(read(path.stem)) == []
    assert read(path.stem)["name"] == path.stem


@pytest.mark.parametrize(
    ("setting", "development", "staging", "production"),
    [
        ("region", "us-east-1", "us-east-1", "us-east-1"),
        ("dynamodb.billing_mode", "PAY_PER_REQUEST", "PAY_PER_REQUEST", "PAY_PER_REQUEST"),
        ("dynamodb.point_in_time_recovery", False, True, True),
        ("dynamodb.stream_enabled", True, True, True),
        ("dynamodb.deletion_protection", False, True, True),
        ("lambda.runtime", "python3.12", "python3.12", "python3.12"),
        ("lambda.memory_size", 512, 1024, 2048),
        ("lambda.timeout", 30, 60, 300),
        ("lambda.reserved_concurrency", None, None, 100),
        ("lambda.environment_variables.LOG_LEVEL", "DEBUG", "INFO", "INFO"),
        (
            "lambda.environment_variables.CORS_ORIGINS",
            "http://localhost:3000",
            "https://staging.skafu.com",
            "https://skafu.com",
        ),
        ("api_gateway.cors_enabled", True, True, True),
        ("api_gateway.throttling_enabled", False, True, True),
        ("api_gateway.request_validation", True, True, True),
        ("api_gateway.auth_type", "COGNITO_USER_POOLS", "COGNITO_USER_POOLS", "COGNITO_USER_POOLS"),
        ("cognito.user_pool_name", "skafu-dev-users", "skafu-staging-users", "skafu-prod-users"),
        ("cognito.client_name", "skafu-dev-client", "skafu-staging-client", "skafu-prod-client"),
        ("cognito.password_policy.minimum_length", 8, 12, 12),
        ("cognito.password_policy.require_symbols", False, True, True),
        ("monitoring.log_retention_days", 30, 90, 365),
        ("monitoring.metrics_retention_days", 90, 180, 730),
        ("monitoring.alerting_enabled", False, True, True),
        ("monitoring.xray_tracing", True, True, True),
        (
            "security.kms_key_id",
            "arn:aws:kms:us-east-1:123456789012:key/dev-key",
            "arn:aws:kms:us-east-1:123456789013:key/staging-key",
            "arn:aws:kms:us-east-1:123456789014:key/prod-key",
        ),
        ("scaling.api.burst_limit", 200, 1000, 5000),
        ("scaling.api.rate_limit", 100, 500, 2000),
        ("scaling.lambda.provisioned_concurrency", 0, 0, 10),
        ("scaling.dynamodb.min_read_units", 5, 5, 5),
        ("scaling.dynamodb.max_read_units", 1000, 1000, 1000),
        ("scaling.dynamodb.min_write_units", 5, 5, 5),
        ("scaling.dynamodb.max_write_units", 1000, 1000, 1000),
        ("scaling.dynamodb.target_utilization", 70, 70, 70),
        ("web.domain", None, "staging.skafu.com", "skafu.com"),
    ],
)
def test_a_setting_is_what_the_architecture_says(setting, development, staging, production):
    def value(environment):
        found = read(environment)
        for key in setting.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        return found

    assert [value(stage) for stage in STAGES] == [development, staging, production]


@pytest.mark.parametrize("stage", STAGES)
def test_what_templates_reserve_is_what_the_configuration_reserves(stage):
    environment = read(stage)
    reserved = environment["lambda"].get("reserved_concurrency", 0)
    assert environment["scaling"]["lambda"]["reserved_concurrency"] == reserved


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda e: e.pop("dynamodb"), "'dynamodb' is a dependency of 'stage'"),
        (lambda e: e["monitoring"].pop("alerting_enabled"), "'alerting_enabled' is a required property"),
        (lambda e: e["lambda"].update(runtime="python3.9"), "'python3.12' was expected"),
        (
            lambda e: e["lambda"].update(memory="512"),
            "Additional properties are not allowed ('memory' was unexpected)",
        ),
        (lambda e: e["dynamodb"].update(deletion_protection="yes"), "'yes' is not of type 'boolean'"),
        (lambda e: e["monitoring"].update(log_retention_days=31), "31 is not one of"),
        (lambda e: e["lambda"]["environment_variables"].update(CORS_ORIGINS="*"), "'*' does not match"),
        (lambda e: e["web"].update(callback_urls=["http://skafu.com"]), "'http://skafu.com' does not match"),
        (lambda e: e.update(stage="test"), "'test' is not one of ['development', 'staging', 'production']"),
    ],
)
def test_a_stage_that_is_not_of_its_type_is_refused(change, problem):
    environment = read("production")
    change(environment)

    assert [message for message in problems(environment) if message.startswith(problem)]


def test_the_accounts_are_those_of_the_architecture():
    accounts = yaml.safe_load((STACKS / "accounts.yaml").read_text(encoding="utf-8"))["accounts"]

    assert {name: account["id"] for name, account in accounts.items() if name in STAGES} == {
        "development": "123456789012",
        "staging": "123456789013",
        "production": "123456789014",
    }
    assert set(accounts) - set(STAGES) == {"management", "security", "shared-services"}
    assert len({account["id"] for account in accounts.values()}) == 6


def test_both_functions_are_written_against_the_powertools_of_the_same_layer():
    folders = [STACKS / "platform/api", STACKS / "applications/alerts"]
    parameters = [
        yaml.safe_load((folder / "stack.yaml").read_text(encoding="utf-8"))["parameters"]
        for folder in folders
    ]
    layers = {(one["PowertoolsLayerArn"], one["InsightsLayerArn"]) for one in parameters}
    requirements = {(folder / "src/requirements.txt").read_text(encoding="utf-8") for folder in folders}

    assert (len(layers), len(requirements)) == (1, 1)


def test_a_browser_comes_from_where_the_web_application_is_served():
    for stage in ("staging", "production"):
        environment = read(stage)
        origin = environment["lambda"]["environment_variables"]["CORS_ORIGINS"]
        assert origin == f"https://{environment['web']['domain']}"
        assert all(url.startswith(f"{origin}/") for url in environment["web"]["callback_urls"])
