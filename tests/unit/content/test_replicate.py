"""A copy is made by the service, held to our checksums, proved, and only then marked as a version."""

import hashlib
from typing import Any

import pytest
from support.memory_blobs import Call, refusal

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.content import BlobRef, WrittenAs
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.blocks import MIB
from mlregistry_operator.domain.assets.copies import Method
from mlregistry_operator.domain.assets.layout import Place
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.reconcile.content.checksums import Origin
from mlregistry_operator.reconcile.content.progress import Progress
from mlregistry_operator.reconcile.content.replicate import Copying, replicate
from mlregistry_operator.reconcile.content.verify import verify

SMALL = b"small"
MIDDLE = bytes(range(256)) * 6 * 1024  # 1.5 MiB: too much for Copy From URL here
LARGE = bytes(range(255, -1, -1)) * 10 * 1024  # 2.5 MiB: three blocks
FILES = {"config.json": SMALL, "empty": b"", "middle.bin": MIDDLE, "large.bin": LARGE}
SLOW = frozenset({"copy_from", "put_from", "stage_from"})


pytestmark = pytest.mark.timeout(30)


@pytest.fixture(autouse=True)
def _larger_blocks(registry: Any) -> None:
    registry.block = 256 * 1024


async def published(registry: Any, **files: bytes) -> Any:
    registry.give(**(files or FILES))
    version = await registry.published()
    registry.cloud.calls.clear()
    return version


async def refused(copying: Any, registry: Any) -> Failure:
    with pytest.raises(CloudError) as caught:
        await replicate(copying, registry.capacity())
    return caught.value.failure


async def test_every_file_travels_by_the_method_of_its_size(registry: Any) -> None:
    version = await published(registry)
    progress = Progress()

    await replicate(registry.copying(version), registry.capacity(), progress)

    assert registry.files_in(registry.replica) == FILES
    assert registry.is_committed(registry.replica)
    assert (await verify(version, registry.place, registry.replica)).complete
    assert [call.size for call in registry.cloud.verbs("copy_from")] == [len(SMALL)]
    assert [call.size for call in registry.cloud.verbs("put_from")] == [len(MIDDLE)]
    assert sorted(call.size for call in registry.cloud.verbs("stage_from")) == [MIB // 2, MIB, MIB]
    assert (progress.done, progress.total) == (version.manifest.size,) * 2


async def test_no_byte_of_content_passes_through_the_operator(registry: Any) -> None:
    version = await published(registry)
    await replicate(registry.copying(version), registry.capacity())
    documents = {registry.place.manifest, registry.place.checksums}
    assert {call.blob.name for call in registry.cloud.verbs("read", "put", "stage")} <= documents


async def test_the_manifest_goes_last_with_its_owner(registry: Any) -> None:
    version = await published(registry)
    await replicate(registry.copying(version), registry.capacity())
    writes = registry.cloud.verbs("copy_from", "put_from", "commit", "put")
    assert writes[-1].blob.name == registry.place.manifest
    mark = BlobRef(registry.place.container, registry.place.manifest)
    assert registry.replica.stored[mark].data == registry.primary.stored[mark].data
    assert registry.replica.stored[mark].kept.metadata == version.owner


@pytest.mark.promise(11)
@pytest.mark.parametrize("gone", list(FILES))
async def test_a_file_that_vanishes_before_the_commit_leaves_the_copy_without_a_mark(
    registry: Any, gone: str
) -> None:
    """Somebody's lifecycle rule, or a hand: nothing is taken for copied because it was copied once."""
    version = await published(registry)
    file = BlobRef(registry.place.container, registry.place.file(gone))

    def vanish(call: Call, when: str) -> None:
        if call.verb == "list" and when == "before" and registry.files_in(registry.replica) == FILES:
            del registry.replica.stored[file]

    registry.cloud.steps.append(vanish)
    failure = await refused(registry.copying(version), registry)

    assert (failure.reason, failure.severity) == (Reason.CONTENT_DAMAGED, Severity.RETRY)
    assert gone in failure.sentence
    assert not registry.is_committed(registry.replica)

    registry.cloud.steps.clear()
    await replicate(registry.copying(version), registry.capacity())
    assert registry.files_in(registry.replica) == FILES


@pytest.mark.promise(2)
async def test_a_second_time_nothing_is_written(registry: Any) -> None:
    version = await published(registry)
    await replicate(registry.copying(version), registry.capacity())
    registry.cloud.calls.clear()
    await replicate(registry.copying(version), registry.capacity())
    assert {call.verb for call in registry.cloud.calls} <= {"list", "facts", "read"}


@pytest.mark.parametrize("path", ["config.json", "middle.bin", "large.bin"])
async def test_damage_on_the_way_is_refused_named_and_healed(registry: Any, path: str) -> None:
    version = await published(registry)
    wanted = registry.place.file(path)
    registry.cloud.damage = lambda blob, data: data[:-1] + b"!" if blob.name == wanted else data

    failure = await refused(registry.copying(version), registry)

    assert (failure.reason, failure.severity) == (Reason.CONTENT_DAMAGED, Severity.RETRY)
    assert path in failure.sentence
    assert hashlib.sha256(FILES[path]).hexdigest() in failure.sentence
    assert registry.replica.endpoint in failure.sentence
    assert path not in registry.files_in(registry.replica)
    assert not registry.is_committed(registry.replica)

    registry.cloud.damage = lambda _, data: data
    await replicate(registry.copying(version), registry.capacity())
    assert registry.files_in(registry.replica) == FILES


async def test_another_region_gives_what_the_nearest_cannot(registry: Any) -> None:
    version = await published(registry)
    third = registry.cloud.account("third")
    await replicate(
        Copying(version, registry.copying(version).origins, third, registry.place, "DemoRegistry1"),
        registry.capacity(),
    )
    del registry.primary.stored[BlobRef(registry.place.container, registry.place.file("large.bin"))]

    await replicate(registry.copying(version, registry.primary, third), registry.capacity())

    assert registry.files_in(registry.replica) == FILES


async def test_a_lost_primary_is_refilled_from_a_replica(registry: Any) -> None:
    version = await published(registry)
    await replicate(registry.copying(version), registry.capacity())
    registry.primary.stored.clear()
    back = Copying(
        version, [Origin(registry.replica, registry.place)], registry.primary, registry.place, "DemoRegistry1"
    )
    await replicate(back, registry.capacity())
    assert registry.files_in(registry.primary) == FILES
    assert registry.is_committed(registry.primary)


async def test_a_promotion_may_change_the_name(registry: Any) -> None:
    version = await published(registry)
    other = Place("models", "renamed/7")
    copying = Copying(
        version, [Origin(registry.primary, registry.place)], registry.replica, other, "Production"
    )
    await replicate(copying, registry.capacity())
    assert (await verify(version, other, registry.replica)).complete
    assert registry.files_in(registry.replica) == {}


async def test_what_differs_in_the_destination_is_replaced(registry: Any) -> None:
    version = await published(registry)
    await replicate(registry.copying(version), registry.capacity())
    registry.replica.plant(registry.place.container, registry.place.file("config.json"), b"xxxxx")
    del registry.replica.stored[BlobRef(registry.place.container, registry.place.file("empty"))]
    verdict = await verify(version, registry.place, registry.replica)
    assert verdict.missing == ("empty",)
    assert [one.path for one in verdict.differing] == ["config.json"]
    assert hashlib.sha256(SMALL).hexdigest() in verdict.sentence

    await replicate(registry.copying(version), registry.capacity())

    assert registry.files_in(registry.replica) == FILES


@pytest.mark.promise(11)
async def test_a_commit_mark_of_the_right_size_with_other_bytes_is_none(registry: Any) -> None:
    version = await published(registry)
    await replicate(registry.copying(version), registry.capacity())
    mark = BlobRef(registry.place.container, registry.place.manifest)
    right = registry.replica.stored[mark].data
    other = right.replace(b"a", b"b", 1)
    told = hashlib.md5(other, usedforsecurity=False).digest()
    registry.replica.plant(mark.container, mark.name, other, WrittenAs(told))

    verdict = await verify(version, registry.place, registry.replica)

    assert not verdict.complete
    assert [one.path for one in verdict.differing] == ["manifest.json"]
    assert told.hex() in verdict.sentence


@pytest.mark.promise(11)
@pytest.mark.parametrize("md5", [None, "of its own bytes", "of the right ones"])
async def test_a_file_of_the_right_size_that_somebody_else_has_put_there_proves_nothing(
    registry: Any, md5: str | None
) -> None:
    """Whoever may write there can set any MD5; only what this project wrote carries the digest."""
    version = await published(registry)
    await replicate(registry.copying(version), registry.capacity())
    other = b"x" * len(SMALL)
    bytes_of_md5 = {None: None, "of its own bytes": other, "of the right ones": SMALL}[md5]
    told = hashlib.md5(bytes_of_md5, usedforsecurity=False).digest() if bytes_of_md5 is not None else None
    path = registry.place.file("config.json")
    registry.replica.plant(registry.place.container, path, other, WrittenAs(told))

    verdict = await verify(version, registry.place, registry.replica)
    assert not verdict.complete
    assert [one.path for one in verdict.differing] == ["config.json"]

    await replicate(registry.copying(version), registry.capacity())
    assert registry.files_in(registry.replica) == FILES


async def test_another_version_in_the_destination_is_a_conflict(registry: Any) -> None:
    await published(registry, a=b"one")
    here = registry.primary
    registry.cloud.accounts["replica"], registry.cloud.accounts["primary"] = here, registry.replica
    here.endpoint, registry.primary.endpoint = registry.primary.endpoint, here.endpoint
    version = await published(registry, a=b"two")

    failure = await refused(registry.copying(version), registry)

    assert (failure.reason, failure.severity) == (Reason.VERSION_CONFLICT, Severity.STALLED)
    assert version.digest in failure.sentence
    assert registry.files_in(registry.replica) == {"a": b"one"}


async def test_a_damaged_manifest_is_replaced(registry: Any) -> None:
    version = await published(registry)
    await replicate(registry.copying(version), registry.capacity())
    registry.replica.plant(registry.place.container, registry.place.manifest, b"{}")
    assert not (await verify(version, registry.place, registry.replica)).complete
    await replicate(registry.copying(version), registry.capacity())
    assert (await verify(version, registry.place, registry.replica)).complete


@pytest.mark.parametrize("damage", [b"{}", None])
async def test_lost_checksums_are_made_anew_from_bytes_that_match(
    registry: Any, damage: bytes | None
) -> None:
    version = await published(registry)
    checksums = BlobRef(registry.place.container, registry.place.checksums)
    right = registry.primary.stored.pop(checksums).data
    if damage is not None:
        registry.primary.plant(checksums.container, checksums.name, damage)

    await replicate(registry.copying(version), registry.capacity())

    assert registry.files_in(registry.replica) == FILES
    assert registry.primary.stored[checksums].data == right


async def test_checksums_are_not_made_from_bytes_that_do_not_match(registry: Any) -> None:
    version = await published(registry)
    del registry.primary.stored[BlobRef(registry.place.container, registry.place.checksums)]
    registry.primary.plant(registry.place.container, registry.place.file("config.json"), b"SMALL")
    failure = await refused(registry.copying(version), registry)
    assert failure.reason is Reason.CONTENT_DAMAGED
    for data in (SMALL, b"SMALL"):
        assert hashlib.sha256(data).hexdigest() in failure.sentence
    assert registry.files_in(registry.replica) == {}


async def test_a_method_that_is_refused_gives_way_to_the_next_and_is_remembered(registry: Any) -> None:
    version = await published(registry)
    registry.cloud.refused = frozenset({"copy_from", "put_from"})
    capacity = registry.capacity()

    await replicate(registry.copying(version), capacity)

    assert registry.files_in(registry.replica) == FILES
    assert capacity.refused[registry.replica.endpoint] == {Method.COPY_FROM_URL, Method.PUT_FROM_URL}
    assert len(registry.cloud.verbs("copy_from")) == 1
    assert len(registry.cloud.verbs("put_from")) <= 2


async def test_the_last_resort_is_a_slow_copy_that_is_read_to_prove_it(registry: Any) -> None:
    version = await published(registry)
    registry.cloud.refused = SLOW
    progress = Progress()

    def finish(call: Call, when: str) -> None:
        if call.verb == "facts" and when == "after":
            registry.replica.finish_copies()

    registry.cloud.steps.append(finish)
    await replicate(registry.copying(version), registry.capacity(), progress)
    assert registry.files_in(registry.replica) == FILES
    assert registry.is_committed(registry.replica)
    read = {call.blob.name for call in registry.cloud.verbs("read") if call.account == "replica"}
    assert read == {registry.place.file(path) for path, data in FILES.items() if data}
    assert (await verify(version, registry.place, registry.replica)).complete


async def test_a_slow_copy_that_is_under_way_is_taken_up(registry: Any) -> None:
    version = await published(registry, a=SMALL)
    registry.cloud.refused = SLOW

    def stop(call: Call, when: str) -> None:
        if call.verb == "start_copy" and when == "after":
            registry.cloud.steps.clear()
            raise refusal("AuthorizationFailure", call.blob, 403)

    registry.cloud.steps.append(stop)
    await refused(registry.copying(version), registry)
    registry.replica.finish_copies()

    await replicate(registry.copying(version), registry.capacity())

    assert len(registry.cloud.verbs("start_copy")) == 1
    assert registry.files_in(registry.replica) == {"a": SMALL}


async def test_a_slow_copy_with_other_bytes_is_taken_away(registry: Any) -> None:
    version = await published(registry, a=SMALL)
    registry.cloud.refused = SLOW
    registry.cloud.damage = lambda _, data: b"SMALL"

    def finish(call: Call, when: str) -> None:
        if call.verb == "facts" and when == "after":
            registry.replica.finish_copies()

    registry.cloud.steps.append(finish)
    failure = await refused(registry.copying(version), registry)
    assert failure.reason is Reason.CONTENT_DAMAGED
    assert hashlib.sha256(b"SMALL").hexdigest() in failure.sentence
    assert registry.files_in(registry.replica) == {}


async def test_staged_blocks_are_not_copied_again(registry: Any) -> None:
    version = await published(registry, large=LARGE)
    copied = 0

    def stop(call: Call, when: str) -> None:
        nonlocal copied
        if call.verb == "stage_from" and when == "after":
            copied += call.size
            if copied >= MIB:
                registry.cloud.steps.clear()
                raise refusal("AuthorizationFailure", call.blob, 403)

    registry.cloud.steps.append(stop)
    await refused(registry.copying(version), registry)
    progress = Progress()
    await replicate(registry.copying(version), registry.capacity(), progress)
    copied_twice = sum(call.size for call in registry.cloud.verbs("stage_from")) - len(LARGE)
    assert 0 <= copied_twice < len(LARGE), "what was under way when it stopped may be copied again"
    assert registry.files_in(registry.replica) == {"large": LARGE}


async def test_copies_in_flight_never_exceed_the_setting(registry: Any) -> None:
    version = await published(registry, **{f"f{number:02}": SMALL for number in range(40)})
    capacity, most = registry.capacity(), 0

    def watch(call: Call, when: str) -> None:
        nonlocal most
        most = max(most, capacity.lanes.in_flight)

    registry.cloud.steps.append(watch)
    await replicate(registry.copying(version), capacity)
    assert 0 < most <= 4
    assert capacity.lanes.in_flight == 0
