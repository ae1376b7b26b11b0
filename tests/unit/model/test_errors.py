from __future__ import annotations

import pytest

from skafu.model.errors import SkafuError
from skafu.model.place import Location


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (SkafuError("it is gone"), "it is gone"),
        (SkafuError("it is gone", hint="Deploy it again."), "it is gone. Deploy it again."),
        (SkafuError("It is gone.", hint="Deploy it again."), "It is gone. Deploy it again."),
        (SkafuError("these are known:", hint="a, b"), "these are known: a, b"),
        (
            SkafuError("the file does not exist", at=Location("a.yaml"), hint="Write it."),
            "a.yaml:1:1: the file does not exist. Write it.",
        ),
    ],
)
def test_a_message_and_what_to_do_are_sentences(error, text):
    assert str(error) == text
