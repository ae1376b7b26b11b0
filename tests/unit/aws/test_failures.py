from __future__ import annotations

import boto3
import pytest
from botocore import exceptions as botocore
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from botocore.stub import Stubber

from skafu.aws.failures import LENGTH, asking, said
from skafu.model.cloud import CloudError, Unreachable

DOING = "describe the stack skafu-api"
WHO = "arn:aws:sts::111122223333:assumed-role/skafu-deployer/skafu-1"


def refusal(code, message, status=400, operation="DescribeStacks"):
    """The shape in which botocore hands on what AWS answered."""
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},
        operation,
    )


@pytest.mark.parametrize(
    ("error", "kind", "message", "step"),
    [
        (
            refusal("ExpiredToken", "The security token included in the request is expired", 403),
            CloudError,
            "cannot describe the stack skafu-api: the credentials have expired.",
            "aws sso login",
        ),
        (
            refusal("ExpiredTokenException", "Token expired: current date/time 1 must be before 0"),
            CloudError,
            "cannot describe the stack skafu-api: the credentials have expired.",
            "longer session",
        ),
        (
            refusal("RequestExpired", "Request has expired."),
            CloudError,
            "cannot describe the stack skafu-api: the credentials have expired.",
            "Sign in anew",
        ),
        (
            refusal("InvalidClientTokenId", "The security token included in the request is invalid.", 403),
            CloudError,
            (
                "cannot describe the stack skafu-api: AWS does not know these credentials (InvalidClientTokenId: The "
                "security token included in the request is invalid)."
            ),
            "id-token: write",
        ),
        (
            refusal(
                "SignatureDoesNotMatch",
                "Signature expired: 20261122T100000Z is now earlier than 20261122T101500Z",
            ),
            CloudError,
            "cannot describe the stack skafu-api: the clock of this machine is wrong.",
            "NTP",
        ),
        (
            refusal(
                "AccessDenied",
                f"User: {WHO} is not authorized to perform: cloudformation:DescribeStacks on resource: "
                "arn:aws:cloudformation:eu-west-1:111122223333:stack/skafu-api/* because no identity-based policy "
                "allows the cloudformation:DescribeStacks action",
                403,
            ),
            CloudError,
            (
                f"cannot describe the stack skafu-api: {WHO} may not cloudformation:DescribeStacks on "
                "arn:aws:cloudformation:eu-west-1:111122223333:stack/skafu-api/* because no identity-based policy allows "
                "the cloudformation:DescribeStacks action."
            ),
            "Let the role allow it",
        ),
        (
            refusal(
                "AccessDenied",
                f"User: {WHO} is not authorized to perform: s3:PutObject on resource: "
                '"arn:aws:s3:::b/k" with an explicit deny in a resource-based policy',
                403,
                "PutObject",
            ),
            CloudError,
            (
                f'cannot describe the stack skafu-api: {WHO} may not s3:PutObject on "arn:aws:s3:::b/k" (with an explicit '
                "deny in a resource-based policy)."
            ),
            "service control policies",
        ),
        (
            refusal(
                "AccessDenied",
                "User: arn:aws:iam::999999999999:user/me is not authorized to perform: sts:AssumeRole on resource: "
                "arn:aws:iam::111122223333:role/skafu-deployer",
                403,
                "AssumeRole",
            ),
            CloudError,
            (
                "cannot describe the stack skafu-api, because the deployer role cannot be assumed: "
                "arn:aws:iam::999999999999:user/me may not sts:AssumeRole on arn:aws:iam::111122223333:role/skafu-deployer."
            ),
            "trust policy",
        ),
        (
            refusal("403", "Forbidden", 403, "HeadBucket"),
            CloudError,
            "cannot describe the stack skafu-api: access denied (403: Forbidden).",
            "service control policies",
        ),
        (
            refusal("Throttling", "Rate exceeded"),
            Unreachable,
            (
                "cannot describe the stack skafu-api: AWS throttles the requests of this account, after all retries "
                "(Throttling)."
            ),
            "goes on where",
        ),
        (
            refusal("SlowDown", "Please reduce your request rate.", 503),
            Unreachable,
            (
                "cannot describe the stack skafu-api: AWS throttles the requests of this account, after all retries "
                "(SlowDown)."
            ),
            "Fewer stacks",
        ),
        (
            refusal("InternalFailure", "", 500),
            Unreachable,
            "cannot describe the stack skafu-api: AWS failed, after all retries (InternalFailure).",
            "goes on where",
        ),
        (
            refusal("503", "Service Unavailable", 503),
            Unreachable,
            "cannot describe the stack skafu-api: AWS failed, after all retries (503: Service Unavailable).",
            "goes on where",
        ),
        (
            refusal("LimitExceededException", "Limit on number of stacks exceeded"),
            CloudError,
            "cannot describe the stack skafu-api: LimitExceededException: Limit on number of stacks exceeded.",
            "",
        ),
        (
            refusal("ValidationError", "Stack with id skafu-api\n  does not exist."),
            CloudError,
            "cannot describe the stack skafu-api: ValidationError: Stack with id skafu-api does not exist.",
            "",
        ),
        (
            ClientError({}, "DescribeStacks"),
            CloudError,
            "cannot describe the stack skafu-api: no reason was given.",
            "",
        ),
        (
            botocore.NoCredentialsError(),
            CloudError,
            "cannot describe the stack skafu-api: there are no AWS credentials.",
            "id-token: write",
        ),
        (
            botocore.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
            CloudError,
            "cannot describe the stack skafu-api: there are no AWS credentials.",
            "aws sso login",
        ),
        (
            botocore.UnauthorizedSSOTokenError(),
            CloudError,
            (
                "cannot describe the stack skafu-api: there are no AWS credentials (The SSO session associated with this "
                "profile has expired or is otherwise invalid. To refresh this SSO session run aws sso login with the "
                "corresponding profile)."
            ),
            "aws sso login",
        ),
        (
            botocore.ProfileNotFound(profile="nobody"),
            CloudError,
            (
                "cannot describe the stack skafu-api: the AWS configuration of this machine cannot be used (The config "
                "profile (nobody) could not be found)."
            ),
            "AWS_PROFILE",
        ),
        (
            botocore.EndpointConnectionError(
                endpoint_url="https://sts.eu-west-1.amazonaws.com/?Signature=abc"
            ),
            Unreachable,
            (
                "cannot describe the stack skafu-api: the connection to https://sts.eu-west-1.amazonaws.com failed "
                "(EndpointConnectionError)."
            ),
            "goes on where",
        ),
        (
            botocore.ConnectionClosedError(endpoint_url="http://127.0.0.1:4566/"),
            Unreachable,
            (
                "cannot describe the stack skafu-api: the connection to http://127.0.0.1:4566 failed "
                "(ConnectionClosedError)."
            ),
            "goes on where",
        ),
        (
            botocore.ReadTimeoutError(endpoint_url="https://s3.eu-west-1.amazonaws.com/bucket/key"),
            Unreachable,
            "cannot describe the stack skafu-api: https://s3.eu-west-1.amazonaws.com does not answer in time.",
            "goes on where",
        ),
        (
            botocore.ProxyConnectionError(proxy_url="http://me:secret@proxy.example.org:3128"),
            Unreachable,
            "cannot describe the stack skafu-api: the proxy http://proxy.example.org:3128 cannot be reached.",
            "NO_PROXY",
        ),
        (
            botocore.SSLError(
                endpoint_url="https://aws.example.org", error="[SSL: CERTIFICATE_VERIFY_FAILED]"
            ),
            CloudError,
            (
                "cannot describe the stack skafu-api: https://aws.example.org shows a certificate that this machine does "
                "not trust."
            ),
            "AWS_CA_BUNDLE",
        ),
        (
            botocore.SSLError(
                endpoint_url="https://aws.example.org", error="EOF occurred in violation of protocol"
            ),
            Unreachable,
            "cannot describe the stack skafu-api: the connection to https://aws.example.org failed (SSLError).",
            "goes on where",
        ),
        (
            ResponseParserError("Unable to parse response (not well-formed), invalid XML received"),
            Unreachable,
            "cannot describe the stack skafu-api: what was answered cannot be read.",
            "goes on where",
        ),
        (
            botocore.UnknownRegionError(region_name="nowhere", error_msg="No partition found"),
            CloudError,
            "cannot describe the stack skafu-api: Unknown region: 'nowhere'. No partition found.",
            "",
        ),
    ],
)
def test_every_failure_is_one_sentence_with_a_next_step(error, kind, message, step):
    found = said(error, DOING)
    assert type(found) is kind
    assert found.message == message
    assert step in found.hint


def test_the_code_of_aws_is_kept():
    assert said(refusal("ValidationError", "no"), DOING).code == "ValidationError"
    assert said(botocore.NoCredentialsError(), DOING).code == ""


def test_what_was_said_already_stays_as_it_is():
    error = Unreachable("nobody is there")
    assert said(error, DOING) is error


def test_a_block_fails_with_the_sentence():
    with (
        pytest.raises(CloudError, match=r"^cannot describe the stack skafu-api: ValidationError: no\.$"),
        asking(DOING),
    ):
        raise refusal("ValidationError", "no")


def test_what_is_no_failure_of_botocore_is_not_taken_for_one():
    with pytest.raises(ZeroDivisionError), asking(DOING):
        raise ZeroDivisionError


def test_what_a_request_should_have_held_is_not_repeated():
    client = boto3.session.Session().client(
        "cloudformation",
        region_name="eu-west-1",
        endpoint_url="http://127.0.0.1:1",
        aws_access_key_id="a",
        aws_secret_access_key="b",  # noqa: S106 - it signs nothing
        config=Config(proxies={}),
    )
    with pytest.raises(CloudError) as failure, asking("change the stack"):
        client.update_stack(
            StackName="a", Parameters=[{"ParameterKey": "Password", "ParameterValue": ["hunter2", "hunter3"]}]
        )
    assert "Parameters[0].ParameterValue" in failure.value.message
    assert "hunter" not in str(failure.value)


def test_no_key_and_no_unreadable_length_of_text_is_repeated():
    found = said(refusal("InvalidRequest", f"ASIAIOSFODNN7EXAMPLE {'x' * 5000}"), DOING)
    assert "ASIA" not in found.message
    assert len(found.message) < LENGTH + 100


def test_what_a_client_raises_is_understood():
    client = boto3.session.Session().client(
        "cloudformation",
        region_name="eu-west-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",  # noqa: S106 - it signs nothing
    )
    with Stubber(client) as stubber:
        stubber.add_client_error(
            "execute_change_set",
            "InvalidChangeSetStatus",
            "ChangeSet is in OBSOLETE state",
            http_status_code=400,
        )
        with pytest.raises(CloudError) as failure, asking("execute the change set"):
            client.execute_change_set(
                ChangeSetName="arn:aws:cloudformation:eu-west-1:111122223333:changeSet/a/b"
            )
    assert failure.value.code == "InvalidChangeSetStatus"
