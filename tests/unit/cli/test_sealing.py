"""What was approved, and files that somebody edits -> what the seal says, to many who ask at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

import generated
from skafu.cache import NOTHING
from skafu.cli.estate import Memory, judges_of, resolve_whole
from skafu.cli.sealing import Seal
from skafu.model.verdict import Approved

NAMES = [f"one-{number}" for number in range(6)]


@pytest.fixture
def root(tmp_path):
    """An estate of six stacks that need nothing."""
    files = dict(generated.BASE)
    for name in NAMES:
        files |= generated.stack("platform", name, [], resources=1)
    generated.write(tmp_path, files)
    return tmp_path


@pytest.fixture
def sealed(root):
    """`sealed(name)`: what the seal says about a stack as it was approved."""
    memory = Memory(NOTHING, "")
    whole = resolve_whole(root, memory)
    seal = Seal(root, memory, whole)
    stacks = {id_.name: stack for id_, stack in whole.stacks.items()}
    judges = judges_of(root)

    def made(name, **changes):
        stack = replace(stacks[name], **changes)
        return seal.differs(stack, Approved(stack.id, stack.digest, stack.parts, judges))

    return made


def edit(root, name):
    path = root / f"stacks/platform/{name}/template.yaml"
    path.write_text(path.read_text("utf-8").replace("86400", "90000"), encoding="utf-8")


def test_whoever_asks_after_an_edit_is_told_of_it_however_many_ask_at_once(root, sealed):
    def before_and_after(name):
        before = sealed(name)
        edit(root, name)
        return before, sealed(name)

    with ThreadPoolExecutor(len(NAMES)) as threads:
        said = list(threads.map(before_and_after, NAMES))

    assert {tuple(after) for _, after in said} <= {("its template changed",), (BUSY,)}
    assert {tuple(before) for before, _ in said} <= {(), (BUSY,)}
    assert [sealed(name) for name in NAMES] == [["its template changed"]] * len(NAMES)


BUSY = "it cannot be read any more (somebody is writing to it at this moment)"


def test_what_is_put_back_as_it_was_is_what_was_approved(root, sealed):
    path = root / "policies/queues_retained.py"
    was = path.read_text("utf-8")
    path.write_text(was.replace("86400", "1"), encoding="utf-8")
    edited = sealed(NAMES[0])
    path.write_text(was, encoding="utf-8")

    assert edited == ["policies changed"]
    assert sealed(NAMES[0]) == []


def test_what_cannot_be_read_is_not_what_was_approved_and_can_be_again(root, sealed):
    path = root / "stacks/accounts.yaml"
    was = path.read_text("utf-8")
    path.unlink()
    gone = sealed(NAMES[0])
    path.write_text(was, encoding="utf-8")

    assert gone != []
    assert sealed(NAMES[0]) == []
