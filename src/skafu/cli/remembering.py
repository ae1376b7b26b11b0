"""Where the command line keeps what it worked out, and what all of that depends on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from skafu.adapters.checkov_place import home
from skafu.cache import NOTHING, Store, open_store, surroundings
from skafu.validate import digest

if TYPE_CHECKING:  # importing it takes 0.02 s that a run has no use for when nothing is to be resolved
    from skafu.resolve import Translate


def store_for(*, no_cache: bool) -> Store:
    """The user's store, or one that keeps nothing."""
    return NOTHING if no_cache else open_store()


def standing_on() -> str:
    """A digest of the code and the versions that every outcome depends on."""
    return surroundings((home(),))


def remembering(translate: Translate, store: Store, standing: str) -> Translate:
    """The translator, asked only about what it has not expanded before. Loading it takes a second."""

    def remembered(template: dict[str, Any], region: str) -> dict[str, Any] | list[tuple[str, str]]:
        key = digest("sam", template, region, standing)
        body = store.get(key)
        if body is not None:
            expanded: dict[str, Any] = json.loads(body)
            return expanded
        answer = translate(template, region)
        if not isinstance(answer, dict):
            return answer  # what it refused, or failed at: never kept
        try:
            text = json.dumps(answer)
        except TypeError:  # it holds something that is no JSON
            return answer
        store.put(key, text.encode("ascii"))
        kept: dict[str, Any] = json.loads(text)
        return kept  # what a later run will read, so that keys have the same order in both

    return remembered
