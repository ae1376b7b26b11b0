"""The smallest estate there is, and what is told about changes to it."""

from __future__ import annotations

import pytest

from skafu.load import load_repository

TINY = {
    "stacks/accounts.yaml": """\
estate: tiny
accounts:
  staging:
    id: "111111111111"
    purpose: a rehearsal
    access: developers
    deployer_role: deployer
""",
    "stacks/environments/staging.yaml": "name: staging\naccount: staging\nregion: us-east-1\n",
    "stacks/platform/store/stack.yaml": "template: template.yaml\nenvironments: [staging]\n",
    "stacks/platform/store/template.yaml": "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n",
    "validators/definitions.yaml": "judge: definitions\n",
    "validators/thresholds.yaml": "default: high\n",
}


@pytest.fixture
def load(tmp_path):
    """Write the tiny estate with some files changed (None: left out), and read it."""

    def loaded(changes=None, **named):
        for file, text in {**TINY, **(changes or {}), **named}.items():
            if text is not None:
                path = tmp_path / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_repository(tmp_path)

    return loaded


@pytest.fixture
def told(load):
    """The problems of the tiny estate with some files changed, as people read them."""

    def problems(changes=None):
        return [f"{one.location}: {one.message} {one.help}".strip() for one in load(changes).problems]

    return problems
