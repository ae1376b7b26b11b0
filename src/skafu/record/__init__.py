"""The append-only log of a run, and the report that is read back from it.

Each event is one line of JSON, flushed when it happens, so that a run that was killed can still be read.
Reports are made from the log and from nothing else: what is shown is what was recorded.
"""

from skafu.record.deployment import deployment_of
from skafu.record.log import Log, read, read_run
from skafu.record.report import report_of
from skafu.record.resume import Broken, Left, broken_of
from skafu.record.runs import Kept, goes_on, kept

__all__ = [
    "Broken",
    "Kept",
    "Left",
    "Log",
    "broken_of",
    "deployment_of",
    "goes_on",
    "kept",
    "read",
    "read_run",
    "report_of",
]
