"""Where a resolved template names an artifact by what stands for it: the bucket `skafu-artifacts` and a digest.

`skafu.resolve.packaging` and `skafu.resolve.nested` put it there; SAM then moves it to other properties. So it is
known by its form, not by its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from skafu.model.artifacts import Form
from skafu.model.place import Path

BUCKET = "skafu-artifacts"
"""Stands for the bucket."""

_URLS: Mapping[Form, str] = {"url": f"s3://{BUCKET}/", "template": f"https://s3.amazonaws.com/{BUCKET}/"}
_MEMBERS: Mapping[Form, tuple[str, str]] = {"code": ("S3Bucket", "S3Key"), "object": ("Bucket", "Key")}


@dataclass(frozen=True, slots=True)
class Named:
    """An artifact that is named at `path`, in `form`, by what stands for its key."""

    path: Path
    form: Form
    digest: str


def named(template: Any, path: Path = ()) -> Iterator[Named]:
    """Everything in `template`, as plain data, that names an artifact, in document order."""
    found = _named(template)
    if found is not None:
        yield Named(path, *found)
    elif isinstance(template, Mapping):
        for key, value in template.items():
            yield from named(value, (*path, key))
    elif isinstance(template, list):
        for index, value in enumerate(template):
            yield from named(value, (*path, index))


def renamed(template: Any, new: Callable[[Named], tuple[str, str]], path: Path = ()) -> Any:
    """The template with other names for its artifacts.

    Args:
        template: plain data; it is not changed.
        new: an artifact -> bucket and key; of the form `template`, its URL and nothing.
        path: where in the whole template this part stands.
    """
    found = _named(template)
    if found is not None:
        return _written(template, found[0], *new(Named(path, *found)))
    if isinstance(template, Mapping):
        return {key: renamed(value, new, (*path, key)) for key, value in template.items()}
    if isinstance(template, list):
        return [renamed(value, new, (*path, index)) for index, value in enumerate(template)]
    return template


def _named(value: Any) -> tuple[Form, str] | None:
    if isinstance(value, str):
        for form, beginning in _URLS.items():
            if value.startswith(beginning):
                return form, value.removeprefix(beginning)
    elif isinstance(value, Mapping):
        for form, (bucket, key) in _MEMBERS.items():
            if value.get(bucket) == BUCKET and isinstance(value.get(key), str):
                return form, value[key]
    return None


def _written(value: Any, form: Form, bucket: str, key: str) -> Any:
    if form in _MEMBERS:
        names = _MEMBERS[form]
        return {**value, names[0]: bucket, names[1]: key}
    return bucket if form == "template" else f"s3://{bucket}/{key}"
