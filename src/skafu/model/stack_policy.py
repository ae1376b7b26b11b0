"""Stack policies, as JSON."""

from __future__ import annotations

import json
from typing import Any


def same_policy(wanted: str, held: str) -> bool:
    """Whether two stack policies say the same, however they are laid out."""
    return bool(policy_data(wanted) == policy_data(held))


def policy_data(policy: str) -> Any:
    """A policy as plain data; None where there is none, its text where it is no JSON."""
    try:
        return json.loads(policy)
    except ValueError:
        return policy or None
