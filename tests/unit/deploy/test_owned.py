"""What the tags of a stack say of where it came from."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from skafu.deploy.owned import Origin, origin_of, own_tags
from skafu.model.estate import Deployment, StackId

API = StackId("development", "us-east-1", "api")


def stack(estate="made", *, administered=False):
    deployment = Deployment("deployer", "", "", "bucket", estate=estate)
    return SimpleNamespace(
        id=API, deployment=deployment, definition=SimpleNamespace(says=lambda _: administered)
    )


@pytest.mark.parametrize("administered", [False, True])
def test_what_a_stack_is_given_tells_what_it_was_deployed_as(administered):
    tags = own_tags(stack(administered=administered))

    assert tags["skafu:stack"] == "made/development/us-east-1/api"
    assert origin_of({"Owner": "platform", **tags}) == Origin("made", API, administered)


def test_a_stack_of_no_estate_has_no_tags():
    assert own_tags(stack(estate="")) == {}
    assert own_tags(SimpleNamespace(id=API, deployment=None)) == {}


@pytest.mark.parametrize(
    "said", ["", "made", "made/development/us-east-1", "a/b/c/d/e", "made//us-east-1/api"]
)
def test_what_says_anything_else_is_nobodys(said):
    assert origin_of({"skafu:stack": said}) is None
    assert origin_of({}) is None
