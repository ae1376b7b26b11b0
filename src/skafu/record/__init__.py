"""The append-only log of a run, and the report that is read back from it.

Each event is one line of JSON, flushed when it happens, so that a run that was killed can still be read.
Reports are made from the log and from nothing else: what is shown is what was recorded.
"""

from skafu.record.log import Log, read
from skafu.record.report import report_of
from skafu.record.runs import Kept, kept

__all__ = ["Kept", "Log", "kept", "read", "report_of"]
