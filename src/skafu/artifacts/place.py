"""A resolved template -> the one that is submitted: its artifacts in the bucket of its account and region."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from skafu.artifacts.failure import ArtifactError
from skafu.artifacts.named import Named, renamed
from skafu.artifacts.needs import Need
from skafu.model.estate import Stack
from skafu.model.place import dotted

TEMPLATES = "templates/"
"""Where templates stand in the bucket."""


@dataclass(frozen=True, slots=True)
class NestedTemplate:
    """A nested template as it is uploaded: its key, and its text."""

    key: str
    text: str


def place(
    template: Any, needs: Iterable[Need], bucket: str, url: Callable[[str], str], *, inside: str = ""
) -> dict[str, Any]:
    """The template with its artifacts named by bucket and key, nested templates by their URL.

    Args:
        template: an effective template as plain data; it is not changed.
        needs: what `needed` says of the stack.
        bucket: name of the bucket.
        url: key -> the https URL of an object in it.
        inside: which template it is among those nested in the stack (`Stack.uploaded_as`); empty for its own.

    Raises:
        ArtifactError: it names something that is not among `needs`.
    """
    keys = {need.path: need.key for need in needs if need.template == inside}

    def new(name: Named) -> tuple[str, str]:
        if name.form == "template":
            return url(template_key(name.digest)), ""
        if name.path not in keys:
            raise ArtifactError(f"{dotted(name.path)} names an artifact that is not uploaded ({name.digest})")
        return bucket, keys[name.path]

    placed: dict[str, Any] = renamed(template, new)
    return placed


def nested_templates(
    stack: Stack,
    needs: Iterable[Need],
    bucket: str,
    url: Callable[[str], str],
    change: Callable[[Any], Any] = lambda template: template,
) -> tuple[NestedTemplate, ...]:
    """Every template nested in `stack`, placed, as it is uploaded before the stack itself; the innermost first.

    Args:
        stack: the outermost one.
        needs: what `needed` says of it.
        bucket: name of the bucket.
        url: key -> the https URL of an object in it.
        change: what else is done to each template, as plain data.
    """
    listed = tuple(needs)
    made: Mapping[str, str] = {
        template_key(one.uploaded_as): text_of(
            change(place(one.template.plain(), listed, bucket, url, inside=one.uploaded_as))
        )
        for one in reversed(stack.nested)
    }
    return tuple(NestedTemplate(key, text) for key, text in made.items())


def template_key(digest: str) -> str:
    """The key of a template, by what names it."""
    return f"{TEMPLATES}{digest}.json"


def text_of(template: Any) -> str:
    """A template as it is submitted: JSON, two spaces, in the order it was written."""
    return json.dumps(template, indent=2, ensure_ascii=False, default=str) + "\n"
