"""What a status says after a pass: conditions that tools understand, rows, figures, and when to write it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.conditions import assert_conditions_sane
from support.kstatus import Status, kstatus

from mlregistry_operator.api.asset import Lineage
from mlregistry_operator.api.asset_status import CopyState, Evidence, MLAssetStatus, PromotedFrom
from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.conditions import Condition, ConditionType
from mlregistry_operator.api.objects import MLAsset
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.assets.blocks import MIB
from mlregistry_operator.domain.assets.ids import AssetId
from mlregistry_operator.domain.assets.references import Resolution
from mlregistry_operator.domain.assets.rows import RegionView, amount, progress, rounded, rows
from mlregistry_operator.domain.assets.summary import (
    AssetPass,
    Publication,
    failed_asset_status,
    summarise_asset,
    suspended_asset_status,
    worth_writing,
)
from mlregistry_operator.domain.conditions import find
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.patches import dump

NOW = datetime(2026, 11, 24, 12, 0, 0, 250_000, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
DIGEST = "sha256:" + "a" * 64
OWN = AssetId("DemoRegistry1", AssetType.MODEL, "taxi-fare", "3")
NEEDED = AssetId("DemoRegistry1", AssetType.DATA, "taxi", "7")
NONE_NEEDED = Resolution(())
PUBLISHED = Publication(DIGEST, 3 * MIB // 2, 2)


def failure(reason: Reason, severity: Severity, message: str = "It failed.") -> Failure:
    return Failure(ArmId(""), reason, severity, message, remedy="Do this.")


DOWN = failure(Reason.REGION_UNAVAILABLE, Severity.RETRY, "westus cannot be reached.")
DAMAGED = failure(Reason.CONTENT_DAMAGED, Severity.RETRY)
FORBIDDEN = failure(Reason.AUTHORIZATION_FAILED, Severity.SLOW_RETRY)
MISMATCH = failure(Reason.DIGEST_MISMATCH, Severity.STALLED)
LOST = failure(Reason.CONTENT_LOST, Severity.STALLED)
MISSING = failure(Reason.DEPENDENCY_NOT_FOUND, Severity.RETRY)

READY = RegionView("eastus", CopyState.READY, Evidence.CHECKSUM, "https://a/models/", 100, 100)
COPYING = RegionView("eastus2", CopyState.COPYING, bytes_copied=40 * MIB, bytes_total=100 * MIB)
PENDING = RegionView("westus", CopyState.PENDING, awaits="It waits for its turn.")


def ready(location: str) -> RegionView:
    return replace(READY, location=location)


def failing(location: str, why: Failure) -> RegionView:
    return RegionView(location, CopyState.FAILED, failure=why)


def an_asset(status: MLAssetStatus | None = None, **spec: Any) -> MLAsset:
    body = {
        "metadata": {"name": "taxi-fare-3", "namespace": "team-a", "generation": 2, "uid": "u"},
        "spec": {
            "registryRef": {"name": "demo"},
            "type": "Model",
            "assetName": "taxi-fare",
            "version": "3",
            "source": {"blob": {"url": "https://a/b"}},
            **spec,
        },
    }
    read = MLAsset.model_validate(body)
    return read if status is None else read.model_copy(update={"status": status})


def a_pass(*regions: RegionView, **fields: Any) -> AssetPass:
    known = {"references": NONE_NEEDED, "published": PUBLISHED, "asset": an_asset(), **fields}
    return AssetPass(asset_id=OWN, regions=regions, **known)


def as_object(status: MLAssetStatus) -> dict[str, Any]:
    """The object as a cluster would show it, checked against what must hold of every status."""
    body = {"metadata": {"name": "taxi-fare-3", "generation": 2}, "status": dump(status)}
    assert_conditions_sane(body)
    return body


def get(status: MLAssetStatus, kind: ConditionType) -> Condition:
    found = find(status.conditions, kind)
    assert found is not None, kind
    return found


ALL_READY = (ready("eastus"), ready("eastus2"), ready("westus"))


@pytest.mark.parametrize(
    ("result", "ready_is", "told", "because"),
    [
        (a_pass(*ALL_READY), ("True", "Succeeded"), Status.CURRENT, "everything is everywhere"),
        (
            a_pass(ready("eastus"), COPYING, PENDING),
            ("Unknown", "Progressing"),
            Status.IN_PROGRESS,
            "copies are on their way",
        ),
        (
            a_pass(COPYING, PENDING, published=None),
            ("Unknown", "Progressing"),
            Status.IN_PROGRESS,
            "it is being published",
        ),
        (a_pass(published=None, references=None), ("Unknown", "Progressing"), Status.IN_PROGRESS, "it began"),
        (
            a_pass(*ALL_READY, references=None),
            ("Unknown", "Progressing"),
            Status.IN_PROGRESS,
            "nobody has looked at its references",
        ),
        (
            a_pass(ready("eastus"), ready("eastus2"), failing("westus", DOWN)),
            ("False", "RegionUnavailable"),
            Status.IN_PROGRESS,
            "a region that is down comes back by itself",
        ),
        (
            a_pass(ready("eastus"), COPYING, failing("westus", DOWN)),
            ("False", "RegionUnavailable"),
            Status.IN_PROGRESS,
            "while the others go on",
        ),
        (
            a_pass(ready("eastus"), failing("eastus2", DAMAGED), ready("westus")),
            ("False", "ProgressingWithRetry"),
            Status.IN_PROGRESS,
            "a damaged copy is made again",
        ),
        (
            a_pass(ready("eastus"), failing("eastus2", FORBIDDEN), COPYING),
            ("False", "ProgressingWithRetry"),
            Status.IN_PROGRESS,
            "one region needs a person, and another one still moves",
        ),
        (
            a_pass(ready("eastus"), failing("eastus2", FORBIDDEN), ready("westus")),
            ("False", "AuthorizationFailed"),
            Status.FAILED,
            "nothing moves any more",
        ),
        (
            a_pass(ready("eastus"), failing("eastus2", FORBIDDEN), failing("westus", DOWN)),
            ("False", "AuthorizationFailed"),
            Status.FAILED,
            "what needs a person is told before what passes by itself",
        ),
        (a_pass(PENDING, published=MISMATCH), ("False", "DigestMismatch"), Status.FAILED, "another source"),
        (a_pass(PENDING, published=LOST), ("False", "ContentLost"), Status.FAILED, "nothing is left"),
        (
            a_pass(PENDING, published=None, references=Resolution((NEEDED,), (MISSING,))),
            ("False", "ProgressingWithRetry"),
            Status.IN_PROGRESS,
            "what it needs may still be applied",
        ),
        (
            a_pass(*ALL_READY, replace(failing("northeurope", FORBIDDEN), declared=False)),
            ("True", "Succeeded"),
            Status.CURRENT,
            "a region on its way out holds nothing up",
        ),
        (a_pass(), ("Unknown", "Progressing"), Status.IN_PROGRESS, "no region is not every region"),
    ],
)
@pytest.mark.promise(12)
def test_ready_says_what_tools_and_people_can_go_by(
    result: AssetPass, ready_is: tuple[str, str], told: Status, because: str
) -> None:
    status = summarise_asset(result, now=NOW)

    found = get(status, ConditionType.READY)
    assert (found.status, found.reason.value) == ready_is, because
    assert kstatus(as_object(status)) is told, because


@pytest.mark.promise(13)
def test_a_region_that_is_down_is_told_with_what_to_do_while_the_others_count() -> None:
    status = summarise_asset(a_pass(ready("eastus"), ready("eastus2"), failing("westus", DOWN)), now=NOW)

    assert status.ready_regions == "2/3"
    assert get(status, ConditionType.READY).message == (
        "2 of 3 regions have the version. westus cannot be reached. Do this."
    )
    assert get(status, ConditionType.RECONCILING).reason is Reason.PROGRESSING_WITH_RETRY
    assert get(status, ConditionType.REPLICATED).reason is Reason.REGION_UNAVAILABLE
    assert get(status, ConditionType.PUBLISHED).status == "True"
    assert [row.message for row in status.regions] == [None, None, "westus cannot be reached. Do this."]


@pytest.mark.parametrize(
    ("result", "expected", "because"),
    [
        (
            a_pass(*ALL_READY),
            {
                "ReferencesResolved": ("True", "NotDeclared"),
                "Published": ("True", "Succeeded"),
                "Replicated": ("True", "Succeeded"),
            },
            "everything is done",
        ),
        (
            a_pass(COPYING, PENDING, published=None, references=Resolution((NEEDED,))),
            {
                "ReferencesResolved": ("True", "Succeeded"),
                "Published": ("False", "Progressing"),
                "Replicated": ("False", "Progressing"),
            },
            "one after the other",
        ),
        (
            a_pass(published=None, references=None),
            {
                "ReferencesResolved": ("Unknown", "Progressing"),
                "Published": ("False", "Progressing"),
                "Replicated": ("False", "Progressing"),
            },
            "nothing was looked at yet",
        ),
        (
            a_pass(PENDING, published=None, references=Resolution((NEEDED,), (MISSING,))),
            {
                "ReferencesResolved": ("False", "DependencyNotFound"),
                "Published": ("False", "Progressing"),
                "Replicated": ("False", "Progressing"),
            },
            "it waits for what it needs",
        ),
        (
            a_pass(PENDING, published=MISMATCH),
            {
                "ReferencesResolved": ("True", "NotDeclared"),
                "Published": ("False", "DigestMismatch"),
                "Replicated": ("False", "Progressing"),
            },
            "it cannot be published",
        ),
        (
            a_pass(READY, COPYING),
            {
                "ReferencesResolved": ("True", "NotDeclared"),
                "Published": ("True", "Succeeded"),
                "Replicated": ("False", "Progressing"),
            },
            "a copy is on its way",
        ),
    ],
)
def test_every_step_has_a_condition_of_its_own(
    result: AssetPass, expected: dict[str, tuple[str, str]], because: str
) -> None:
    status = summarise_asset(result, now=NOW)

    found = {one.type.value: (one.status, one.reason.value) for one in status.conditions}
    assert {kind: found[kind] for kind in expected} == expected, because
    as_object(status)


def test_the_weaker_evidence_is_called_by_its_name() -> None:
    by_word = replace(ready("eastus2"), evidence=Evidence.REPLICATION_STATUS)

    message = get(summarise_asset(a_pass(READY, by_word), now=NOW), ConditionType.REPLICATED).message

    assert message.endswith("By the state of Azure's replication alone: eastus2.")


def test_what_was_published_stays_known_while_it_cannot_be_looked_at() -> None:
    known = summarise_asset(
        a_pass(*ALL_READY, promoted_from=PromotedFrom(asset_id=str(NEEDED), digest=DIGEST)), now=NOW
    )

    status = summarise_asset(
        a_pass(failing("eastus", DOWN), ready("eastus2"), asset=an_asset(known), published=DOWN), now=LATER
    )

    assert (status.digest, status.size_bytes, status.file_count) == (DIGEST, 3 * MIB // 2, 2)
    assert status.promoted_from == known.promoted_from
    found = get(status, ConditionType.PUBLISHED)
    assert (found.status, found.reason) == ("Unknown", Reason.REGION_UNAVAILABLE)
    assert DIGEST in found.message
    as_object(status)


def test_what_was_lost_is_not_published_any_more() -> None:
    known = summarise_asset(a_pass(*ALL_READY), now=NOW)

    status = summarise_asset(a_pass(PENDING, asset=an_asset(known), published=LOST), now=LATER)

    found = get(status, ConditionType.PUBLISHED)
    assert (found.status, found.reason) == ("False", Reason.CONTENT_LOST)


def test_lineage_is_the_specs_or_what_a_promotion_carried_along() -> None:
    carried = Lineage(job_name="train-1")
    known = summarise_asset(a_pass(READY, lineage=carried), now=NOW)
    own = an_asset(known, lineage={"jobName": "own"})

    assert known.lineage == carried
    assert summarise_asset(a_pass(READY, asset=an_asset(known)), now=NOW).lineage == carried
    assert summarise_asset(a_pass(READY, asset=own), now=NOW).lineage == Lineage(job_name="own")


def test_notes_and_the_archive_are_told_where_people_look() -> None:
    result = a_pass(READY, asset=an_asset(archived=True), notes=("It shares the content.",))

    message = get(summarise_asset(result, now=NOW), ConditionType.READY).message

    assert message.startswith("1 of 1 regions have the version. It shares the content. It is archived")


FAILURES = st.sampled_from([DOWN, DAMAGED, FORBIDDEN, MISMATCH, LOST, MISSING])
VIEWS = st.builds(
    RegionView,
    st.sampled_from(["eastus", "eastus2", "westus"]),
    st.sampled_from(CopyState),
    st.none() | st.sampled_from(Evidence),
    st.none(),
    st.none() | st.integers(0, 10**10),
    st.none() | st.integers(0, 10**10),
    st.none(),
    st.none() | FAILURES,
    st.just(""),
    st.booleans(),
)
PASSES = st.builds(
    AssetPass,
    st.just(an_asset()),
    st.just(OWN),
    st.none() | st.builds(Resolution, st.just((NEEDED,)), st.lists(FAILURES, max_size=2).map(tuple)),
    st.none() | st.just(PUBLISHED) | FAILURES,
    st.lists(VIEWS, max_size=4, unique_by=lambda view: view.location).map(tuple),
)


@given(PASSES, PASSES)
@pytest.mark.promise(12)
def test_no_pass_whatever_it_found_writes_conditions_that_contradict_each_other(
    first: AssetPass, second: AssetPass
) -> None:
    before = summarise_asset(first, now=NOW)
    after = summarise_asset(replace(second, asset=an_asset(before)), now=LATER)

    for status, result in ((before, first), (after, second)):
        body = as_object(status)
        assert MLAssetStatus.model_validate(body["status"]) == status
        assert get(status, ConditionType.READY).status != "True" or not result.wrong


@given(PASSES)
@pytest.mark.promise(2)
def test_the_same_pass_an_hour_later_changes_nothing(result: AssetPass) -> None:
    before = summarise_asset(result, now=NOW)

    assert summarise_asset(replace(result, asset=an_asset(before)), now=LATER) == before


@pytest.mark.parametrize(
    ("view", "moved", "because"),
    [
        (READY, False, "the same verdict"),
        (replace(READY, verified_time=LATER), False, "a newer look with the same result"),
        (replace(READY, evidence=Evidence.MANIFEST), True, "it is known in another way"),
        (replace(READY, state=CopyState.FAILED, failure=DOWN), True, "it is no longer true"),
        (replace(READY, state=CopyState.COPYING), None, "what is being made anew has no verdict"),
    ],
)
@pytest.mark.promise(2)
def test_the_time_of_a_verdict_moves_with_the_verdict(
    view: RegionView, *, moved: bool | None, because: str
) -> None:
    (before,) = rows([READY], (), now=NOW)
    (after,) = rows([view], (before,), now=LATER)

    assert before.last_verified_time == NOW.replace(microsecond=0)
    expected = None if moved is None else (LATER if moved else NOW).replace(microsecond=0)
    assert after.last_verified_time == expected, because


@pytest.mark.parametrize(
    ("size", "text", "because"),
    [
        (0, "0B", "nothing"),
        (1023, "1023B", "bytes are whole"),
        (1024, "1KiB", "a unit without fraction"),
        (1536 * MIB, "1.5GiB", "one digit after the point"),
        (512 * MIB, "512MiB", "what the documentation shows"),
        (6 * 1024 * MIB - 1, "5.9GiB", "not all of it is not all"),
        (3000 * 1024**5, "3000PiB", "the largest unit goes on"),
    ],
)
def test_amounts_are_short_and_never_round_up(size: int, text: str, because: str) -> None:
    assert amount(size) == text, because


@given(st.integers(0, 10**13), st.integers(0, 10**13))
def test_rounded_bytes_are_all_only_when_all_are_there_and_take_few_values(copied: int, total: int) -> None:
    shown = rounded(copied, total)

    assert shown <= total
    assert (shown == total) == (copied >= total)
    assert shown == total or shown % max(MIB, total // 100) == 0


def test_progress_is_of_all_declared_regions_whose_bytes_are_known() -> None:
    gone = replace(COPYING, location="northeurope", declared=False)

    assert progress([COPYING, replace(COPYING, location="westus"), PENDING, gone]) == "80MiB/200MiB"
    assert progress([PENDING]) is None


STILL = summarise_asset(a_pass(READY, COPYING), now=NOW)
FURTHER = summarise_asset(a_pass(READY, replace(COPYING, bytes_copied=60 * MIB)), now=NOW)
DONE = summarise_asset(a_pass(READY, ready("eastus2")), now=NOW)
A_LITTLE = summarise_asset(a_pass(READY, replace(COPYING, bytes_copied=40 * MIB + 9)), now=NOW)


@pytest.mark.parametrize(
    ("after", "seconds", "worth", "because"),
    [
        (STILL, 1000.0, False, "nothing has changed"),
        (A_LITTLE, 1000.0, False, "a few bytes are not shown"),
        (FURTHER, 4.9, False, "bytes alone wait for five seconds"),
        (FURTHER, 5.0, True, "which have passed"),
        (FURTHER, None, True, "nobody knows when it was written last"),
        (DONE, 0.0, True, "what is new is told at once"),
    ],
)
@pytest.mark.promise(2)
def test_progress_alone_is_written_seldom_and_news_at_once(
    after: MLAssetStatus, seconds: float | None, *, worth: bool, because: str
) -> None:
    assert worth_writing(STILL, after, seconds) is worth, because


def test_a_version_of_which_nothing_could_be_found_out_keeps_what_was_known() -> None:
    known = summarise_asset(a_pass(*ALL_READY), now=NOW)
    asset = an_asset(known)
    refused = failure(Reason.NAMESPACE_NOT_ALLOWED, Severity.STALLED)

    status = failed_asset_status(asset.metadata, known, refused, now=LATER, asset_id=OWN)

    assert get(status, ConditionType.READY).reason is Reason.NAMESPACE_NOT_ALLOWED
    assert get(status, ConditionType.PUBLISHED) == get(known, ConditionType.PUBLISHED)
    assert (status.digest, status.regions) == (known.digest, known.regions)
    assert kstatus(as_object(status)) is Status.FAILED


def test_suspending_freezes_what_is_known_and_tells_who_was_never_seen() -> None:
    known = summarise_asset(a_pass(*ALL_READY), now=NOW)
    never_seen = suspended_asset_status(an_asset(), now=NOW)

    assert suspended_asset_status(an_asset(known), now=LATER) == known
    assert get(never_seen, ConditionType.READY).reason is Reason.SUSPENDED
    assert never_seen.observed_generation == 2
    as_object(never_seen)
