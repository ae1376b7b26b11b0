"""Estates made up for tests and benchmarks: many small stacks with the dependencies that estates really have."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

ACCOUNT = "111111111111"

BASE = {
    "stacks/accounts.yaml": f"""\
estate: made
accounts:
  workloads:
    id: "{ACCOUNT}"
    purpose: everything
    access: developers
    deployer_role: deployer
""",
    "stacks/environments/development.yaml": "name: development\naccount: workloads\nregion: us-east-1\n",
    "policies/queues_retained.py": '''\
"""Messages are kept for a day at least."""

from skafu.sdk import policy


@policy(severity="high", resources=["AWS::SQS::Queue"])
def check(queue):
    if queue.get("MessageRetentionPeriod", default=345600) < 86400:
        yield queue.violation("Messages are kept for less than a day.", at="MessageRetentionPeriod")
''',
    "validators/definitions.yaml": "judge: definitions\n",
    "validators/policies.yaml": "judge: policies\n",
    "validators/thresholds.yaml": "default: high\n",
}

LAYERS = ("foundation", "platform", "applications", "observability")
SHARES = (0.1, 0.25, 0.5, 0.15)
"""How many of the stacks are in each layer: few that everybody needs, many that few need."""


def estate(size: int, seed: int = 7, resources: int = 3) -> dict[str, str]:
    """The files of an estate of `size` stacks.

    Each stack needs one to three of the layer below or beside it and reads their outputs, as estates grow: some
    have many dependants, most have none.
    """
    chance = random.Random(seed)  # noqa: S311 - a made-up estate
    files = dict(BASE)
    names: list[tuple[str, str]] = []
    for layer, share in zip(LAYERS, SHARES, strict=True):
        below = list(names)
        count = round(size * share) if layer != LAYERS[-1] else size - len(names)
        for index in range(count):
            name = f"{layer[:4]}-{index:03}"
            beside = [one for _, one in names[-3:]] if chance.random() < 0.3 else []
            lower = [one for _, one in below]
            needed = set(chance.sample(lower, min(len(lower), chance.randint(1, 3))) if lower else [])
            needed |= set(beside[: chance.randint(0, 1)])
            names.append((layer, name))
            files |= stack(layer, name, sorted(needed), resources)
    return files


def stack(layer: str, name: str, needed: list[str], resources: int = 3) -> Mapping[str, str]:
    """The two files of a stack that reads the output `Id` of each stack it needs."""
    given = "".join(f"  From{index}: ${{stacks.{one}.outputs.Id}}\n" for index, one in enumerate(needed))
    declaration = "template: template.yaml\nenvironments: [development]\n"
    parameters = "".join(f"  From{index}: {{Type: String}}\n" for index in range(len(needed)))
    tags = "".join(
        f"        - {{Key: from{index}, Value: !Ref From{index}}}\n" for index in range(len(needed))
    )
    queues = "".join(
        f"""\
  Queue{index}:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: {name}-{index}
      MessageRetentionPeriod: 86400
"""
        + (f"      Tags:\n{tags}" if tags and not index else "")
        for index in range(resources)
    )
    return {
        f"stacks/{layer}/{name}/stack.yaml": declaration + (f"parameters:\n{given}" if given else ""),
        f"stacks/{layer}/{name}/template.yaml": (f"Parameters:\n{parameters}" if parameters else "")
        + f"Resources:\n{queues}Outputs:\n  Id:\n    Value: !GetAtt Queue0.Arn\n",
    }


def write(root: Path, files: Mapping[str, str]) -> None:
    """Put the files below `root`."""
    for file, content in files.items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
