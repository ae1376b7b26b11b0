from __future__ import annotations

import sys
import textwrap

import pytest
import yaml

from skafu.model.estate import Account, Definition, Environment, Seat, Stack, StackId
from skafu.model.node import Node, Unknown, annotated
from skafu.model.place import Location

FILE = "stacks/platform/api/template.yaml"


def at(line, column=1):
    return Location(FILE, line, column)


def _node(loader, mark):
    """`!Unknown {"Fn::GetAtt": [...]}` is what the resolver leaves where it cannot know."""
    place = at(mark.start_mark.line + 1, mark.start_mark.column + 1)
    if mark.tag == "!Unknown":
        mark.tag = "tag:yaml.org,2002:map"
        return Node(Unknown("it is made at deployment", loader.construct_object(mark, deep=True)), place)
    if isinstance(mark, yaml.MappingNode):
        members = {}
        for key, value in mark.value:
            key_place = at(key.start_mark.line + 1, key.start_mark.column + 1)
            members[loader.construct_object(key)] = _node(loader, value).under(key_place)
        return Node(members, place)
    if isinstance(mark, yaml.SequenceNode):
        return Node([_node(loader, value) for value in mark.value], place)
    return Node(loader.construct_object(mark), place)


def node_of(text):
    """The tree of a YAML text, each value knowing its line and column."""
    loader = yaml.SafeLoader(textwrap.dedent(text))
    try:
        return _node(loader, loader.get_single_node())
    finally:
        loader.dispose()


def stack_of(template, region="eu-west-1"):
    """A stack whose effective template is this YAML text, or this tree."""
    tree = template if isinstance(template, Node) else node_of(template)
    declared = annotated({}, Location("stacks/platform/api/stack.yaml"))
    return Stack(
        id=StackId("production", region, "api"),
        definition=Definition("api", "platform", FILE, ("production",), (), declared),
        account=Account("production", "111122223333", "runs it", "nobody", "deployer", ("AWS::*",), declared),
        environment=Environment("production", "production", region, (region,), declared),
        stack_name="skafu-api",
        source=tree,
        template=tree,
        parameters={},
        tags={},
        references=(),
        digest="0" * 64,
    )


def seat_of(judge, **more):
    """A seat for this judge."""
    return Seat(
        name=judge, judge=judge, time_limit=60.0, location=Location(f"validators/{judge}.yaml"), **more
    )


def environment_of(folder, version):
    """An environment that claims to have this Checkov. Its Python is ours, which has none."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    if version:
        info = folder / "lib" / "python3.11" / "site-packages" / f"checkov-{version}.dist-info"
        info.mkdir(parents=True)
        metadata = f"Metadata-Version: 2.1\nName: checkov\nVersion: {version}\n"
        (info / "METADATA").write_text(metadata, encoding="utf-8")
    return python


@pytest.fixture
def environment():
    return environment_of


@pytest.fixture
def broken_checkov(tmp_path):
    return environment_of(tmp_path / "broken", "3.3.30")


@pytest.fixture
def stack():
    return stack_of


@pytest.fixture
def seat():
    return seat_of


@pytest.fixture
def node():
    return node_of
