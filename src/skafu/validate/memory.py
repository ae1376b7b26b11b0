"""A whole part of a run under one key: which stacks there were, what was known of them, what judges said.

This is what makes an unchanged template or estate cost nothing: it is found by the bytes of its files, before
anything is parsed. What the gate makes of it is not in here; it decides anew each time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skafu.cache import Store, fingerprint
from skafu.model.estate import StackId
from skafu.model.finding import Errored, Finding, NotApplicable, Ran
from skafu.model.subject import KnownStack, Name, Subject
from skafu.validate.bench import Judgements
from skafu.validate.keeping import (
    WRONG,
    finding_from_list,
    finding_to_list,
    id_from_json,
    id_to_json,
    outcome_from_json,
    outcome_to_json,
)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What a run came to, all but the gate's decisions.

    Attributes:
        subjects: the stacks.
        known: what loading, resolving and ordering found.
        outcomes: validator -> stack -> what it said; without the `definitions`, who say what is known.
        versions: validator -> name -> version of the tools behind it.
    """

    subjects: tuple[KnownStack, ...]
    known: tuple[Finding, ...]
    outcomes: Mapping[str, Mapping[StackId, Ran | NotApplicable]]
    versions: Mapping[str, Mapping[str, str]]


def recall(store: Store, key: str, root: str) -> Remembered | None:
    """What was kept under `key`; None unless everything it was made from is still the same.

    Args:
        store: where it was kept.
        key: a digest of all that was known before anything was read.
        root: the folder that the further inputs are relative to.
    """
    body = store.get(key)
    if body is None:
        return None
    try:
        inputs, subjects, known, outcomes, versions = json.loads(body)
        if any(fingerprint(root, path) != print_ for path, print_ in inputs):
            return None
        return Remembered(
            tuple(_subject(one) for one in subjects),
            tuple(finding_from_list(one) for one in known),
            {
                name: {id_from_json(id_): outcome_from_json(said) for id_, said in found}
                for name, found in outcomes
            },
            {name: dict(tools) for name, tools in versions},
        )
    except WRONG:
        return None


def remember(store: Store, key: str, inputs: Mapping[str, str], remembered: Remembered) -> None:
    """Keep it. `inputs` are the further files and folders it was made from, path -> fingerprint."""
    value: list[Any] = [
        sorted(inputs.items()),
        [
            [id_to_json(one.id), one.definition.name, one.account.name, one.digest, dict(one.parts)]
            for one in remembered.subjects
        ],
        [finding_to_list(one) for one in remembered.known],
        [
            [name, [[id_to_json(id_), outcome_to_json(said)] for id_, said in sorted(found.items())]]
            for name, found in sorted(remembered.outcomes.items())
        ],
        [[name, dict(tools)] for name, tools in sorted(remembered.versions.items())],
    ]
    store.put(key, json.dumps(value, separators=(",", ":")).encode("ascii"))


def worth_keeping(
    subjects: Mapping[StackId, Subject], known: tuple[Finding, ...], judged: Judgements
) -> Remembered | None:
    """What may be kept of these stacks: all of it, or nothing where anything failed that may not fail again."""
    if any(one.obstacle for one in subjects.values()):
        return None
    outcomes: dict[str, dict[StackId, Ran | NotApplicable]] = {}
    for name in judged.versions:
        outcomes[name] = {}
        for id_ in subjects:
            said = judged.outcomes[name].get(id_)
            if said is None or isinstance(said, Errored):
                return None
            outcomes[name][id_] = said
    kept = (
        KnownStack(one.id, Name(one.definition.name), Name(one.account.name), one.digest, parts=one.parts)
        for one in subjects.values()
    )
    return Remembered(tuple(kept), known, outcomes, judged.versions)


def _subject(value: Any) -> KnownStack:
    id_, definition, account, digest, parts = value
    return KnownStack(id_from_json(id_), Name(definition), Name(account), digest, parts=dict(parts))
