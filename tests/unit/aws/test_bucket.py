from __future__ import annotations

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from botocore.stub import ANY, Stubber

from skafu.aws.bucket import TRIES, Bucket, Stored
from skafu.aws.bucket_checks import BLOCKED, sha256_of
from skafu.aws.endpoint import AWS
from skafu.aws.sessions import Deployer, Sessions
from skafu.model.cloud import CloudError

ACCOUNT = "230000000001"
STRANGER = "230000000002"
REGION = "eu-west-1"
TAGS = {"Owner": "platform", "Application": "skafu"}
CODE = b"def handler(event, context): ..."
SHA256 = hashlib.sha256(CODE).hexdigest()
CHECKSUM = base64.b64encode(hashlib.sha256(CODE).digest()).decode()

_numbers = count()


@pytest.fixture
def s3(connect):
    return connect("s3", ACCOUNT, REGION)


@pytest.fixture
def bucket(s3):
    """A bucket that does not exist yet."""
    return Bucket(s3, f"skafu-artifacts-{next(_numbers)}", ACCOUNT, REGION)


@pytest.mark.slow
def test_a_missing_bucket_is_made_as_artifacts_want_it(bucket, s3):
    assert bucket.ensure(TAGS) is True
    name = {"Bucket": bucket.name}
    rules = s3.get_bucket_encryption(**name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.get_bucket_versioning(**name)["Status"] == "Enabled"
    assert set(s3.get_public_access_block(**name)["PublicAccessBlockConfiguration"].values()) == {True}
    ownership = s3.get_bucket_ownership_controls(**name)["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert {one["Key"]: one["Value"] for one in s3.get_bucket_tagging(**name)["TagSet"]} == TAGS
    statement = json.loads(s3.get_bucket_policy(**name)["Policy"])["Statement"][0]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [f"arn:aws:s3:::{bucket.name}", f"arn:aws:s3:::{bucket.name}/*"]


@pytest.mark.slow
def test_a_key_of_the_account_encrypts_where_one_is_given(s3):
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
    Bucket(s3, "skafu-artifacts-kms", ACCOUNT, REGION, key=arn).ensure({})
    found = s3.get_bucket_encryption(Bucket="skafu-artifacts-kms")
    assert found["ServerSideEncryptionConfiguration"]["Rules"] == [
        {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn},
            "BucketKeyEnabled": True,
        }
    ]


@pytest.mark.slow
def test_a_bucket_that_is_there_is_left_as_it_is(bucket, s3):
    bucket.ensure(TAGS)
    theirs = [{"Key": "Owner", "Value": "they"}]
    s3.put_bucket_tagging(Bucket=bucket.name, Tagging={"TagSet": theirs})
    assert bucket.ensure(TAGS) is False
    assert s3.get_bucket_tagging(Bucket=bucket.name)["TagSet"] == theirs


@pytest.mark.slow
def test_a_bucket_in_the_first_region_is_made_too(connect):
    client = connect("s3", ACCOUNT, "us-east-1")
    assert Bucket(client, "skafu-artifacts-first", ACCOUNT, "us-east-1").ensure({}) is True


@pytest.mark.slow
def test_a_bucket_that_was_left_half_made_is_finished(bucket, s3):
    s3.create_bucket(Bucket=bucket.name, CreateBucketConfiguration={"LocationConstraint": REGION})
    assert bucket.ensure(TAGS) is True
    assert bucket.ensure(TAGS) is False


@pytest.mark.slow
def test_a_bucket_that_others_use_without_versions_is_refused(bucket, s3):
    s3.create_bucket(Bucket=bucket.name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=bucket.name, Key="theirs", Body=b"")
    with pytest.raises(CloudError, match="is not versioned; skafu stores nothing in it"):
        bucket.ensure(TAGS)


@pytest.mark.slow
@pytest.mark.parametrize("left", [None, "RestrictPublicBuckets"])
def test_a_bucket_that_may_be_made_public_is_refused_with_what_to_do(bucket, s3, left):
    bucket.ensure(TAGS)
    s3.delete_public_access_block(Bucket=bucket.name)
    if left:
        s3.put_public_access_block(
            Bucket=bucket.name,
            PublicAccessBlockConfiguration={name: name != left for name in BLOCKED},
        )
    open_to_all = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket.name}/*",
    }
    if not left:
        s3.put_bucket_policy(
            Bucket=bucket.name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [open_to_all]})
        )
    with pytest.raises(CloudError, match=f"may be made public \\(.*{left or BLOCKED[0]}") as failure:
        bucket.ensure(TAGS)
    assert "switch all settings of its public access block on" in failure.value.hint


@pytest.mark.slow
def test_a_bucket_of_another_account_is_refused(bucket, connect):
    foreign = connect("s3", STRANGER, REGION)
    foreign.create_bucket(Bucket=bucket.name, CreateBucketConfiguration={"LocationConstraint": REGION})
    with pytest.raises(CloudError, match=f"belongs to another account than {ACCOUNT}"):
        bucket.ensure(TAGS)


def stubbed(connect, *answers):
    """A bucket whose client gives these answers in turn: (method, answer or code and status)."""
    client = connect("s3", ACCOUNT, REGION)
    stubber = Stubber(client)
    for method, answer in answers:
        if isinstance(answer, dict):
            stubber.add_response(method, answer)
        else:
            stubber.add_client_error(method, answer[0], http_status_code=answer[1])
    stubber.activate()
    return Bucket(client, "skafu-artifacts", ACCOUNT, REGION), stubber


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (
            [("head_bucket", ("403", 403))],
            "belongs to another account than 230000000001, or this role may not",
        ),
        ([("head_bucket", {"BucketRegion": "us-east-2"})], "is in us-east-2, and not in eu-west-1"),
        (
            [
                ("head_bucket", {"BucketRegion": REGION}),
                ("get_bucket_encryption", ("ServerSideEncryptionConfigurationNotFoundError", 404)),
            ],
            "is not encrypted",
        ),
        (
            [("head_bucket", {}), ("get_bucket_encryption", ("AccessDenied", 403))],
            "cannot look at the bucket skafu-artifacts: access denied",
        ),
        (
            [("head_bucket", ("404", 404)), ("create_bucket", ("BucketAlreadyExists", 409))],
            "belongs to another account",
        ),
        (
            [("head_bucket", ("404", 404)), ("create_bucket", ("OperationAborted", 409))],
            "cannot make the bucket skafu-artifacts: OperationAborted",
        ),
    ],
)
def test_a_bucket_that_must_not_hold_code_is_refused_with_the_reason(connect, answers, said):
    bucket, stubber = stubbed(connect, *answers)
    with pytest.raises(CloudError, match=said):
        bucket.ensure({})
    stubber.assert_no_pending_responses()


@pytest.mark.slow
def test_an_object_is_stored_once(bucket, tmp_path):
    bucket.ensure({})
    file = tmp_path / "code.zip"
    file.write_bytes(CODE)
    stored = [bucket.put_once("a/key", what, SHA256) for what in (CODE, CODE, file)]
    assert stored == [True, False, False]
    assert bucket.put_once("another", file, SHA256) is True
    assert bucket.get("a/key") == bucket.get("another") == CODE
    assert bucket.get("nothing") is None


@pytest.mark.slow
def test_many_who_store_the_same_store_it_once(bucket):
    bucket.ensure({})
    with ThreadPoolExecutor(8) as pool:
        stored = list(pool.map(lambda _: bucket.put_once("key", CODE, SHA256), range(16)))
    assert stored.count(True) == 1


@pytest.mark.slow
@pytest.mark.parametrize("checksum", [{}, {"ChecksumSHA256": base64.b64encode(b"\0" * 32).decode()}])
def test_what_lies_there_with_another_checksum_or_none_is_never_overwritten(bucket, s3, checksum):
    bucket.ensure({})
    other = b"something else"
    given = {"ChecksumSHA256": base64.b64encode(hashlib.sha256(other).digest()).decode()} if checksum else {}
    s3.put_object(Bucket=bucket.name, Key="key", Body=other, **given)
    with pytest.raises(CloudError, match="something else lies at s3://"):
        bucket.put_once("key", CODE, SHA256)
    assert bucket.get("key") == other


@pytest.mark.slow
def test_the_same_content_that_somebody_uploaded_without_its_sha256_is_the_same(bucket, s3):
    bucket.ensure({})
    s3.put_object(Bucket=bucket.name, Key="key", Body=CODE, ChecksumAlgorithm="CRC32")
    assert bucket.put_once("key", CODE, SHA256) is False


@pytest.mark.slow
def test_what_is_wrong_with_something_else_is_said_to_the_digit(bucket, s3):
    bucket.ensure({})
    s3.put_object(Bucket=bucket.name, Key="key", Body=b"something else", ChecksumAlgorithm="CRC32")
    with pytest.raises(CloudError) as failure:
        bucket.put_once("key", CODE, SHA256)
    other = hashlib.sha256(b"something else").hexdigest()
    assert failure.value.message == (
        f"something else lies at s3://{bucket.name}/key: its SHA-256 is {other}, and not {SHA256}; an artifact is never "
        "overwritten."
    )


@pytest.mark.slow
def test_whether_an_object_is_still_what_was_stored(bucket, s3):
    bucket.ensure({})
    for key in ("same", "replaced", "gone", "uploaded-anew"):
        bucket.put_once(key, CODE, SHA256)
    s3.put_object(Bucket=bucket.name, Key="replaced", Body=b"something else", ChecksumAlgorithm="SHA256")
    s3.delete_object(Bucket=bucket.name, Key="gone")
    s3.put_object(Bucket=bucket.name, Key="uploaded-anew", Body=CODE, ChecksumAlgorithm="CRC32")
    assert bucket.still("same", SHA256) == ""
    assert bucket.still("uploaded-anew", SHA256) == ""
    assert bucket.still("gone", SHA256) == f"nothing lies at s3://{bucket.name}/gone any more"
    assert bucket.still("replaced", SHA256).startswith(
        f"something else lies at s3://{bucket.name}/replaced: its SHA-256"
    )


@pytest.mark.parametrize(("checksum", "sha256"), [("", ""), (CHECKSUM, SHA256), (f"{CHECKSUM}-2", "")])
def test_a_checksum_of_parts_is_not_that_of_the_whole(checksum, sha256):
    assert sha256_of(checksum) == sha256


@pytest.mark.slow
def test_a_file_that_changed_since_it_was_hashed_is_not_stored(bucket):
    bucket.ensure({})
    with pytest.raises(CloudError, match="BadDigest"):
        bucket.put_once("key", CODE + b"\n", SHA256)
    assert bucket.get("key") is None


@pytest.mark.slow
def test_a_write_that_collides_is_sent_again(connect):
    bucket, stubber = stubbed(
        connect,
        ("head_object", ("404", 404)),
        ("put_object", ("ConditionalRequestConflict", 409)),
        ("put_object", {}),
    )
    assert bucket.put_once("key", CODE, SHA256) is True
    stubber.assert_no_pending_responses()


@pytest.mark.slow
def test_a_write_that_always_collides_is_an_error(connect):
    conflict = ("put_object", ("ConditionalRequestConflict", 409))
    bucket, _ = stubbed(connect, ("head_object", ("404", 404)), *[conflict] * TRIES)
    with pytest.raises(CloudError, match="ConditionalRequestConflict"):
        bucket.put_once("key", CODE, SHA256)


@pytest.mark.slow
def test_a_write_that_another_one_was_ahead_of_is_compared(connect):
    bucket, stubber = stubbed(
        connect,
        ("head_object", ("404", 404)),
        ("put_object", ("PreconditionFailed", 412)),
        ("head_object", {"ChecksumSHA256": CHECKSUM}),
    )
    assert bucket.put_once("key", CODE, SHA256) is False
    stubber.assert_no_pending_responses()


@pytest.mark.slow
def test_every_request_names_the_account_that_must_own_the_bucket(connect):
    client = connect("s3", ACCOUNT, REGION)
    with Stubber(client) as stubber:
        stubber.add_response(
            "get_object", {}, {"Bucket": "b", "Key": "k", "ExpectedBucketOwner": ACCOUNT, "ChecksumMode": ANY}
        )
        with pytest.raises(KeyError):  # the stub has no body; the request is what counts
            Bucket(client, "b", ACCOUNT, REGION).get("k")


@pytest.mark.slow
def test_cloudformation_finds_a_template_by_its_url(bucket, connect):
    template = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}).encode()
    sha256 = hashlib.sha256(template).hexdigest()
    bucket.ensure({})
    bucket.put_once(f"templates/{sha256}.json", template, sha256)
    cloudformation = connect("cloudformation", ACCOUNT, REGION)
    cloudformation.validate_template(TemplateURL=bucket.url(f"templates/{sha256}.json"))


@pytest.mark.parametrize(
    ("region", "url"),
    [
        ("eu-west-1", "https://s3.eu-west-1.amazonaws.com/skafu-artifacts/a/key"),
        ("us-east-1", "https://s3.amazonaws.com/skafu-artifacts/a/key"),
        ("cn-north-1", "https://s3.cn-north-1.amazonaws.com.cn/skafu-artifacts/a/key"),
    ],
)
def test_the_url_of_an_object_of_aws(region, url, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
    client = Sessions(AWS, "run", "me", as_administrator=True).client("s3", Deployer(ACCOUNT, "role"), region)
    assert Bucket(client, "skafu-artifacts", ACCOUNT, region).url("a/key") == url


@pytest.mark.slow
def test_what_is_stored_is_told_by_its_checksum_and_what_has_none_is_refused(bucket, s3):
    bucket.ensure({})
    bucket.put_once("code", CODE, SHA256)
    s3.put_object(Bucket=bucket.name, Key="by-hand", Body=CODE, ChecksumAlgorithm="CRC32")

    assert bucket.stored("code") == Stored(SHA256, len(CODE))
    assert bucket.stored("nothing") is None
    with pytest.raises(CloudError, match="skafu has not put it there"):
        bucket.stored("by-hand")
