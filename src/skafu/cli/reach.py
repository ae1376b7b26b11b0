"""From a stack to its account: sessions, CloudFormation, bucket and lock, each made once."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeVar

from skafu.artifacts.place import TEMPLATES
from skafu.aws.bucket import Bucket
from skafu.aws.cloudformation import Regional
from skafu.aws.connection import Calls
from skafu.aws.embedded.server import endpoint as embedded_endpoint
from skafu.aws.endpoint import Endpoint
from skafu.aws.holder import here
from skafu.aws.lock import TTL, Lock
from skafu.aws.patience import Patience
from skafu.aws.sessions import Deployer, Sessions
from skafu.model.cloud import Cloud, CloudError, Unreachable
from skafu.model.errors import InputError
from skafu.model.estate import Stack

QUICK = 0.05
"""Seconds before the second look at what an endpoint on this machine does; AWS takes its time."""


Made = TypeVar("Made")


@contextmanager
def opened(endpoint: Endpoint, root: Path) -> Iterator[Endpoint]:
    """The endpoint, at work. The embedded one is started where it is not.

    Raises:
        SkafuError: it does not start.
    """
    if endpoint.kind != "embedded" or endpoint.url:
        yield endpoint
        return
    with embedded_endpoint(root) as url:
        yield replace(endpoint, url=url)


class Reach:
    """Everything outside of this machine that one run touches. Its methods may be called from several threads."""

    def __init__(
        self,
        endpoint: Endpoint,
        run: str,
        who: str,
        *,
        connections: int = 32,
        as_administrator: bool = False,
        session_policy: str,
    ) -> None:
        """Take the endpoint, and who acts.

        Args:
            endpoint: whom every request goes to.
            run: id of the run.
            who: who deploys.
            connections: how many requests there may be at once.
            as_administrator: whether the credentials are used as they are, without the deployer role.
            session_policy: what sessions may do at most, as JSON; empty for all that the role may.
        """
        self._endpoint = endpoint
        self._run = run
        self._who = who
        self._as_administrator = as_administrator
        self._sessions = Sessions(
            endpoint,
            run,
            who,
            calls=Calls(connections=connections, attempts=_attempts(), mode=_mode()),
            as_administrator=as_administrator,
            session_policy=session_policy,
        )
        self._patience = Patience(QUICK) if endpoint.loopback else Patience()
        self._turn = threading.Lock()
        self._verified: set[tuple[Deployer, str]] = set()
        self._clouds: dict[tuple[str, str, str], Cloud] = {}
        self._readers: dict[tuple[str, str, str], Cloud] = {}
        self._buckets: dict[tuple[str, str, str], Bucket] = {}

    @property
    def embedded(self) -> bool:
        """Whether it is the emulator that skafu starts itself."""
        return self._endpoint.kind == "embedded"

    def verify(self, stack: Stack) -> None:
        """Make sure that the credentials are those of the declared account. AWS is asked once for each region.

        Raises:
            CloudError: they are not, or nobody can tell.
        """
        self._verify(deployer(stack), stack.id.region)

    def cloud(self, stack: Stack) -> Cloud:
        """CloudFormation where a stack goes. Credentials of another account never answer for it.

        Raises:
            CloudError: see `verify`.
        """
        bucket = self.bucket(stack)

        def put(text: str) -> str:
            content = text.encode()
            sha256 = hashlib.sha256(content).hexdigest()
            key = f"{TEMPLATES}{sha256}"
            bucket.put_once(key, content, sha256)
            return bucket.url(key)

        def make() -> Cloud:
            self.verify(stack)
            client = self._sessions.client("cloudformation", deployer(stack), stack.id.region)
            return Regional(client, put, self._patience)

        return self._once(self._clouds, stack, make)

    def reading(self, stack: Stack, reader: Stack) -> Cloud:
        """CloudFormation where a stack stands that is not deployed, only read for `reader`.

        In another account, its reader role is assumed where one is declared: the deployer role there trusts nobody
        but its own pipeline.

        Raises:
            CloudError: the account cannot be read with these credentials.
        """
        role = stack.deployment.reader_role if stack.deployment else ""
        if stack.account.id == reader.account.id:
            return self.cloud(stack)
        there = replace(deployer(stack), role=role) if role else deployer(stack)

        def make() -> Cloud:
            try:
                self._verify(there, stack.id.region)
            except CloudError as error:
                raise self._unread(stack, there, error) from None
            client = self._sessions.client("cloudformation", there, stack.id.region)
            return Regional(client, _stored_nowhere, self._patience)

        return self._once(self._readers, stack, make)

    def bucket(self, stack: Stack) -> Bucket:
        """The bucket of artifacts and locks where a stack goes. It may not be there yet."""
        region = stack.id.region

        def make() -> Bucket:
            client = self._sessions.client("s3", deployer(stack), region)
            return Bucket(client, _bucket_name(stack), stack.account.id, region)

        return self._once(self._buckets, stack, make)

    def lock(self, stack: Stack, wait: float, when_lost: Callable[[str], None]) -> tuple[Lock, str]:
        """The lock of a stack's environment where it goes, taken; and who held it before without giving it back.

        Args:
            stack: which.
            wait: seconds to wait for somebody else's.
            when_lost: see `Lock`.

        Raises:
            CloudError: somebody holds it, after `wait` seconds.
        """
        since = datetime.now(UTC).isoformat(timespec="seconds")
        holder = here(self._who, self._run, since, TTL)
        taken = Lock(self.bucket(stack), stack.id.environment, holder, when_lost=when_lost)
        return taken, taken.take(wait)

    def _verify(self, who: Deployer, region: str) -> None:
        with self._turn:
            if (who, region) in self._verified:
                return
        self._sessions.verify(who, region)
        with self._turn:
            self._verified.add((who, region))

    def _unread(self, stack: Stack, there: Deployer, error: CloudError) -> CloudError:
        """Why a needed stack cannot be read, and what to do."""
        message = f"it needs {stack.id}, in the account {there}, which cannot be read: {error.message}"
        hint = error.hint
        if self._as_administrator and not error.code and not isinstance(error, Unreachable):
            hint = (
                "An administrator's credentials are those of one account. Deploy this stack without "
                "--as-administrator: the deployer role may read there."
            )
        return type(error)(message, code=error.code, hint=hint)

    def _once(self, known: dict[tuple[str, str, str], Made], stack: Stack, make: Callable[[], Made]) -> Made:
        key = (stack.account.id, stack.id.region, _bucket_name(stack))
        with self._turn:
            found = known.get(key)
        if found is not None:
            return found
        made = make()
        with self._turn:
            return known.setdefault(key, made)


def deployer(stack: Stack) -> Deployer:
    """Who deploys a stack."""
    account = stack.account
    external_id = stack.deployment.external_id if stack.deployment else ""
    return Deployer(account.id, account.deployer_role, external_id, account.name)


def _stored_nowhere(_: str) -> str:
    raise CloudError("a template was about to be stored in an account that is only read")


def _bucket_name(stack: Stack) -> str:
    return stack.deployment.bucket if stack.deployment else ""


def _attempts() -> int:
    """How often a request is sent at most: what AWS's tools read from the same variable.

    Raises:
        InputError: it is no number.
    """
    given = os.environ.get("AWS_MAX_ATTEMPTS", "")
    if not given:
        return Calls().attempts
    if not given.isascii() or not given.isdigit() or not int(given):
        raise InputError(f"AWS_MAX_ATTEMPTS is {given!r}, which is no number of attempts")
    return int(given)


def _mode() -> Literal["standard", "adaptive"]:
    """How requests are retried: what AWS's tools read from the same variable.

    Raises:
        InputError: it is no mode that skafu knows.
    """
    match os.environ.get("AWS_RETRY_MODE", "standard"):
        case "standard":
            return "standard"
        case "adaptive":
            return "adaptive"
        case other:
            raise InputError(f"AWS_RETRY_MODE is {other!r}", hint="skafu knows standard and adaptive.")
