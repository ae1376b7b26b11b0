"""Tables that bill by request, and their indexes, have the ceiling that their environment says.

On demand, DynamoDB serves whatever is asked of it, and so does the bill: a loop in a consumer costs in a
night what the table costs in a year. `scaling.dynamodb` of the environment says how many read and write units
a second a table may use; beyond them it throttles, and an alarm tells.

Set `OnDemandThroughput` of the table, and of each global secondary index, from
`scaling.dynamodb.max_read_units` and `max_write_units`.

Source: the deployment architecture, `max` of "DynamoDB_Scaling"; Amazon DynamoDB Developer Guide, "DynamoDB
maximum throughput for on-demand tables".
"""

from __future__ import annotations

from collections.abc import Iterator

from skafu.sdk import Resource, Unknown, Violation, as_list, policy

CEILINGS = {"MaxReadRequestUnits": "max_read_units", "MaxWriteRequestUnits": "max_write_units"}


@policy(severity="low", resources=["AWS::DynamoDB::Table"], controls=["soc2:A1.1"])
def check(table: Resource) -> Iterator[Violation | Unknown]:
    """Both ceilings of the table and of each index are the environment's."""
    if table.get("BillingMode", "PROVISIONED") != "PAY_PER_REQUEST":
        return
    places = ["OnDemandThroughput"]
    places += [
        f"GlobalSecondaryIndexes[{index}].OnDemandThroughput"
        for index in range(len(as_list(table.get("GlobalSecondaryIndexes"))))
    ]
    for place in places:
        for name, setting in CEILINGS.items():
            wanted = table.environment.get(f"scaling.dynamodb.{setting}")
            given = table.get(f"{place}.{name}")
            if isinstance(given, Unknown):
                yield given
            elif wanted is not None and table.number(f"{place}.{name}") != wanted:
                yield table.violation(
                    f"{name} is {'not limited' if given is None else given}; "
                    f"scaling.dynamodb.{setting} is {wanted}.",
                    at=f"{place}.{name}",
                    fix=f"Take {name} from scaling.dynamodb.{setting}.",
                )
