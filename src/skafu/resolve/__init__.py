"""From declarations to stacks: each template as it will really be deployed, every value with its origin.

`resolve_estate` resolves everything a repository declares; `resolve_template` and `expand` resolve one
template for one placement and know nothing of repositories.
"""

from skafu.resolve.digest import parts, sha256
from skafu.resolve.estate import Resolution, resolve_estate
from skafu.resolve.sam import Translate, by_translator
from skafu.resolve.stack import Placement, Resolved, deployable, expand, resolve_template, with_nested

__all__ = [
    "Placement",
    "Resolution",
    "Resolved",
    "Translate",
    "by_translator",
    "deployable",
    "expand",
    "parts",
    "resolve_estate",
    "resolve_template",
    "sha256",
    "with_nested",
]
