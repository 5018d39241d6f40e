"""What every status must keep to that an operator ever wrote, and each of them beside the one before."""

from collections.abc import Iterable

from support.clusters import condition
from support.conditions import assert_conditions_sane
from support.kstatus import Status, kstatus
from support.manifests import Manifest


def judge(versions: Iterable[Manifest]) -> None:
    """Fail where a status has insane conditions, where kstatus reads another state than they tell, where
    the time of a condition moves without its status, or where a digest that was told is not told any more.
    """
    last: dict[str, Manifest] = {}
    for version in versions:
        assert_conditions_sane(version)
        assert kstatus(version) is told_by(version), f"kstatus reads {version.get('status')} otherwise"
        before = last.get(version["metadata"]["uid"])
        if before is not None:
            _assert_times_tell_of_transitions(before, version)
            _assert_the_digest_stays(before, version)
        last[version["metadata"]["uid"]] = version


def told_by(version: Manifest) -> Status:
    """The state that an object's own conditions claim, by what the kinds' documentation promises."""
    if version["metadata"].get("deletionTimestamp"):
        return Status.TERMINATING
    if version.get("status", {}).get("observedGeneration") != version["metadata"]["generation"]:
        return Status.IN_PROGRESS
    if condition(version, "Stalled"):
        return Status.FAILED
    return Status.CURRENT if condition(version, "Ready")["status"] == "True" else Status.IN_PROGRESS


def _assert_times_tell_of_transitions(before: Manifest, after: Manifest) -> None:
    old = {one["type"]: one for one in before.get("status", {}).get("conditions", [])}
    for new in after.get("status", {}).get("conditions", []):
        known = old.get(new["type"], new)
        if known["status"] == new["status"]:
            assert known["lastTransitionTime"] == new["lastTransitionTime"], f"{new['type']} has not changed"
        else:
            assert known["lastTransitionTime"] <= new["lastTransitionTime"]


def _assert_the_digest_stays(before: Manifest, after: Manifest) -> None:
    known, now = (one.get("status", {}).get("digest") for one in (before, after))
    assert known in {None, now}, f"a version's digest never changes: it was {known} and is {now}"
