"""Sessions: who acts in which account, and the clients that do."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, overload

from botocore.credentials import Credentials, DeferredRefreshableCredentials
from botocore.exceptions import CredentialRetrievalError
from botocore.session import Session

from skafu.aws.connection import MADE_UP, Calls, configuration, connected, give
from skafu.aws.endpoint import Endpoint, check_aws
from skafu.aws.failures import asking
from skafu.model.cloud import CloudError

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_s3 import S3Client
    from types_boto3_sts import STSClient

NAME_LENGTH = 64
"""Characters of a RoleSessionName: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""


@dataclass(frozen=True, slots=True)
class Deployer:
    """The deployer role of an account.

    Attributes:
        account: id of the account, twelve digits.
        role: name of the role, with its path where it has one.
        external_id: what its trust policy asks for; empty where it asks for none.
        name: how the repository calls the account.
    """

    account: str
    role: str
    external_id: str = ""
    name: str = ""

    def __str__(self) -> str:
        """`production (123456789014)`."""
        return f"{self.name} ({self.account})" if self.name else self.account


@dataclass(frozen=True, slots=True)
class Caller:
    """Who AWS says that somebody is.

    Attributes:
        account: id of the account.
        arn: of the user, or of the assumed role and its session.
    """

    account: str
    arn: str

    def is_session_of(self, deployer: Deployer) -> bool:
        """Whether that is this deployer role already, as where a pipeline assumed it by OpenID Connect."""
        role = deployer.role.rpartition("/")[2]
        ours = rf"arn:[\w-]+:sts::{deployer.account}:assumed-role/{re.escape(role)}/.+"
        return re.fullmatch(ours, self.arn) is not None


class Sessions:
    """The sessions of one run. Its methods may be called from several threads.

    Args:
        endpoint: whom all of them talk to.
        run: id of the run; CloudTrail shows it in the name of every session.
        who: who deploys, likewise.
        calls: how requests are made.
        session_policy: JSON text; every session is allowed what both this and the role allow. Empty for no such limit.
        as_administrator: act with the credentials as they are; no deployer role is assumed.
        now: the time, with its zone.
    """

    def __init__(  # noqa: PLR0913 - each of them is a decision of the caller
        self,
        endpoint: Endpoint,
        run: str,
        who: str,
        *,
        calls: Calls | None = None,
        session_policy: str = "",
        as_administrator: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._endpoint = endpoint
        self._name = session_name(run, who)
        self._config = configuration(endpoint, calls or Calls())
        self._policy = session_policy
        self._as_administrator = as_administrator
        self._now = now
        self._base = connected(endpoint)
        self._caller: Caller | None = None
        self._sessions: dict[Deployer, Session] = {}
        self._clients: dict[Hashable, Any] = {}
        # botocore makes clients in one thread at a time only; using them is safe.
        self._turn = threading.RLock()

    @overload
    def client(
        self, service: Literal["cloudformation"], deployer: Deployer, region: str
    ) -> CloudFormationClient: ...
    @overload
    def client(self, service: Literal["s3"], deployer: Deployer, region: str) -> S3Client: ...
    @overload
    def client(self, service: Literal["sts"], deployer: Deployer, region: str) -> STSClient: ...
    @overload
    def client(self, service: str, deployer: Deployer, region: str) -> Any: ...
    def client(self, service: str, deployer: Deployer, region: str) -> Any:
        """The client of a service in an account and region, made once.

        Raises:
            CloudError: there are no credentials, or nobody can tell whose they are. That the role cannot be assumed
                only shows with the first request.
            InputError: the endpoint is AWS, and the environment leads this client elsewhere.
        """
        with self._turn, asking(f"sign in to {deployer}"):
            key = (service, deployer, region)
            if key not in self._clients:
                session = self._session(deployer, region)
                self._clients[key] = self._made(session, service, region)
            return self._clients[key]

    def verify(self, deployer: Deployer, region: str) -> Caller:
        """Ask AWS in whose account the clients of this deployer role act. To be called before anything is written.

        Raises:
            CloudError: it is another account than the declared one, or it could not be asked.
        """
        sts = self.client("sts", deployer, region)
        with asking(f"sign in to {deployer}"):
            caller = _caller(sts)
        if caller.account != deployer.account:
            raise CloudError(
                f"{deployer.name or 'the account'} is declared as {deployer.account}, but these credentials belong to "
                f"{caller.account} ({caller.arn}); nothing was written.",
                hint="Use credentials of that account, or correct its id in stacks/accounts.yaml.",
            )
        return caller

    def caller(self, region: str) -> Caller:
        """Who runs skafu, before any role is assumed. Asked once.

        Raises:
            CloudError: there are no credentials, or AWS does not take them.
        """
        with self._turn, asking("find out whose credentials these are"):
            if self._caller is None:
                self._caller = _caller(self._made(self._base, "sts", region))
            return self._caller

    def _session(self, deployer: Deployer, region: str) -> Session:
        if deployer not in self._sessions:
            self._sessions[deployer] = self._make(deployer, region)
        return self._sessions[deployer]

    def _make(self, deployer: Deployer, region: str) -> Session:
        embedded = self._endpoint.kind == "embedded"
        if self._as_administrator and not embedded:
            return self._base
        if not self._as_administrator and self.caller(region).is_session_of(deployer):
            return self._base
        session = connected(self._endpoint)
        session.register_component("data_loader", self._base.get_component("data_loader"))
        give(
            session,
            Credentials(deployer.account, MADE_UP)
            if self._as_administrator
            else DeferredRefreshableCredentials(
                self._assuming(deployer, region), "assume-role", time_fetcher=self._now
            ),
        )
        return session

    def _assuming(self, deployer: Deployer, region: str) -> Callable[[], dict[str, Any]]:
        sts: STSClient = self._made(self._base, "sts", region)
        partition = self._base.get_partition_for_region(region)
        wanted: dict[str, Any] = {
            "RoleArn": f"arn:{partition}:iam::{deployer.account}:role/{deployer.role.lstrip('/')}",
            "RoleSessionName": self._name,
        }
        if deployer.external_id:
            wanted["ExternalId"] = deployer.external_id
        if self._policy:
            wanted["Policy"] = self._policy

        def assume() -> dict[str, Any]:
            given = sts.assume_role(**wanted)["Credentials"]
            if given["Expiration"] <= self._now():
                message = "they have expired already; is the clock of this machine right?"
                raise CredentialRetrievalError(provider="AssumeRole", error_msg=message)
            return {
                "access_key": given["AccessKeyId"],
                "secret_key": given["SecretAccessKey"],
                "token": given["SessionToken"],
                "expiry_time": given["Expiration"].isoformat(),
                "account_id": deployer.account,
            }

        return assume

    def _made(self, session: Session, service: str, region: str) -> Any:
        url = self._endpoint.url or None
        client = session.create_client(service, region_name=region, endpoint_url=url, config=self._config)
        if self._endpoint.kind == "aws":
            check_aws(client.meta.endpoint_url, service)
        return client


def session_name(run: str, who: str) -> str:
    """`skafu-<run>-<who>`, in the characters and the length that a RoleSessionName may have."""
    plain = re.sub(r"[^\w+=,.@-]+", "-", f"skafu-{run}-{who}", flags=re.ASCII)
    return plain[:NAME_LENGTH].rstrip("-")


def _caller(sts: STSClient) -> Caller:
    answer = sts.get_caller_identity()
    return Caller(answer["Account"], answer["Arn"])
