"""Stacks out of the text of their template."""

from __future__ import annotations

import textwrap

import pytest

from skafu.load.document import parse_document
from skafu.model.estate import Account, Definition, Environment, Stack, StackId
from skafu.model.node import annotated
from skafu.model.place import Location
from skafu.plan import Schemas
from skafu.resolve import Placement, expand, resolve_template

TEMPLATE = "stacks/platform/shop/template.yaml"
DECLARATION = "stacks/platform/shop/stack.yaml"
REGION = "us-east-1"
ACCOUNT = "111122223333"

_NOWHERE = annotated({}, Location(DECLARATION))


def read(text, file=TEMPLATE):
    """The text of a template as a tree; its first line is line 1."""
    return parse_document(textwrap.dedent(text).lstrip("\n"), file, rule="template-syntax")


def made(template, source, *, digest="0" * 64, nested=(), parameters=None):
    """A stack with this effective template."""
    return Stack(
        id=StackId("production", REGION, "shop"),
        definition=Definition("shop", "platform", TEMPLATE, ("production",), (), _NOWHERE),
        account=Account("production", ACCOUNT, "p", "a", "deployer", (), _NOWHERE),
        environment=Environment("production", "production", REGION, (REGION,), _NOWHERE),
        stack_name="shop-production",
        source=source,
        template=template,
        parameters=parameters or {},
        tags={},
        references=(),
        digest=digest,
        nested=tuple(nested),
    )


def stack_of(text, **more):
    """The stack of a template that holds nothing to resolve but what deployment tells; parameters from line 5 of its declaration."""
    given = annotated(more.pop("given", {}), Location(DECLARATION, 5, 3)).members
    source = read(text)
    found, scope = resolve_template(
        source, given, _NOWHERE, Placement(ACCOUNT, REGION, "shop-production"), lambda _use: None
    )
    return made(expand(found, scope, REGION, {}).template, source, **more)


def data_of(text):
    """A template as CloudFormation holds it: plain data, resolved."""
    return stack_of(text).template.plain()


@pytest.fixture
def stack():
    """Text of a template -> its stack."""
    return stack_of


@pytest.fixture
def data():
    """Text of a template -> plain data."""
    return data_of


@pytest.fixture
def bare():
    """A tree and its source -> a stack; for templates nested in others."""

    def make(text, file, **more):
        tree = read(text, file)
        return made(tree, tree, **more)

    return make


@pytest.fixture(scope="session")
def schemas():
    """The provider schemas of one region."""
    return Schemas(REGION)


@pytest.fixture
def resource():
    """A type and its properties -> the text of a template with the one resource `One`."""

    def make(type_, properties="{}", more=""):
        return f"Resources:\n  One:\n    Type: {type_}\n    Properties: {properties}\n{more}"

    return make
