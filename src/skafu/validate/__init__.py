"""Seats the judges, runs them side by side, and brings together what they say about one place.

What was judged before, and is exactly as it was, is not judged again: see `keys` for what "exactly" means. A
run that finds all its answers imports no judge and starts no process.
"""

from skafu.validate.bench import Bench, Court, Judgements, Progress
from skafu.validate.controls import Supported, supported_by, with_controls
from skafu.validate.keys import digest
from skafu.validate.memory import Remembered, recall, remember, worth_keeping

__all__ = [
    "Bench",
    "Court",
    "Judgements",
    "Progress",
    "Remembered",
    "Supported",
    "digest",
    "recall",
    "remember",
    "supported_by",
    "with_controls",
    "worth_keeping",
]
