"""The history: what the records of all runs say, in tables that can be asked.

It is made from the records and can be made anew from them at any time; see docs/adr/0014-history.md. Importing it
takes 0.2 s, for it needs SQLAlchemy, so nothing does before it is asked for.
"""

from skafu.record.history.queries import (
    Approval,
    Deployed,
    Lived,
    RunLine,
    deployed_template,
    deployments,
    known_stacks,
    last_deployed,
    life,
    runs,
)
from skafu.record.history.store import History, open_history
from skafu.record.history.sync import Synced, sync

__all__ = [
    "Approval",
    "Deployed",
    "History",
    "Lived",
    "RunLine",
    "Synced",
    "deployed_template",
    "deployments",
    "known_stacks",
    "last_deployed",
    "life",
    "open_history",
    "runs",
    "sync",
]
