"""Carries out what the gate approved: each stack the moment that what it needs is done.

Everything outside is handed in (`Means`): CloudFormation, the judge of plans, the record. `Approved` is the only key.
"""

from skafu.deploy.means import Means, Prior, Went
from skafu.deploy.stack import deploy_stack
from skafu.deploy.submission import Outputs, execution_role
from skafu.deploy.walk import Bounds, Walked, walk

__all__ = [
    "Bounds",
    "Means",
    "Outputs",
    "Prior",
    "Walked",
    "Went",
    "deploy_stack",
    "execution_role",
    "walk",
]
