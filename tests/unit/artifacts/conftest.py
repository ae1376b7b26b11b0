"""A repository with one stack, and what its stack needs."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from skafu.artifacts import needed, nested_templates, place
from skafu.load import load_repository
from skafu.resolve import resolve_estate

FILES = {
    "accounts.yaml": """
        estate: shop
        accounts:
          lab: {id: "111122223333", purpose: p, access: a, deployer_role: r}
        """,
    "environments/lab.yaml": "{name: lab, account: lab, region: eu-west-1}",
    "app/app/stack.yaml": "{template: template.yaml, environments: [lab]}",
}


class Repository:
    """Files below `stacks/app/app`, and what becomes of the stack there."""

    bucket = "shop-artifacts"

    def __init__(self, root: Path):
        self.root = root

    def write(self, name, text="", *, runs=False):
        path = self.root / "stacks/app/app" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).lstrip("\n").encode())
        path.chmod(0o755 if runs else 0o644)
        return path

    def stack(self):
        """The stack, and the digests of what it names."""
        declared = load_repository(self.root)
        (stack,) = resolve_estate(declared).stacks.values()
        return stack, declared.artifacts

    def needs(self):
        stack, digests = self.stack()
        return needed(stack, digests, self.root)

    def need(self):
        (need,) = self.needs()
        return need

    def placed(self):
        """The properties of each resource, as submitted."""
        stack, digests = self.stack()
        template = place(stack.template.plain(), needed(stack, digests, self.root), self.bucket, self.url)
        return {name: one.get("Properties") for name, one in template["Resources"].items()}

    def nested(self):
        stack, digests = self.stack()
        return nested_templates(stack, needed(stack, digests, self.root), self.bucket, self.url)

    def url(self, key):
        return f"https://s3.eu-west-1.amazonaws.com/{self.bucket}/{key}"


@pytest.fixture
def repository(tmp_path):
    root = tmp_path / "repository"
    for name, text in FILES.items():
        path = root / "stacks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    (root / "validators").mkdir()
    (root / "validators/thresholds.yaml").write_text("default: info\n", encoding="utf-8")
    return Repository(root)


@pytest.fixture
def template(repository):
    """Write the resources of the template, one a line."""

    def write(*resources, transform=True):
        head = "Transform: AWS::Serverless-2016-10-31\n" if transform else ""
        repository.write("template.yaml", f"{head}Resources:\n  " + "\n  ".join(resources) + "\n")

    return write
