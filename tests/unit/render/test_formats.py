from __future__ import annotations

import pytest

from skafu.model.errors import InputError
from skafu.render.formats import FORMATS, renderer


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_in_the_table_renders_text_that_ends_with_one_line_break(name, reports, reading):
    text = renderer(name)(reports["blocked"], reading)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "tables-encrypted" in text


def test_an_unknown_format_is_bad_usage_and_the_message_names_the_known_ones():
    with pytest.raises(InputError, match=r"'yaml'.*console, json, markdown, sarif") as raised:
        renderer("yaml")
    assert raised.value.exit_code == 2
