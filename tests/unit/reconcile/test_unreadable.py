"""An object that cannot be read stands in nobody's way, and what it may use is kept."""

import logging
from copy import deepcopy
from typing import Any

import pytest
from api.rule_cases import Body, asset, registry
from prometheus_client import REGISTRY as METRICS
from support.manifests import a_registry
from support.neighbours import MemoryNeighbours
from support.worlds import START, Twins

from mlregistry_operator.admission import review as reviewing
from mlregistry_operator.api.group import ASSET_KIND, REGISTRY_KIND
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.claims import OwnerRecord, Published, farewell
from mlregistry_operator.domain.assets.tombstones import TombstoneError, decode_tombstone
from mlregistry_operator.handlers.kinds import Door, _look_at
from mlregistry_operator.kube.ports import ASSETS
from mlregistry_operator.reconcile.assets.claiming import claim_of, other_claims
from mlregistry_operator.reconcile.assets.neighbours import who_uses_asset, who_uses_registry
from mlregistry_operator.reconcile.assets.objects import read_asset
from mlregistry_operator.reconcile.fleet import Fleet
from mlregistry_operator.reconcile.loops import Passes
from mlregistry_operator.reconcile.memory import LoopMemory
from mlregistry_operator.telemetry.objects import OBJECTS, Objects

HOME = ObjectKey("default", "demo")
SOURCE = {"inline": "a: b"}
KEPT = "kept"


def strange(name: str = "strange", **spec: Any) -> Body:
    """An asset that a later version has written: this one knows no such format."""
    return asset(name, model={"format": "Unheard"}, **{"source": {"inline": "taxi-fare"}} | spec)


def refers(text: str, *, published: bool) -> Body:
    """A component with that specification."""
    body = asset("user", type="Component", assetName="user", source={"inline": text})
    digest = "sha256:" + "1" * 64
    return (
        body
        | {"metadata": body["metadata"] | {"uid": "user"}}
        | ({"status": {"digest": digest}} if published else {})
    )


def uid(body: Body, uid: str, **metadata: Any) -> Body:
    return body | {"metadata": body["metadata"] | {"uid": uid} | metadata}


async def users(target: Body, *others: Body) -> list[str]:
    around = MemoryNeighbours([registry(), target, *others])
    return [str(one) for one in await who_uses_asset(read_asset(target), around)]


@pytest.mark.promise(9)
async def test_a_registry_is_kept_by_an_asset_that_cannot_be_read() -> None:
    elsewhere = strange("other", registryRef={"name": "demo", "namespace": "team-b"})
    around = MemoryNeighbours([registry(), strange(), elsewhere])

    found = await who_uses_registry(HOME, around)

    assert list(map(str, found)) == ["default/strange"]


@pytest.mark.promise(9)
@pytest.mark.parametrize(
    ("other", "keeps", "because"),
    [
        (strange(), KEPT, "its text has the version's name"),
        (strange(assetName="x", source={"stream": "y"}), "not kept", "nothing in it can mean the version"),
        (strange(assetName="x", source={"asset": {"what": "ever"}}), KEPT, "it may inherit the need"),
        (uid(strange(), "leaving", deletionTimestamp=START.isoformat()), "not kept", "it goes itself"),
        (refers("a: [taxi-fare, !!bool xyz]", published=True), KEPT, "it was published, and may need it"),
        (refers("a: [taxi-fare, !!bool xyz]", published=False), "not kept", "it can never be published"),
        (refers("a: !!int ''\nb: \"\\x74\"", published=True), KEPT, "escapes can spell anything"),
    ],
)
async def test_a_version_is_kept_by_what_cannot_be_read_and_may_need_it(
    other: Body, keeps: str, because: str
) -> None:
    target = uid(asset(source=SOURCE), "target")

    assert bool(await users(target, uid(other, other["metadata"].get("uid", "o")))) is (keeps == KEPT), (
        because
    )


@pytest.mark.promise(11)
async def test_content_stays_that_an_object_which_cannot_be_read_declares_too() -> None:
    own = read_asset(uid(asset(source=SOURCE, deletionPolicy="Delete"), "own"))
    digest = "sha256:" + "2" * 64
    other = uid(strange(), "strange") | {"status": {"digest": digest}}

    others = await other_claims(own, MemoryNeighbours([other]))  # type: ignore[arg-type]
    record = OwnerRecord("own", "default", "taxi-fare-3", "")
    decided = farewell(claim_of(own, digest), others, Published(digest, record))

    assert not decided.deletes_content
    assert "default/strange" in decided.because


@pytest.mark.promise(9)
async def test_a_registry_that_cannot_be_read_waits_for_its_assets_like_any_other() -> None:
    twins = Twins(a_registry("demo"))
    await twins.settle()
    twins.body["spec"] = {**twins.body["spec"], "replicationLocations": "none"}
    user = asset("user", registryRef={"name": "demo"})
    twins.cluster.objects[ObjectKey("default", "user")] = uid(user, "user")
    twins.cluster.delete(twins.key)

    assert not (await twins.look()).gone
    assert "default/user" in (twins.condition("Ready") or {})["message"]

    del twins.cluster.objects[ObjectKey("default", "user")]
    assert (await twins.look()).gone


def test_what_the_watch_shows_and_nobody_can_read_is_said_once_in_the_log_and_a_metric(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fleet, key = Fleet(), ObjectKey("default", "strange")
    door = Door(Passes(ASSETS, None, None), LoopMemory, fleet.saw_asset, fleet.lost_asset)  # type: ignore[arg-type]

    def unreadable() -> float | None:
        labels = {"kind": ASSET_KIND, "namespace": key.namespace, "name": key.name}
        return METRICS.get_sample_value("mlregistry_unreadable_object", labels)

    with caplog.at_level(logging.ERROR):
        _look_at(door, key, strange())
        _look_at(door, key, strange())
    assert (len(caplog.records), unreadable()) == (1, 1.0)

    _look_at(door, key, asset("strange"))
    assert unreadable() is None, "it has been mended"
    OBJECTS.lost(ASSET_KIND, key)


def test_a_defect_at_one_object_keeps_no_other_from_being_seen(caplog: pytest.LogCaptureFixture) -> None:
    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    key = ObjectKey("default", "one")
    door = Door(Passes(ASSETS, None, None), LoopMemory, breaks, breaks)  # type: ignore[arg-type]

    _look_at(door, key, asset())

    assert "ZeroDivisionError" in caplog.text
    OBJECTS.lost(ASSET_KIND, key)


def test_what_was_known_of_an_asset_counts_while_it_cannot_be_read() -> None:
    fleet, key = Fleet(), ObjectKey("default", "taxi-fare-3")
    fleet.saw_asset(key, uid(asset(), "one"))

    with pytest.raises(CloudError):
        fleet.saw_asset(key, uid(strange("taxi-fare-3"), "one"))

    assert len(fleet.assets_of(HOME)) == 1


@pytest.mark.parametrize(
    "status",
    [
        {"conditions": "none", "drift": [{"detectedTime": 5}, 7, {}], "regions": [None]},
        {"conditions": [3], "drift": {"a": "b"}, "regions": 4},
        "nothing",
    ],
)
def test_a_status_that_somebody_has_mangled_is_no_obstacle(status: object) -> None:
    objects = Objects()

    objects.saw(REGISTRY_KIND, HOME, {**registry(), "status": status})

    assert list(objects.drift_rows()) == []


@pytest.mark.parametrize("step", ["judged", "beside_assets"])
async def test_a_defect_in_a_review_lets_the_edit_pass_with_a_warning(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise KeyError("xyz")

    monkeypatch.setattr(reviewing, step, breaks)
    body = {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "1",
            "kind": {"group": "mlregistry.io", "version": "v1alpha1", "kind": "MLAsset"},
            "operation": "CREATE",
            "object": deepcopy(asset()),
        },
    }

    response = (await reviewing.review(body, MemoryNeighbours([registry()])))["response"]

    assert response["allowed"] is True
    assert reviewing.COULD_NOT_JUDGE in response["warnings"]


@pytest.mark.parametrize(
    "raw",
    [b"", b"[]", b"7", b'{"deletedBy": 5}', b"\xff", b"[" * 100_000]
    + [
        b'{"deletedBy": {"namespace": "a", "name": "b"}, "digest": "sha256:x", "time": %s}' % time
        for time in (b"5", b"null", b'"0001-01-01T00:00:00+23:59"', b'"9999-12-31T23:59:59-23:59"')
    ],
)
def test_bytes_that_are_no_tombstone_are_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(TombstoneError):
        decode_tombstone(raw)
