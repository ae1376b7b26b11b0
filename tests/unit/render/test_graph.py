"""An order -> text, Mermaid, DOT and JSON."""

from __future__ import annotations

import json

import pytest

from skafu.model.estate import Reference, StackId
from skafu.model.order import Order
from skafu.model.place import Location
from skafu.render.graph import FORMATS

KEYS, DATA, API = (StackId("production", "us-east-1", name) for name in ("keys", "data", "api"))
AUDIT = StackId("security", "eu-west-1", "audit")
AT = Location("stacks/platform/api/stack.yaml", 7, 9)
ORDER = Order(
    stacks=(KEYS, DATA),
    needs={
        KEYS: (),
        DATA: (Reference("output", KEYS, AT, "KeyArn"), Reference("depends_on", AUDIT, AT)),
        API: (Reference("depends_on", API, AT),),
        AUDIT: (),
    },
    stuck={API: (API,)},
    findings=(),
)

EXPECTED = {
    "text": """\
   1  production/us-east-1/keys
   2  production/us-east-1/data  needs keys, security/eu-west-1/audit
   -  production/us-east-1/api  can never be deployed: it needs a circle of production/us-east-1/api
""",
    "mermaid": """\
flowchart LR
  subgraph production
    s0["keys<br/>us-east-1"]
    s1["data<br/>us-east-1"]
    s2["api<br/>us-east-1"]
  end
  s2 --> s2
  s0 --> s1
""",
    "dot": """\
digraph estate {
  rankdir=LR;
  "production/us-east-1/keys";
  "production/us-east-1/data";
  "production/us-east-1/api";
  "production/us-east-1/api" -> "production/us-east-1/api";
  "production/us-east-1/keys" -> "production/us-east-1/data";
}
""",
}


@pytest.mark.parametrize("name", EXPECTED)
def test_an_order_is_shown(name):
    assert FORMATS[name](ORDER, {KEYS, DATA, API}) == EXPECTED[name]


def test_json_names_every_need_with_its_place():
    told = json.loads(FORMATS["json"](ORDER, {KEYS, DATA, API}))
    assert told == {
        "order": [
            {"id": "production/us-east-1/keys", "needs": []},
            {
                "id": "production/us-east-1/data",
                "needs": [
                    {
                        "stack": "production/us-east-1/keys",
                        "kind": "output",
                        "what": "KeyArn",
                        "at": "stacks/platform/api/stack.yaml:7:9",
                    }
                ],
            },
        ],
        "stuck": {"production/us-east-1/api": ["production/us-east-1/api"]},
    }


def test_only_what_is_wanted_is_shown():
    assert FORMATS["text"](ORDER, {KEYS}) == "   1  production/us-east-1/keys\n"
