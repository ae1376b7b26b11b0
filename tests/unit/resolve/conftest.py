"""Templates and repositories as text, and what becomes of them."""

from __future__ import annotations

import textwrap

import pytest

from skafu.load import load_repository
from skafu.load.document import parse_document
from skafu.model.node import annotated
from skafu.model.place import Location
from skafu.resolve import Placement, expand, resolve_estate, resolve_template

TEMPLATE = "stacks/platform/app/template.yaml"
DECLARATION = "stacks/platform/app/stack.yaml"
PLACEMENT = Placement("111122223333", "eu-west-1", "app")

ACCOUNTS = """
    estate: shop
    accounts:
      lab: {id: "111122223333", purpose: p, access: a, deployer_role: r}
      live: {id: "444455556666", purpose: p, access: a, deployer_role: r}
"""
LAB = "{name: lab, account: lab, region: eu-west-1, regions: [us-east-1]}"
LIVE = "{name: live, account: live, region: eu-west-1}"


def dedented(text):
    return textwrap.dedent(text).lstrip("\n")


def read(text):
    """A template's tree; its first line is line 1."""
    return parse_document(dedented(text), TEMPLATE, rule="template-syntax")


def nothing(_use):
    """No other stack gives anything."""
    return None  # noqa: RET501 - None is the answer, not the lack of one


def resolved(template, parameters=None, *, placement=PLACEMENT, lookup=nothing, artifacts=None):
    """A template's text or tree, resolved and expanded; the parameters stand in line 5 of the declaration."""
    tree = read(template) if isinstance(template, str) else template
    given = annotated(parameters or {}, Location(DECLARATION, 5, 3)).members
    origin = annotated({}, Location(DECLARATION))
    found, scope = resolve_template(tree, given, origin, placement, lookup)
    return expand(found, scope, placement.region, artifacts or {})


def value(expression, head="", parameters=None, **more):
    """What becomes of one property, whose text starts at line 1 when `head` is empty."""
    text = f"Resources: {{R: {{Type: A::B::C, Properties: {{Value: {expression}}}}}}}\n{dedented(head)}"
    found = resolved(text, parameters, **more)
    return found.template.get("Resources", "R", "Properties", "Value"), found


def told(findings):
    """Findings as `rule file:line message hint`, as short as they can be."""
    return [
        f"{one.rule} {one.location.file.rsplit('/', 1)[-1]}:{one.location.line} {one.message}"
        + (f" {one.help}" if one.help else "")
        for one in findings
    ]


class Estate:
    """What became of a repository."""

    def __init__(self, declared, resolution):
        self.problems = told(declared.problems)
        self.stacks = {str(id_): stack for id_, stack in resolution.stacks.items()}
        self.findings = told(resolution.findings)

    def values(self, stack):
        """The properties of the stack's resource R, as plain data."""
        return self.stacks[stack].template.get("Resources", "R", "Properties").plain()

    def references(self, stack):
        return [(one.kind, str(one.target), one.what) for one in self.stacks[stack].references]


@pytest.fixture
def estate(tmp_path):
    """Write files (path under stacks/ -> text) beside two environments, and resolve them."""

    def make(files):
        whole = {
            "accounts.yaml": ACCOUNTS,
            "environments/lab.yaml": LAB,
            "environments/live.yaml": LIVE,
            **files,
        }
        for name, text in whole.items():
            path = tmp_path / "stacks" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedented(text), encoding="utf-8")
        (tmp_path / "validators").mkdir(exist_ok=True)
        (tmp_path / "validators" / "thresholds.yaml").write_text("default: info\n", encoding="utf-8")
        declared = load_repository(tmp_path)
        return Estate(declared, resolve_estate(declared))

    return make


@pytest.fixture
def engine():
    """How to read and resolve a template in one line."""

    class Engine:
        read = staticmethod(read)
        resolved = staticmethod(resolved)
        value = staticmethod(value)
        told = staticmethod(told)
        placement = PLACEMENT

    return Engine
