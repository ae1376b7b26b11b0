"""What the foundation says twice, because AWS wants it in two places, is the same in both."""

from __future__ import annotations

from pathlib import Path

import yaml

from skafu.load import load_template

STACKS = Path(__file__).parents[3] / "stacks"
ACCOUNTS = yaml.safe_load((STACKS / "accounts.yaml").read_text("utf-8"))["accounts"]
ENVIRONMENTS = {
    file.stem: yaml.safe_load(file.read_text("utf-8"))
    for file in sorted((STACKS / "environments").glob("*.yaml"))
}


def resources(stack, kind):
    made = load_template(STACKS / "foundation" / stack / "template.yaml").plain()["Resources"]
    return {name: one["Properties"] for name, one in made.items() if one.get("Type") == kind}


def test_guardduty_trusts_exactly_the_networks_of_the_stages():
    trusted = (STACKS / "foundation/threat-scope/lists/vpc_cidr_ranges.txt").read_text("utf-8").split()
    assert trusted == sorted(one["network"]["cidr"] for one in ENVIRONMENTS.values() if "network" in one)


def test_every_list_that_guardduty_reads_is_a_file_with_entries():
    lists = STACKS / "foundation/threat-scope/lists"
    kinds = ("IPSet", "ThreatIntelSet", "ThreatEntitySet", "TrustedEntitySet")
    named = {
        one["Name"]: one["Location"]["Fn::Sub"].rpartition("/")[2]
        for kind in kinds
        for one in resources("threat-scope", f"AWS::GuardDuty::{kind}").values()
    }
    assert named == {file.stem: file.name for file in lists.iterdir()}
    assert all(file.read_text("utf-8").split() for file in lists.iterdir())


def test_the_organization_has_the_accounts_that_skafu_knows():
    members = [
        one["AccountName"] for one in resources("organization", "AWS::Organizations::Account").values()
    ]
    assert sorted([*members, "management"]) == sorted(ACCOUNTS)


def test_every_account_is_entered_by_the_team_that_has_access_to_it_and_no_other():
    teams = resources("access", "AWS::IdentityStore::Group")
    entered = {
        one["TargetId"]["Ref"]: teams[one["PrincipalId"]["Fn::GetAtt"][0]]["Description"]
        for one in resources("access", "AWS::SSO::Assignment").values()
    }
    assert entered == {
        f"{name.title().replace('-', '')}AccountId": account["access"] for name, account in ACCOUNTS.items()
    }


def test_every_account_has_a_budget_and_together_they_are_the_organizations():
    budgets = dict(ENVIRONMENTS["management"]["costs"]["budgets"])
    whole = budgets.pop("organization")
    assert sorted(budgets) == sorted(ACCOUNTS)
    assert sum(budgets.values()) == whole


def test_the_guardrail_leaves_open_the_regions_that_environments_have_and_no_others():
    statement = resources("organization", "AWS::Organizations::Policy")["RegionsPolicy"]["Content"][
        "Statement"
    ][0]
    left = statement["Condition"]["StringNotEquals"]["aws:RequestedRegion"]
    used = {region for one in ENVIRONMENTS.values() for region in (one["region"], *one.get("regions", []))}
    assert set(left) == used
