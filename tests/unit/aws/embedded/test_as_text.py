from __future__ import annotations

import pytest

from skafu.aws.embedded.as_text import as_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({}, "{}"),
        ([], "[]"),
        ({"a": [1, True, None, "ä"]}, '{"a": [1, true, null, "ä"]}'),
        ({"a": {"b": []}, "c": {}}, '{"a": {"b": []}, "c": {}}'),
        ({"Ref": "X", "and": 1}, '{"Ref": "X", "and": 1}'),
        ({"Ref": "X"}, {"Fn::Join": ["", ['"', {"Ref": "X"}, '"']]}),
        (
            [{"Fn::Sub": "${X}"}, {"Ref": "Y"}],
            {"Fn::Join": ["", ['["', {"Fn::Sub": "${X}"}, '", "', {"Ref": "Y"}, '"]']]},
        ),
    ],
)
def test_a_value_as_text_keeps_its_functions(value, text):
    assert as_text(value) == text
