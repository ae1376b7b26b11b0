"""Whom skafu talks to: AWS itself, the embedded endpoint, or another URL that speaks AWS's protocol."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal, TypeAlias
from urllib.parse import SplitResult, urlsplit

from skafu.model.errors import InputError
from skafu.model.nearest import nearest

Kind: TypeAlias = Literal["aws", "embedded", "url"]

EMBEDDED = "embedded"
"""What `--endpoint` says for MiniStack, which skafu starts itself."""

HINT = 'Give "embedded", or a URL such as http://localhost:4566; without --endpoint, skafu deploys to AWS.'

_AWS = re.compile(
    r"(^|\.)(amazonaws\.(com|com\.cn|eu)|api\.aws|aws\.dev|api\.amazonwebservices\.(com\.cn|eu)|(api\.aws\.)?ic\.gov"
    r"|sgov\.gov|aws\.scloud|adc-e\.uk)$"
)
"""The domains of all partitions, as botocore's partitions.json lists them."""

_SIGN_IN = re.compile(
    r"(^|\.)signin(-fips)?\.(aws|aws\.amazon\.com|amazonaws\.cn|amazonaws-(us-gov\.com|eusc\.eu))$"
)
"""Where `aws login` gets its credentials, as the endpoint rules of that service list it."""

_OWN = frozenset({"cloudformation", "s3", "sts"})
"""The services whose clients skafu makes."""

_SAFE = re.compile(r"[\w.:/\[\]-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Whom every client of a run is for.

    Attributes:
        kind: `aws`; `embedded`, where credentials of the environment are never used; `url`.
        url: scheme, host and port; empty for AWS, and for the embedded endpoint until it is started.

    Raises:
        InputError: the URL cannot be used; that of the embedded endpoint must be an address of this machine.
    """

    kind: Kind = "aws"
    url: str = ""

    def __post_init__(self) -> None:
        """Refuse what cannot be meant."""
        if self.kind == "aws" and self.url:
            raise InputError(f"AWS has no other endpoint than its own, and not {self.url}.", hint=HINT)
        if self.kind == "url" or self.url:
            parts = _split(self.url)
            if self.kind == "embedded" and not _is_loopback_address(parts.hostname or ""):
                message = f"the embedded endpoint is on this machine alone, and {self.url} is not."
                raise InputError(message, hint="Its host is 127.0.0.1; `--endpoint URL` takes any other.")
            # Paths of requests are put behind it as they are.
            object.__setattr__(self, "url", f"{parts.scheme}://{parts.netloc}")

    @property
    def loopback(self) -> bool:
        """Whether no request leaves this machine; then no proxy is asked either."""
        host = urlsplit(self.url).hostname or ""
        return host == "localhost" or host.endswith(".localhost") or _is_loopback_address(host)

    def __str__(self) -> str:
        """`AWS`, or the URL."""
        return "AWS" if self.kind == "aws" else self.url or "the embedded endpoint"


AWS = Endpoint()


def parse_endpoint(text: str | None) -> Endpoint:
    """What `--endpoint` says: nothing, `embedded` or a URL.

    Raises:
        InputError: it is none of these.
    """
    if not text:
        return AWS
    if text == EMBEDDED:
        return Endpoint("embedded")
    return Endpoint("url", text)


def check_aws(url: str, service: str) -> None:
    """Make sure that a client for AWS itself talks to AWS.

    The environment and the configuration file may give endpoints to it (`AWS_ENDPOINT_URL`, `endpoint_url`,
    `services`). Those of AWS's own domains stay allowed, for a VPC endpoint has one, too.

    Args:
        url: where its requests go.
        service: as botocore calls it, e.g. `s3`.

    Raises:
        InputError: it is not AWS.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    # What others run behind a load balancer, an API or a service of their own has a name below these domains, too.
    named = service not in _OWN or any(
        label == service or label.startswith(f"{service}-") for label in host.split(".")
    )
    if parts.scheme == "https" and named and (_AWS.search(host) or _SIGN_IN.search(host)):
        return
    where = f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")
    raise InputError(
        f"requests to {service} would go to {where}, which is not AWS: AWS_ENDPOINT_URL or the configuration file says so.",
        hint="Unset it to deploy to AWS; to deploy elsewhere, say so with --endpoint.",
    )


def _split(url: str) -> SplitResult:
    scheme, separator, _ = url.partition("://")
    if not separator:
        known = nearest(url, [EMBEDDED])
        meant = known if known.startswith("Did you mean") else HINT
        raise InputError(f'"{url}" is no endpoint.', hint=meant)
    if scheme not in {"http", "https"}:
        raise InputError(f"{url} begins with neither http:// nor https://.", hint=HINT)
    try:
        parts = urlsplit(url)
        plain = _SAFE.fullmatch(url) and parts.hostname and parts.port != 0
    except ValueError:  # a port that is none, a bracket that is not closed
        plain = None
    if not plain:
        raise InputError(f"{_without_password(url)} is no URL with a host and a port.", hint=HINT)
    if parts.path not in {"", "/"}:
        raise InputError(f"{url} has a path, and requests bring their own.", hint=HINT)
    if _AWS.search(parts.hostname or ""):
        message = f"{url} is one service of AWS, and skafu needs several."
        raise InputError(message, hint="Leave out --endpoint to deploy to AWS.")
    return parts


def _without_password(url: str) -> str:
    return re.sub(r"//.*@", "//...@", url)


def _is_loopback_address(host: str) -> bool:
    """Whether it is such an address. A name can be made to mean any."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
