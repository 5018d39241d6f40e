"""Events: one for a transition, a series for what repeats, and never a failure of the pass."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from kubernetes.aio import client

from mlregistry_operator.domain.events import EventNote
from mlregistry_operator.kube.events import EventRecorder, event_name
from mlregistry_operator.kube.ports import REGISTRIES, LostError

NOTE = EventNote("Warning", "RegionFailed", "Create", "westus: Azure refused.")


class Paper:
    """What was written to the API server; it refuses everything once `torn`."""

    def __init__(self) -> None:
        self.created: list[Mapping[str, Any]] = []
        self.patched: list[tuple[str, Mapping[str, Any]]] = []
        self.torn = False

    async def create(self, path: str, body: Mapping[str, Any]) -> None:
        if self.torn:
            raise client.ApiException(status=403, reason="Forbidden")
        self.created.append(body)

    async def patch(self, path: str, body: Mapping[str, Any]) -> None:
        self.patched.append((path, body))


@pytest.fixture
def paper() -> Paper:
    return Paper()


@pytest.fixture
def recorder(paper: Paper) -> EventRecorder:
    return EventRecorder(cast("Any", paper), "pod-1")


def about(uid: str = "1") -> dict[str, Any]:
    return {"metadata": {"name": "demo", "namespace": "ml-platform", "uid": uid, "resourceVersion": "7"}}


async def test_the_same_again_counts_up_a_series(recorder: EventRecorder, paper: Paper) -> None:
    for _ in range(3):
        await recorder.record(REGISTRIES, about(), NOTE)

    (created,) = paper.created
    assert created["reason"] == "RegionFailed"
    assert created["regarding"]["name"] == "demo"
    assert [body["series"]["count"] for _, body in paper.patched] == [2, 3]
    assert {path for path, _ in paper.patched} == {
        f"/apis/events.k8s.io/v1/namespaces/ml-platform/events/{created['metadata']['name']}"
    }


async def test_what_comes_back_after_ten_minutes_is_a_new_event(
    recorder: EventRecorder, paper: Paper
) -> None:
    await recorder.record(REGISTRIES, about(), NOTE)
    (written,) = recorder._written.values()
    written.at -= timedelta(minutes=11)
    await recorder.record(REGISTRIES, about(), NOTE)

    assert len(paper.created) == 2
    assert paper.patched == []


async def test_another_object_or_another_note_is_another_event(recorder: EventRecorder, paper: Paper) -> None:
    await recorder.record(REGISTRIES, about("1"), NOTE)
    await recorder.record(REGISTRIES, about("2"), NOTE)
    await recorder.record(
        REGISTRIES, about("1"), EventNote("Normal", "RegionReady", "Create", "westus is ready.")
    )
    await recorder.record(REGISTRIES, about("1"), replace(NOTE, note="eastus: Azure refused."))

    assert len(paper.created) == 4, "of two that differ in their words alone nobody misses one"
    assert paper.created[-1]["note"] == "eastus: Azure refused."
    assert paper.patched == []


async def test_an_event_of_a_replica_that_does_not_lead_any_more_ends_nothing(
    recorder: EventRecorder, paper: Paper, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def lost(*_: object) -> None:
        raise LostError

    monkeypatch.setattr(paper, "create", lost)
    await recorder.record(REGISTRIES, about(), NOTE)
    assert "event was not written" in caplog.text


async def test_an_event_that_cannot_be_written_is_logged_and_ends_nothing(
    recorder: EventRecorder, paper: Paper, caplog: pytest.LogCaptureFixture
) -> None:
    paper.torn = True
    await recorder.record(REGISTRIES, about(), NOTE)
    assert "event was not written" in caplog.text

    paper.torn = False
    await recorder.record(REGISTRIES, about(), NOTE)
    assert len(paper.created) == 1, "it is written the next time"


NAMES = [
    ("taxi-fare-3", "an ordinary name"),
    ("n" * 253, "as long as a name can be"),
    ("n" * 235 + "-" + "n" * 17, "the cut would leave a dash at the end"),
    ("n" * 235 + "." + "n" * 17, "the cut would leave a dot at the end"),
    ("n" * 230 + "------" + "n" * 17, "or several dashes"),
    (".".join(["n"] * 127), "as many parts as there can be"),
]


@pytest.mark.parametrize(("name", "because"), NAMES, ids=[because for _, because in NAMES])
def test_the_name_of_an_event_is_a_name(name: str, because: str) -> None:
    found = event_name(name)

    assert len(found) <= 253, because
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", found), because
    assert found.startswith(name[:200])
    assert event_name(name) != found


async def test_a_pod_with_a_long_name_reports_as_much_of_it_as_an_event_takes(paper: Paper) -> None:
    await EventRecorder(cast("Any", paper), "p" * 253).record(REGISTRIES, about(), NOTE)

    (created,) = paper.created
    assert len(created["reportingInstance"].encode()) <= 128
