from __future__ import annotations

import os
import socket
import threading

import pytest

from skafu.aws.connection import Calls, configuration, connected
from skafu.aws.endpoint import AWS, Endpoint, check_aws, parse_endpoint
from skafu.aws.sessions import Deployer, Sessions
from skafu.model.cloud import CloudError
from skafu.model.errors import InputError

DEPLOYER = Deployer("210000000001", "skafu-deployer", "an-id", "development")


@pytest.mark.parametrize("text", [None, ""])
def test_without_an_endpoint_it_is_aws(text):
    assert parse_endpoint(text) == AWS == Endpoint("aws", "")


def test_embedded_is_an_endpoint_that_has_not_been_started():
    assert parse_endpoint("embedded") == Endpoint("embedded", "")


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://localhost:4566", "http://localhost:4566"),
        ("http://localhost:4566/", "http://localhost:4566"),
        ("https://aws.example.org", "https://aws.example.org"),
        ("http://[::1]:4566", "http://[::1]:4566"),
    ],
)
def test_a_url_is_an_endpoint(text, url):
    assert parse_endpoint(text) == Endpoint("url", url)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("embeded", '"embeded" is no endpoint. Did you mean "embedded"?'),
        ("localhost:4566", '"localhost:4566" is no endpoint. Give "embedded", or a URL such as'),
        ("ftp://localhost", "ftp://localhost begins with neither http:// nor https://"),
        ("http://", "http:// is no URL with a host and a port"),
        ("http://localhost:port", "http://localhost:port is no URL with a host and a port"),
        ("http://localhost:99999", "http://localhost:99999 is no URL with a host and a port"),
        ("http://local host", "http://local host is no URL with a host and a port"),
        ("http://me:secret@localhost", "http://...@localhost is no URL with a host and a port"),
        ("http://localhost/path", "http://localhost/path has a path, and requests bring their own"),
        ("https://s3.eu-west-1.amazonaws.com", "is one service of AWS, and skafu needs several. Leave out"),
    ],
)
def test_what_is_no_url_is_bad_input_with_a_next_step(text, said):
    with pytest.raises(InputError) as failure:
        parse_endpoint(text)
    assert said in str(failure.value)
    assert failure.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1:4566",
        "http://0.0.0.0:4566",
        "http://localhost:4566",  # a name means what the machine's resolver says
        "http://127.0.0.1.example.org:4566",
        "http://127.0.0.1@example.org",
        "http://127.0.0.1\\@example.org",
        "http://127.1:4566",
        "http://[::ffff:192.0.2.1]:4566",
        "https://sts.amazonaws.com",
    ],
)
def test_an_embedded_endpoint_that_is_not_an_address_of_this_machine_is_refused(url):
    with pytest.raises(InputError):
        Endpoint("embedded", url)


@pytest.mark.parametrize("url", ["http://127.0.0.1:4566", "http://127.8.9.1:4566", "http://[::1]:4566"])
def test_an_embedded_endpoint_is_an_address_of_this_machine(url):
    assert Endpoint("embedded", url).loopback


def test_aws_takes_no_url():
    with pytest.raises(InputError):
        Endpoint("aws", "http://127.0.0.1:4566")


def test_an_embedded_endpoint_that_was_not_started_has_no_sessions():
    with pytest.raises(InputError, match="has not been started"):
        connected(Endpoint("embedded"))


@pytest.mark.parametrize(
    ("url", "proxies"),
    [
        ("http://127.0.0.1:1", {}),
        ("http://localhost:1", {}),
        ("http://sky.localhost:1", {}),
        ("http://sky.example.org", None),
    ],
)
def test_no_proxy_is_asked_for_what_is_on_this_machine(url, proxies):
    assert configuration(Endpoint("url", url), Calls()).proxies == proxies


@pytest.fixture
def stranger():
    """Listens, and counts who comes: `stranger.url`, `stranger.visits`."""
    with Stranger() as one:
        yield one


class Stranger:
    def __init__(self):
        self.visits = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = self._socket.getsockname()
        self.url = "http://{}:{}".format(*self.address)
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def _listen(self):
        while True:
            try:
                visitor, _ = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            visitor.close()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture
def misled(monkeypatch, tmp_path, stranger):
    """An environment and files that lead every client of botocore to the stranger, and name real-looking keys."""
    ran = tmp_path / "ran"
    config = tmp_path / "config"
    config.write_text(
        f"""\
[default]
region = us-east-2
endpoint_url = {stranger.url}
services = elsewhere
credential_process = touch {ran}
use_fips_endpoint = true
ca_bundle = {tmp_path}/no-such-file
[profile elsewhere]
region = us-east-2
endpoint_url = {stranger.url}
credential_process = touch {ran}
[services elsewhere]
s3 =
  endpoint_url = {stranger.url}
""",
        encoding="utf-8",
    )
    credentials = tmp_path / "credentials"
    credentials.write_text(
        "[elsewhere]\naws_access_key_id = AKIAFROMTHEFILE00000\naws_secret_access_key = s\n", encoding="utf-8"
    )
    token = tmp_path / "token"
    token.write_text("a-token", encoding="utf-8")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIAFROMENVIRONMENT0",
        "AWS_SECRET_ACCESS_KEY": "a-secret",
        "AWS_SESSION_TOKEN": "a-session",
        "AWS_PROFILE": "elsewhere",
        "AWS_DEFAULT_PROFILE": "elsewhere",
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
        "AWS_REGION": "us-east-2",
        "AWS_DEFAULT_REGION": "us-east-2",
        "AWS_ENDPOINT_URL": stranger.url,
        "AWS_ENDPOINT_URL_S3": stranger.url,
        "AWS_ENDPOINT_URL_STS": stranger.url,
        "AWS_ENDPOINT_URL_CLOUDFORMATION": stranger.url,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_CA_BUNDLE": str(tmp_path / "no-such-file"),
        "REQUESTS_CA_BUNDLE": str(tmp_path / "no-such-file"),
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "AWS_STS_REGIONAL_ENDPOINTS": "legacy",
        "AWS_ROLE_ARN": "arn:aws:iam::999999999999:role/elsewhere",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(token),
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": stranger.url,
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": stranger.url,
        "AWS_CSM_ENABLED": "true",
        "AWS_DEFAULTS_MODE": "auto",
        "HTTP_PROXY": stranger.url,
        "HTTPS_PROXY": stranger.url,
        "ALL_PROXY": stranger.url,
        "http_proxy": stranger.url,
        "https_proxy": stranger.url,
        "NO_PROXY": "",
        "no_proxy": "",
    }.items():
        monkeypatch.setenv(name, value)
    return ran


@pytest.fixture
def addresses(monkeypatch):
    """Every address that a socket of this process connects to, or sends to."""
    seen = set()
    connect, sendto = socket.socket.connect, socket.socket.sendto

    def connecting(self, address):
        seen.add(address)
        return connect(self, address)

    def sending(self, *args):
        seen.add(args[-1])
        return sendto(self, *args)

    monkeypatch.setattr(socket.socket, "connect", connecting)
    monkeypatch.setattr(socket.socket, "sendto", sending)
    return seen


def _port(url):
    return int(url.rpartition(":")[2])


@pytest.mark.slow
def test_nothing_around_it_leads_the_embedded_endpoint_elsewhere(ministack, stranger, misled, addresses):
    sessions = Sessions(Endpoint("embedded", ministack), "run-1", "me")
    caller = sessions.verify(DEPLOYER, "eu-west-1")
    sessions.client("s3", DEPLOYER, "eu-west-1").list_buckets()
    sessions.client("cloudformation", DEPLOYER, "eu-west-1").describe_stacks()
    assert caller.arn == "arn:aws:sts::210000000001:assumed-role/skafu-deployer/skafu-run-1-me"
    assert addresses == {("127.0.0.1", _port(ministack))}
    assert stranger.visits == 0
    assert not misled.exists()


@pytest.mark.slow
def test_the_same_environment_leads_botocore_to_the_stranger(misled, stranger):
    """What the test above would see if it were not for the isolation."""
    client = connected(AWS).create_client("s3", region_name="eu-west-1")
    assert client.meta.endpoint_url == stranger.url
    assert os.environ["AWS_PROFILE"] == "elsewhere"
    assert not misled.exists()


@pytest.mark.slow
@pytest.mark.usefixtures("misled")
def test_another_url_is_asked_for_everything_with_the_credentials_of_the_environment(
    ministack, stranger, addresses, monkeypatch
):
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_DEFAULTS_MODE", "AWS_CSM_ENABLED"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "210000000009")
    sessions = Sessions(Endpoint("url", ministack), "run-1", "me")
    sessions.client("s3", DEPLOYER, "eu-west-1").list_buckets()
    sessions.client("cloudformation", DEPLOYER, "eu-west-1").describe_stacks()
    assert sessions.caller("eu-west-1").account == "210000000009"
    assert addresses == {("127.0.0.1", _port(ministack))}
    assert stranger.visits == 0


@pytest.mark.slow
def test_a_request_for_another_host_is_never_sent(ministack, stranger, addresses):
    session = connected(Endpoint("embedded", ministack))
    client = session.create_client("s3", region_name="eu-west-1", endpoint_url=stranger.url)
    with pytest.raises(CloudError, match="was about to leave"):
        client.list_buckets()
    assert stranger.visits == 0
    assert addresses == set()


LED_ASTRAY = {
    "one variable for all services": {"AWS_ENDPOINT_URL": "{url}"},
    "a variable for one": {"AWS_ENDPOINT_URL_STS": "{url}"},
    "the configuration file": {"AWS_CONFIG_FILE": "[default]\nendpoint_url = {url}\n"},
    "its services": {
        "AWS_CONFIG_FILE": "[default]\nservices = mine\n[services mine]\nsts =\n  endpoint_url = {url}\n"
    },
    "a host of AWS without TLS": {"AWS_ENDPOINT_URL": "http://sts.us-east-1.amazonaws.com"},
    "somebody's load balancer at AWS": {"AWS_ENDPOINT_URL": "https://mine-1.us-east-1.elb.amazonaws.com"},
    "somebody's domain": {"AWS_ENDPOINT_URL": "https://sts.amazonaws.com.example.org"},
}


@pytest.fixture
def configured(monkeypatch, tmp_path, stranger):
    """`configured(variables)`: keys that are good for nothing, and these variables; a file by its content."""

    def configure(variables):
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "210000000009")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "made-up")
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        for name, text in {"AWS_CONFIG_FILE": "", **variables}.items():
            value = text.replace("{url}", stranger.url)
            if name == "AWS_CONFIG_FILE":
                (tmp_path / "config").write_text(value, encoding="utf-8")
                value = str(tmp_path / "config")
            monkeypatch.setenv(name, value)

    return configure


@pytest.mark.parametrize("variables", LED_ASTRAY.values(), ids=LED_ASTRAY)
def test_what_leads_clients_of_aws_elsewhere_is_bad_input(configured, stranger, addresses, variables):
    configured(variables)
    with pytest.raises(InputError, match="which is not AWS") as failure:
        Sessions(AWS, "run-1", "me").verify(DEPLOYER, "us-east-1")
    assert failure.value.message.startswith("requests to sts would go to http")
    assert "--endpoint" in failure.value.hint
    assert (stranger.visits, addresses) == (0, set())


def test_a_client_that_fetches_credentials_from_elsewhere_sends_nothing(configured, stranger, addresses):
    configured({"AWS_ENDPOINT_URL_SSO": "{url}"})
    client = connected(AWS).create_client("sso", region_name="us-east-1")
    with pytest.raises(InputError, match="requests to sso would go to http://127"):
        client.get_role_credentials(roleName="r", accountId="210000000009", accessToken="t")
    assert (stranger.visits, addresses) == (0, set())


@pytest.mark.parametrize(
    ("service", "url"),
    [
        ("sts", "https://sts.amazonaws.com"),
        ("sts", "https://sts.cn-north-1.amazonaws.com.cn"),
        ("sts", "https://sts-fips.us-gov-west-1.amazonaws.com"),
        ("sts", "https://vpce-0a1b-2c3d.sts.us-east-1.vpce.amazonaws.com"),
        ("s3", "https://bucket.vpce-0a1b-2c3d.s3.us-east-1.vpce.amazonaws.com"),
        ("s3", "https://s3.dualstack.eu-west-1.amazonaws.com/bucket/key?versionId=1"),
        ("s3", "https://skafu-artifacts.s3-us-west-2.amazonaws.com"),
        ("cloudformation", "https://cloudformation.us-iso-east-1.c2s.ic.gov"),
        ("cloudformation", "https://cloudformation.eusc-de-east-1.amazonaws.eu"),
        ("cloudformation", "https://cloudformation.us-isob-east-1.sc2s.sgov.gov"),
        ("cloudformation", "https://cloudformation.us-isof-south-1.csp.hci.ic.gov"),
        ("sso", "https://portal.sso.eu-central-1.amazonaws.com/federation"),
        ("sso-oidc", "https://oidc.eu-central-1.amazonaws.com"),
        ("signin", "https://us-east-1.signin.aws.amazon.com"),
    ],
)
def test_the_hosts_of_aws_and_those_of_vpc_endpoints_are_aws(service, url):
    check_aws(url, service)


def test_an_endpoint_of_a_vpc_may_be_configured(configured):
    configured({"AWS_ENDPOINT_URL_STS": "https://vpce-0a1b-2c3d.sts.us-east-1.vpce.amazonaws.com"})
    client = Sessions(AWS, "run-1", "me", as_administrator=True).client("sts", DEPLOYER, "us-east-1")
    assert client.meta.endpoint_url == "https://vpce-0a1b-2c3d.sts.us-east-1.vpce.amazonaws.com"
