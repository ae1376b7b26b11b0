"""Every way in which AWS or botocore says no, as one sentence with a next step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from urllib.parse import urlsplit

from botocore import exceptions as botocore
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from skafu.model.cloud import CloudError, Unreachable

FAILURES = (BotoCoreError, ClientError, ResponseParserError)
"""All that a call of botocore raises. The last of them is neither of the other two."""

EXPIRED = frozenset(
    {
        "ExpiredIdentityToken",
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "TokenRefreshRequired",
    }
)
UNKNOWN_CREDENTIALS = frozenset(
    {
        "AuthFailure",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidIdentityToken",
        "InvalidSecurity",
        "InvalidToken",
        "MissingAuthenticationToken",
        "NotSignedUp",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
WRONG_CLOCK = frozenset({"RequestInTheFuture", "RequestTimeTooSkewed"})
DENIED = frozenset(
    {
        "403",
        "AccessDenied",
        "AccessDeniedException",
        "AllAccessDisabled",
        "Forbidden",
        "UnauthorizedOperation",
    }
)
THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "PriorRequestNotComplete",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""Not `LimitExceededException`, which botocore counts here: in CloudFormation it is a quota, which waiting does not raise."""

BROKEN = frozenset(
    {"InternalError", "InternalFailure", "RequestTimeout", "RequestTimeoutException", "ServiceUnavailable"}
)

SIGN_IN = (
    "Sign in (`aws sso login`), or let the pipeline do it: GitHub needs `permissions: id-token: write` "
    "and aws-actions/configure-aws-credentials."
)
SIGN_IN_AGAIN = (
    "Sign in anew (`aws sso login`) and run the same command again; a pipeline whose runs take longer "
    "gives its role a longer session."
)
TRY_AGAIN = "Run the same command again; it goes on where this one stopped."

LENGTH = 1_000
"""Characters of AWS's own words in a message. Encoded authorization failures are longer, and nobody can read them."""

_WHO = re.compile(
    r"User: (?P<who>\S+) is not authorized to perform: (?P<action>[\w:*-]+)(?P<rest>.*)", re.DOTALL
)
_RESOURCE = re.compile(r" on resource:? (?P<resource>\S+)")
_VALUE = re.compile(r"(?<=, value: ).*?(?=, type: |, valid )|(?<=\(').*?(?='\))", re.DOTALL)
_KEY = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b")


@contextmanager
def asking(doing: str) -> Iterator[None]:
    """Make every failure inside of the block a `CloudError`; `doing` is as in `said`."""
    try:
        yield
    except FAILURES as error:
        raise said(error, doing) from None


def said(error: Exception, doing: str) -> CloudError:
    """A failure as one sentence.

    Args:
        error: one of `FAILURES`; a `CloudError` stays what it is.
        doing: what was asked for, as in `cannot ...`: `describe the stack skafu-api`.

    Returns:
        `Unreachable` where nobody knows whether it has happened, or where asking later may help; else `CloudError`
        with AWS's code.
    """
    if isinstance(error, CloudError):
        return error
    if isinstance(error, ClientError):
        return _refused(error, doing)
    if isinstance(error, ResponseParserError):
        return Unreachable(f"cannot {doing}: what was answered cannot be read.", hint=TRY_AGAIN)
    return _never_answered(error, doing)


def _refused(error: ClientError, doing: str) -> CloudError:
    answer = error.response.get("Error", {})
    code, words = str(answer.get("Code", "")), _words(answer.get("Message", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if error.operation_name == "AssumeRole":
        doing = f"{doing}, because the deployer role cannot be assumed"
    if code in EXPIRED:
        return CloudError(f"cannot {doing}: the credentials have expired.", code=code, hint=SIGN_IN_AGAIN)
    if code in WRONG_CLOCK or "Signature expired" in words or "Signature not yet current" in words:
        message = f"cannot {doing}: the clock of this machine is wrong."
        return CloudError(message, code=code, hint="Set it by a time server (NTP).")
    if code in UNKNOWN_CREDENTIALS:
        message = f"cannot {doing}: AWS does not know these credentials ({code}: {words})."
        return CloudError(message, code=code, hint=SIGN_IN)
    if code in DENIED:
        return _denied(code, words, doing, error.operation_name)
    if code in THROTTLED or "Rate exceeded" in words:
        message = f"cannot {doing}: AWS throttles the requests of this account, after all retries ({code})."
        return Unreachable(message, code=code, hint=f"{TRY_AGAIN} Fewer stacks at once need fewer requests.")
    if code in BROKEN or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        message = f"cannot {doing}: AWS failed, after all retries ({_both(code or str(status), words)})."
        return Unreachable(message, code=code, hint=TRY_AGAIN)
    return CloudError(f"cannot {doing}: {_both(code, words)}.", code=code)


def _denied(code: str, words: str, doing: str, operation: str) -> CloudError:
    hint = "Let the role allow it; service control policies and permissions boundaries count too."
    if operation.startswith("AssumeRole"):
        hint = (
            "The trust policy of the role must name who asks (and its external id), and who asks must be "
            "allowed sts:AssumeRole."
        )
    found = _WHO.search(words)
    if found is None:
        return CloudError(f"cannot {doing}: access denied ({_both(code, words)}).", code=code, hint=hint)
    resource = _RESOURCE.search(found["rest"])
    on = f" on {resource['resource'].rstrip('.,')}" if resource else ""
    because = found["rest"][resource.end() :] if resource else found["rest"]
    reason = because.strip(" .,")
    why = f" {reason}" if reason.startswith("because") else f" ({reason})" if reason else ""
    return CloudError(
        f"cannot {doing}: {found['who']} may not {found['action']}{on}{why}.",
        code=code,
        hint=hint,
    )


def _never_answered(error: Exception, doing: str) -> CloudError:
    """What went wrong on this machine, or on the way."""
    match error:
        case botocore.NoCredentialsError() | botocore.PartialCredentialsError():
            return CloudError(f"cannot {doing}: there are no AWS credentials.", hint=SIGN_IN)
        case (
            botocore.CredentialRetrievalError()
            | botocore.TokenRetrievalError()
            | botocore.MetadataRetrievalError()
            | botocore.SSOError()
            | botocore.LoginError()
        ):
            message = f"cannot {doing}: there are no AWS credentials ({_words(error)})."
            return CloudError(message, hint=SIGN_IN)
        case botocore.ProfileNotFound() | botocore.ConfigParseError() | botocore.InvalidConfigError():
            message = (
                f"cannot {doing}: the AWS configuration of this machine cannot be used ({_words(error)})."
            )
            return CloudError(message, hint="See AWS_PROFILE and ~/.aws/config.")
        case botocore.ParamValidationError():
            report = _VALUE.sub("...", str(error.kwargs.get("report", "")))
            return CloudError(f"cannot {doing}: the request is not valid ({_words(report)}).")
        case botocore.ConnectionError() | botocore.HTTPClientError() | botocore.IncompleteReadError():
            return _cut_off(error, doing)
    return CloudError(f"cannot {doing}: {_words(error) or type(error).__name__}.")


def _cut_off(error: Exception, doing: str) -> CloudError:
    host = _host(error)
    match error:
        case botocore.SSLError() if "CERTIFICATE_VERIFY_FAILED" in str(error):
            message = f"cannot {doing}: {host} shows a certificate that this machine does not trust."
            return CloudError(message, hint="AWS_CA_BUNDLE names the certificates of a company's proxy.")
        case botocore.ReadTimeoutError() | botocore.ConnectTimeoutError():
            return Unreachable(f"cannot {doing}: {host} does not answer in time.", hint=TRY_AGAIN)
        case botocore.ProxyConnectionError():
            message = f"cannot {doing}: the proxy {host} cannot be reached."
            return Unreachable(message, hint="See HTTPS_PROXY and NO_PROXY.")
    message = f"cannot {doing}: the connection to {host} failed ({type(error).__name__})."
    return Unreachable(message, hint=TRY_AGAIN)


def _words(value: object) -> str:
    """One line without a full stop at its end and without the id of an access key."""
    line = _KEY.sub("...", " ".join(str(value).split()))
    return (line if len(line) <= LENGTH else f"{line[:LENGTH]}...").rstrip(".")


def _both(code: str, words: str) -> str:
    return f"{code}: {words}" if code and words else code or words or "no reason was given"


def _host(error: Exception) -> str:
    """Scheme and host; the rest of a URL may be signed, or hold a password."""
    kwargs = getattr(error, "kwargs", {})
    url = urlsplit(str(kwargs.get("endpoint_url") or kwargs.get("proxy_url") or ""))
    if not url.hostname:
        return "AWS"
    return f"{url.scheme}://{url.hostname}{f':{url.port}' if url.port else ''}"
