"""What must hold of the health script whatever an object says: beside the fixtures, their mutations."""

from copy import deepcopy
from itertools import product
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from support.kstatus import Status, kstatus
from support.kstatus_states import STATES, State
from support.lua import health

from hack.argocd.scripts import KINDS, Scripts, scripts_of

AGREES = {Status.CURRENT: "Healthy", Status.FAILED: "Degraded"}
UNSEEN = "no status at all"

Thing = dict[str, Any]


def fixtures() -> list[tuple[Scripts, str, Thing]]:
    return [
        (scripts, path.stem, yaml.safe_load(path.read_text("utf-8")))
        for scripts in map(scripts_of, KINDS)
        for path in sorted((scripts.folder / "testdata").glob("*.yaml"))
    ]


FIXTURES = fixtures()
each_fixture = pytest.mark.parametrize(
    ("scripts", "thing"),
    [pytest.param(scripts, thing, id=f"{scripts.kind} {state}") for scripts, state, thing in FIXTURES],
)
each_kind = pytest.mark.parametrize("scripts", [scripts_of(kind) for kind in KINDS], ids=KINDS)


@each_kind
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.because)
@pytest.mark.promise(12)
def test_argo_cd_and_kstatus_agree_on_every_state(scripts: Scripts, state: State) -> None:
    """But where there is no status at all: kstatus takes that for done, and we never do."""
    thing = state.thing()

    wanted = "Progressing" if state.status is None else AGREES.get(kstatus(thing), "Progressing")

    assert health(scripts, thing)["status"] == wanted, state.because


@each_fixture
@pytest.mark.promise(12)
def test_argo_cd_and_kstatus_agree_on_what_the_api_server_held(scripts: Scripts, thing: Thing) -> None:
    """But where somebody paused the object: kstatus has no word for that."""
    paused = thing["spec"].get("suspend") and "deletionTimestamp" not in thing["metadata"]

    wanted = "Suspended" if paused else AGREES.get(kstatus(thing), "Progressing")

    assert health(scripts, thing)["status"] == wanted


@each_fixture
@pytest.mark.promise(12)
def test_nothing_is_healthy_or_degraded_by_what_was_said_of_another_generation(
    scripts: Scripts, thing: Thing
) -> None:
    observed = thing["status"]["observedGeneration"]
    for generation in (observed + 1, observed - 1, None):
        other = changed(thing, generation=generation)
        assert health(scripts, other)["status"] in {"Progressing", "Suspended"}


@each_fixture
@pytest.mark.promise(12)
def test_nothing_is_healthy_without_a_status(scripts: Scripts, thing: Thing) -> None:
    for status in (None, {}, {"observedGeneration": thing["metadata"]["generation"]}, {"conditions": []}):
        bare = {key: value for key, value in thing.items() if key != "status"}
        if status is not None:
            bare["status"] = status
        assert health(scripts, bare)["status"] in {"Progressing", "Suspended"}


@each_fixture
def test_an_object_that_goes_is_progressing(scripts: Scripts, thing: Thing) -> None:
    going = changed(thing, deletionTimestamp="2026-11-27T00:00:00Z")

    assert health(scripts, going)["status"] == "Progressing"


@each_fixture
def test_conditions_that_are_not_known_and_their_order_change_nothing(scripts: Scripts, thing: Thing) -> None:
    conditions = thing["status"].get("conditions", [])
    strange = {"type": "Wondrous", "status": "True", "reason": "Because", "message": "Never heard of."}
    other = {**thing, "status": {**thing["status"], "conditions": [strange, *reversed(conditions), strange]}}

    assert health(scripts, other) == health(scripts, thing)


words = st.sampled_from(["", "Ready", "True", "conditions", "observedGeneration", "type", "status"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
conditions_of_any_sort = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["Ready", "Reconciling", "Stalled", "Published", "Else"]),
            "status": st.sampled_from(["True", "False", "Unknown"]),
        },
        optional={"message": words, "reason": anything},
    ),
    max_size=4,
)


SETTLED = [{"type": kind, "status": str(kind == "Ready")} for kind in ("Ready", "Reconciling", "Stalled")]
# A settled object with others' words before, between or after its own: many of these are healthy.
nearly_settled = st.builds(
    lambda order, strange, at: [*order[:at], *strange, *order[at:]],
    st.permutations(SETTLED),
    conditions_of_any_sort.map(lambda found: found[:1]),
    st.integers(0, len(SETTLED)),
)


@each_kind
@given(
    generation=st.integers(1, 3),
    lag=st.sampled_from([0, 0, 0, 1, -1, None]),
    conditions=nearly_settled | conditions_of_any_sort,
    rest=st.dictionaries(st.sampled_from(["regions", "assets", "drift"]), anything),
)
@pytest.mark.promise(12)
def test_healthy_is_only_what_says_ready_for_its_generation(
    scripts: Scripts, generation: int, lag: int | None, conditions: list[Thing], rest: Thing
) -> None:
    observed = None if lag is None else generation - lag
    told = {**rest, "conditions": conditions, "observedGeneration": observed}
    thing = {"metadata": {"name": "a", "generation": generation}, "spec": {}, "status": told}

    if health(scripts, thing)["status"] == "Healthy":
        assert observed == generation
        assert {"type": "Ready", "status": "True"}.items() <= first(conditions, "Ready").items()
        assert first(conditions, "Stalled").get("status") != "True"
        assert first(conditions, "Reconciling").get("status") != "True"


STATES_OF_ONE = (None, "True", "False", "Unknown")


@each_kind
@pytest.mark.parametrize("observed", [2, 1, 3, None])
@pytest.mark.promise(12)
def test_healthy_is_all_that_says_ready_for_its_generation_and_nothing_else(
    scripts: Scripts, observed: int | None
) -> None:
    """Every combination of what a status can say, so that most that is healthy is among it, too."""
    found = []
    for ready, stalled, reconciling in product(STATES_OF_ONE, repeat=3):
        said = {"Ready": ready, "Stalled": stalled, "Reconciling": reconciling}
        conditions = [{"type": kind, "status": status} for kind, status in said.items() if status]
        told = {"conditions": conditions, "observedGeneration": observed}
        thing = {"metadata": {"name": "a", "generation": 2}, "spec": {}, "status": told}
        both_ways = (told, {**told, "conditions": conditions[::-1]})
        verdicts = [health(scripts, {**thing, "status": status})["status"] for status in both_ways]
        found += [(ready, stalled, reconciling)] * verdicts.count("Healthy")

    not_true = (None, "False", "Unknown")
    wanted = [("True", *others) for others in product(not_true, repeat=2)] if observed == 2 else []
    assert sorted(found, key=str) == sorted(wanted * 2, key=str)


@each_kind
@given(status=anything)
def test_no_status_of_any_shape_makes_the_script_fail(scripts: Scripts, status: Any) -> None:
    thing = {"metadata": {"name": "a", "generation": 1}, "status": status}

    assert health(scripts, thing)["status"] == "Progressing"


def first(conditions: list[Thing], kind: str) -> Thing:
    return next((one for one in conditions if one["type"] == kind), {})


def changed(thing: Thing, **metadata: Any) -> Thing:
    """A copy with these fields of its metadata; None removes one."""
    copy = deepcopy(thing)
    copy["metadata"] = {
        key: value for key, value in {**copy["metadata"], **metadata}.items() if value is not None
    }
    return copy
