"""botocore, set up so that no client of an endpoint can talk to anything else."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from botocore.credentials import Credentials
from botocore.session import Session

from skafu import __version__
from skafu.aws.endpoint import Endpoint, check_aws
from skafu.model.cloud import CloudError
from skafu.model.errors import InputError

MADE_UP = "made-up"
"""The secret of credentials that are none. MiniStack checks no signature."""

NOBODY = "000000000000"
"""Who deploys to the embedded endpoint: an account that no estate has. MiniStack takes an access key of twelve digits
for the account."""


@dataclass(frozen=True, slots=True)
class Calls:
    """How requests are made.

    Attributes:
        mode: botocore's retry mode; `adaptive` also sends fewer requests once AWS throttles, to all of a service alike:
            after one refused request a small deployment waited for half a minute.
        attempts: how often a request is sent at most.
        connect_timeout: seconds.
        read_timeout: seconds.
        connections: how many each client keeps open; as many as there are threads that use it.
    """

    mode: Literal["standard", "adaptive"] = "standard"
    attempts: int = 10
    connect_timeout: float = 5.0
    read_timeout: float = 60.0
    connections: int = 32


def connected(endpoint: Endpoint) -> Session:
    """A session whose clients, and those that fetch its credentials, reach this endpoint and nothing else.

    That of AWS is botocore's own, with its default chain of credentials; a request to anything else is refused with an
    `InputError`. That of the embedded endpoint knows nothing of environment variables and of files.

    Raises:
        InputError: the embedded endpoint has not been started.
    """
    if endpoint.kind == "aws":
        session = Session()
        session.register("before-send", _border)
        return session
    if not endpoint.url:
        raise InputError("the embedded endpoint has not been started.", hint="Run `skafu local start`.")
    session = _deaf() if endpoint.kind == "embedded" else Session()
    # Beats AWS_ENDPOINT_URL and its like for those clients too that botocore makes for its own use.
    session.get_component("config_store").set_config_variable("endpoint_url", endpoint.url)
    here = urlsplit(endpoint.url)

    def wall(**sending: Any) -> None:
        there = urlsplit(sending["request"].url)
        if (there.scheme, there.netloc) != (here.scheme, here.netloc):
            raise CloudError(
                f"a request was about to leave {endpoint.url} for {there.hostname}; it was not sent."
            )

    session.register("before-send", wall)
    return session


def _border(**sending: Any) -> None:
    """Holds every request against AWS's own domains, also of the clients that fetch credentials."""
    check_aws(sending["request"].url, sending["event_name"].split(".")[1])


def _deaf() -> Session:
    """A session with botocore's defaults and made-up credentials."""
    variables: dict[str, Any] = {
        name: (None, None, default, conversion)
        for name, (_, _, default, conversion) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()
    }
    for file in ("config_file", "credentials_file"):
        variables[file] = (None, None, os.devnull, None)
    session = Session(session_vars=variables)
    give(session, Credentials(NOBODY, MADE_UP))
    return session


class _Given:
    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def load_credentials(self) -> Credentials:
        return self._credentials


def give(session: Session, credentials: Credentials) -> None:
    """Let every client of a session sign with these; where they refresh themselves, with what they are by then."""
    session.register_component("credential_provider", _Given(credentials))


def configuration(endpoint: Endpoint, calls: Calls) -> Config:
    """What every client is made with."""
    given: dict[str, Any] = {
        "user_agent_extra": f"skafu/{__version__}",
        "retries": {"mode": calls.mode, "total_max_attempts": calls.attempts},
        "connect_timeout": calls.connect_timeout,
        "read_timeout": calls.read_timeout,
        "max_pool_connections": calls.connections,
        "tcp_keepalive": True,
    }
    if endpoint.kind != "aws":
        given |= {
            "ignore_configured_endpoint_urls": True,
            "inject_host_prefix": False,
            "s3": {"addressing_style": "path"},
            "use_dualstack_endpoint": False,
            "use_fips_endpoint": False,
        }
    if endpoint.loopback:
        given["proxies"] = {}
    return Config(**given)
