"""What skafu worked out before and need not work out again: bytes under the digest of what decided them.

Nothing in here knows what the bytes mean. Whoever keeps something says, in its key, everything that decides
it; `surroundings` are the part of that which is the same for the whole run.
"""

from skafu.cache.ground import surroundings
from skafu.cache.inputs import LEFT_BEHIND, fingerprint
from skafu.cache.store import NOTHING, Folder, Store, open_store

__all__ = ["LEFT_BEHIND", "NOTHING", "Folder", "Store", "fingerprint", "open_store", "surroundings"]
