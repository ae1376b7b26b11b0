from __future__ import annotations

import json
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from skafu.render.json_report import render

SCHEMA = json.loads(files("skafu.schemas").joinpath("report.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["approved", "blocked", "hostile"])
def test_json_of_the_samples(name, reports, reading, golden):
    golden(f"{name}.json", render(reports[name], reading))


@pytest.mark.parametrize("name", ["approved", "blocked", "empty", "many", "hostile"])
def test_json_satisfies_its_schema(name, reports, reading):
    Draft202012Validator(SCHEMA).validate(json.loads(render(reports[name], reading)))


def test_the_schema_refuses_what_the_renderer_must_not_write(reports, reading):
    document = json.loads(render(reports["blocked"], reading))
    document["findings"][0]["decision"] = "ignored"
    assert not Draft202012Validator(SCHEMA).is_valid(document)
