"""No test finds what the person who runs them has judged before, nor another test, unless both ask for it."""

from __future__ import annotations

import os

import pytest

from skafu.aws.embedded.server import embedded


@pytest.fixture(autouse=True, scope="session")
def _no_cache():
    """A test that is about the cache names a folder of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SKAFU_CACHE", os.devnull)
        yield


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory):
    """A cache for tests that judge the same stacks, and are not about judging them: empty when the tests start.

    Its answers are those of a run without one, byte for byte, as tests/e2e/test_cache.py holds.
    """
    base = tmp_path_factory.getbasetemp()
    whole_run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return str(whole_run / "shared-cache")


@pytest.fixture(scope="session")
def ministack(tmp_path_factory):
    """The URL of an embedded endpoint, one for each process that runs tests: let each test take an account of its own."""
    with embedded(tmp_path_factory.mktemp("ministack")) as url:
        yield url
