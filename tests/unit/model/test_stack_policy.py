"""Two stack policies -> whether they say the same."""

from __future__ import annotations

import pytest

from skafu.model.stack_policy import same_policy


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ('{"Statement":[1]}', True),
        ('{\n "Statement": [1]\n}', True),
        ('{"Statement":[2]}', False),
        ("", False),
    ],
)
def test_a_stack_policy_is_the_same_however_it_is_laid_out(held, expected):
    assert same_policy('{"Statement":[1]}', held) is expected
