"""The formats a report can be written in. A module is imported only when its format is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType
from typing import TypeAlias, cast

from skafu.model.errors import InputError
from skafu.model.report import Report

Sources: TypeAlias = Callable[[str], Sequence[str]]
"""A file, relative to the repository root -> its lines; empty when it cannot be read."""


Renderer: TypeAlias = Callable[[Report, Sources], str]
"""What every format is: the report in, the whole text out, the same bytes every time."""

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "console": "skafu.render.console",
        "json": "skafu.render.json_report",
        "markdown": "skafu.render.markdown",
        "sarif": "skafu.render.sarif",
    },
)
"""Name of the format, as typed after `--format` -> the module whose `render` makes it."""


def renderer(name: str) -> Renderer:
    """The renderer of a format.

    Raises:
        InputError: there is no such format.
    """
    module = FORMATS.get(name)
    if module is None:
        raise InputError(f"There is no report format {name!r}.", hint=f"Choose one of {', '.join(FORMATS)}.")
    return cast("Renderer", import_module(module).render)
