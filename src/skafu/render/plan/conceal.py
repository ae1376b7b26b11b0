"""Plans without secrets: what is read from a secret store, and what is called a password, is never shown."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from skafu.model.change import Change, Plan, PropertyChange

SECRET = "(secret)"  # noqa: S105 - what stands in place of one
"""What is shown instead."""

_DYNAMIC = "{{resolve:"  # a dynamic reference; CloudFormation reads the value where it stands
_CALLED_SECRET = re.compile(
    r"(password|passphrase|secretstring|privatekey|authtoken|secretkey)$", re.IGNORECASE
)


def concealed(plan: Plan) -> Plan:
    """The plan with every secret replaced by `SECRET`."""
    return replace(
        plan,
        changes=tuple(_change(change) for change in plan.changes),
        others=tuple(SECRET if _DYNAMIC in one else one for one in plan.others),
    )


def _change(change: Change) -> Change:
    return replace(
        change,
        details=tuple(_detail(detail) for detail in change.details),
        before=None if change.before is None else _value("", change.before),
        after=None if change.after is None else _value("", change.after),
    )


def _detail(detail: PropertyChange) -> PropertyChange:
    before, after = (concealed_text(detail.path, text) for text in (detail.before, detail.after))
    return replace(detail, before=before, after=after)


def concealed_text(path: str, text: str | None) -> str | None:
    """The value of the property at `path`, as text, with every secret in it replaced by `SECRET`."""
    return _text(re.split(r"[.\[]", path.rstrip("[]0123456789"))[-1], text)


def _text(key: str, text: str | None) -> str | None:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        return json.dumps(SECRET) if _DYNAMIC in text or _CALLED_SECRET.search(key) else text
    hidden = _value(key, value)
    return text if hidden == value else json.dumps(hidden, ensure_ascii=False)


def _value(key: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _value(str(name), child) for name, child in value.items()}
    if isinstance(value, list):
        return [_value(key, child) for child in value]
    if not isinstance(value, str):
        return value
    later = value.startswith("{{changeSet:")
    return SECRET if _DYNAMIC in value or (_CALLED_SECRET.search(key) and not later) else value
