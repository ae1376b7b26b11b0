"""Outputs of another account: read there as its reader role, and never answered by whatever account one is in."""

from __future__ import annotations

import pytest

import generated
from faulty import denied, faulty

pytestmark = pytest.mark.slow

ACCOUNTS = """\
estate: made
deployment:
  reader_role: reads-${environment.name}
accounts:
  workloads: {id: "WORKLOADS", purpose: everything, access: developers, deployer_role: deployer}
  central: {id: "CENTRAL", purpose: what all need, access: operators, deployer_role: deployer}
"""


@pytest.fixture
def two_accounts(deployable):
    """`store` in the account of `central`, and `app` of another account, which reads its output."""
    estate = deployable(generated.BASE)
    central = f"{int(estate.account) + 500_000:012}"
    queue = generated.stack("platform", "store", [], resources=1)
    estate.write(
        {
            **{file: text.replace("[development]", "[shared]") for file, text in queue.items()},
            **generated.stack("platform", "app", ["shared/us-east-1/store"], resources=1),
            "stacks/environments/shared.yaml": "name: shared\naccount: central\nregion: us-east-1\n",
            "stacks/accounts.yaml": ACCOUNTS.replace("WORKLOADS", estate.account).replace("CENTRAL", central),
        }
    )
    assert estate.run("deploy", "--env", "shared").code == 0
    return estate, central


def test_the_reader_role_is_assumed_and_not_the_deployer_of_the_other_account(two_accounts):
    estate, central = two_accounts
    with faulty(estate.url) as proxy:
        planned = estate.run("plan", "--env", "development", URL=proxy.url)
        deployed = estate.run("deploy", "--env", "development", URL=proxy.url)

    assert (planned.code, deployed.code) == (0, 0), planned.stdout + deployed.stdout
    assert {one.fields["RoleArn"] for one in proxy.requests if one.action == "AssumeRole"} == {
        f"arn:aws:iam::{estate.account}:role/deployer",
        f"arn:aws:iam::{central}:role/reads-shared",
    }
    (given,) = estate.stack("made-development-app")["Parameters"]
    assert given["ParameterValue"] == f"arn:aws:sqs:us-east-1:{central}:store-0"


def test_an_administrator_of_one_account_is_told_that_the_other_cannot_be_read(two_accounts):
    estate, central = two_accounts
    asked = ("--env", "development", "--as-administrator")

    for command in ("plan", "deploy"):
        run = estate.run(command, *asked, AWS_ACCESS_KEY_ID=estate.account)

        told = " ".join(run.stdout.split())
        assert run.code == 3
        assert (
            f"it needs shared/us-east-1/store, in the account central ({central}), which cannot be read"
            in told
        )
        assert f"these credentials belong to {estate.account}" in told
        assert "without --as-administrator" in told
        assert estate.results() == {"app": "failed"}


def test_who_may_not_assume_the_reader_role_is_told_so(two_accounts):
    estate, _ = two_accounts

    def refused(request, _):
        return denied("sts:AssumeRole") if "reads-shared" in request.fields.get("RoleArn", "") else None

    with faulty(estate.url) as proxy:
        proxy.fault = refused
        run = estate.run("deploy", "--env", "development", URL=proxy.url)

    told = " ".join(run.stdout.split())
    assert run.code == 3
    assert "it needs shared/us-east-1/store, in the account central" in told
    assert "may not sts:AssumeRole" in told
    assert estate.results() == {"app": "failed"}
