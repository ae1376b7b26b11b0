from __future__ import annotations

import json
from dataclasses import fields

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from skafu.model.change import Action, Change, Plan, PropertyChange, Replacement
from skafu.model.estate import StackId
from skafu.model.place import Location
from skafu.model.plan_json import plan_from_json, plan_to_json

TEXT = st.text(max_size=8)
DATA = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
PLACES = st.builds(Location, TEXT, st.integers(1, 9), st.integers(1, 9))
REPLACEMENTS = st.sampled_from(Replacement)
DETAILS = st.builds(
    PropertyChange, TEXT, st.none() | TEXT, st.none() | TEXT, REPLACEMENTS, TEXT, st.none() | PLACES
)
CONTEXTS = st.none() | st.dictionaries(TEXT, DATA, max_size=2)
CHANGES = st.builds(
    Change,
    logical_id=TEXT,
    type=TEXT,
    action=st.sampled_from(Action),
    location=PLACES,
    replacement=REPLACEMENTS,
    physical_id=TEXT,
    details=st.lists(DETAILS, max_size=2).map(tuple),
    kept=st.booleans(),
    before=CONTEXTS,
    after=CONTEXTS,
)
NAMES = st.text("abc-", min_size=1, max_size=4)
IDS = st.builds(StackId, NAMES, NAMES, TEXT)
PLANS = st.builds(
    Plan,
    stack=IDS,
    digest=TEXT,
    kind=st.sampled_from(["create", "update", "import", "none"]),
    changes=st.lists(CHANGES, max_size=2).map(tuple),
    others=st.lists(TEXT, max_size=2).map(tuple),
    change_set=TEXT,
    against=TEXT,
    waiting=st.lists(IDS, max_size=2).map(tuple),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PLANS)
def test_a_plan_that_was_written_is_read_back_as_it_was(plan):
    assert plan_from_json(json.loads(json.dumps(plan_to_json(plan)))) == plan


def test_every_member_is_written():
    location = Location("a", 1, 1)
    detail = PropertyChange("Properties.A", location=location)
    change = Change("A", "T", Action.MODIFY, location, details=(detail,))
    written = plan_to_json(Plan(StackId("e", "r", "n"), "d", "update", (change,)))
    assert [*written] == [one.name for one in fields(Plan)]
    assert [*written["changes"][0]] == [one.name for one in fields(Change)]
    assert [*written["changes"][0]["details"][0]] == [one.name for one in fields(PropertyChange)]
