"""Which interpreter has Checkov. Apart from the rest, for those who only want to know where it is."""

from __future__ import annotations

from pathlib import Path

from skafu.environments.place import Place

PLACE = Place("checkov", "SKAFU_CHECKOV_PYTHON")


def home() -> Path:
    """The folder of that environment."""
    return PLACE.home()
