"""What happens while a plan is made or carried out, as it is told and recorded the moment it happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from skafu.model.estate import StackId

KINDS: Mapping[str, str] = {
    "deploy-started": "command (deploy, plan, drift, destroy), endpoint, who, options (by name, to resume it with), "
    "needs (stack -> stacks it waits for)",
    "deploy-resumed": "who, time: a run that was broken off goes on",
    "lock-taken": "account, region, environment, from (owner of a stale lock, or empty)",
    "lock-lost": "account, region, environment, reason: nothing new is begun",
    "lock-released": "account, region, environment",
    "lock-broken": "account, region, environment, owner, run (that held it), who (broke it)",
    "stack-started": "status (what stands; empty where nothing does)",
    "stack-waiting": "reason: what is waited for, as another's operation to end",
    "stack-recovered": "action, status",
    "artifact-stored": "place, key, sha256 (of the zip), size (bytes), new (whether it was uploaded now)",
    "stood-in": "resources ([{logical_id, type, reason}]): only ever in the embedded endpoint",
    "sealed": "digest, parts, judges: computed anew and the same as approved",
    "change-set-requested": "token, kind, submitted (SHA-256 of the template as submitted), file (its copy in the run)",
    "change-set-made": "id",
    "planned": "plan, as `skafu.model.plan_json` writes it",
    "plan-decided": "gate, reasons, errored (why a judge failed; empty where none did), "
    "findings ([{finding, decision, waiver}], as of stacks)",
    "execution-requested": "id, token",
    "recovery-requested": "action (delete, rollback, continue-rollback), status, token",
    "settings-set": "settings (what is set now, in words: stack policy, termination protection on or off)",
    "resource": "time, logical_id, type, status, reason, in (stack it happened in)",
    "stack-done": "result (created, updated, imported, unchanged, deleted, absent, pruned; planned, compared), status, stack_id, "
    "outputs, seconds, by (how it was found unchanged: change set, or comparison where that is certain), "
    "kept (of a deleted one: what its deletion policies keep)",
    "read-back": "template, parameters, tags (same, different, or kept: CloudFormation finds no change in it), differences, submitted (SHA-256 of the template)",
    "stack-failed": "reason (one line), status, hint",
    "stack-skipped": "because (stack), reason",
    "stack-left": "reason: not touched, as one that only an administrator deploys",
    "drift": "drifted ([{logical_id, type, physical_id, status, file, line, differences}]), checked, unchecked, "
    "apart (what CloudFormation holds and the last deployment did not give it)",
    "not-declared": "name, id, status: it stands, its tags say that skafu made it, and no definition makes it",
    "not-pruned": "name, reason: it stands, nothing declares it, and --prune did not delete it",
    "prune-requested": "name, id, token: its deletion is asked for, since nothing declares it",
    "deploy-finished": "result (done, failed, blocked, nothing; drifted), counts",
}
"""Kind -> the values that it carries, beside the stack it is about. Times are ISO 8601, UTC; durations seconds."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `values` is plain data, as `KINDS` says."""

    kind: str
    stack: StackId | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


Tell: TypeAlias = Callable[[Event], None]
"""Records an event and shows it. Raises `SkafuError` where it cannot be recorded; then nothing further is done."""
