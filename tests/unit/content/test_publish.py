"""A source is read once, and committed only when everything about it is known and right."""

import asyncio
import hashlib
from datetime import UTC, datetime
from typing import Any

import pytest
from support.memory_blobs import Call, refusal

from mlregistry_operator.api.asset_types import DataFormat, ModelFormat
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.content import BlobRef, WrittenAs
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.tombstones import bury, encode_tombstone
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.reconcile.content.measure import measure
from mlregistry_operator.reconcile.content.publish import Publication, publish
from mlregistry_operator.reconcile.content.sources import BlobSource, InlineSource
from mlregistry_operator.reconcile.content.verify import verify

LONG = bytes(range(200))
FILES = {"MLmodel": b"flavors: {}", "data/weights.bin": LONG, "data/empty": b"", "ünï code.txt": b"text"}


async def refused(registry: Any, **options: Any) -> Failure:
    with pytest.raises(CloudError) as caught:
        await publish(registry.publication(**options), registry.primary, registry.capacity())
    return caught.value.failure


async def test_every_file_is_committed_with_its_bytes_and_the_manifest_last(registry: Any) -> None:
    registry.give(**FILES)

    version = await registry.published()

    assert version.fresh
    assert registry.files_in(registry.primary) == FILES
    assert [file.path for file in version.manifest.files] == sorted(FILES)
    assert (await verify(version, registry.place, registry.primary)).complete
    written = [call.blob.name for call in registry.cloud.verbs("commit", "put")]
    assert written[-2:] == [registry.place.checksums, registry.place.manifest]


async def test_each_byte_of_the_source_is_read_once(registry: Any) -> None:
    registry.give(**FILES)
    await registry.published()
    read = sum(call.size for call in registry.cloud.verbs("read") if call.account == "team")
    assert read == sum(len(data) for data in FILES.values())


async def test_the_digest_covers_content_alone(registry: Any) -> None:
    registry.give(**FILES)
    version = await registry.published()
    expected = {path: f"sha256:{hashlib.sha256(data).hexdigest()}" for path, data in FILES.items()}
    assert {file.path: file.digest for file in version.manifest.files} == expected
    measured = await measure(registry.source, registry.asset.type, registry.capacity())
    assert measured.digest == version.digest
    assert len(registry.cloud.verbs("commit")) == len(FILES), "measuring wrote nothing"


async def test_a_published_version_is_returned_as_it_is(registry: Any) -> None:
    registry.give(**FILES)
    version = await registry.published()
    registry.give(other=b"the source has changed since")
    writes = len(registry.cloud.verbs("stage", "commit", "put", "delete"))

    again = await registry.published()

    assert (again.digest, again.fresh, dict(again.owner)) == (version.digest, False, dict(version.owner))
    assert len(registry.cloud.verbs("stage", "commit", "put", "delete")) == writes


async def test_a_wrong_pin_leaves_nothing_committed(registry: Any) -> None:
    registry.give(**FILES)
    pinned = f"sha256:{'0' * 64}"

    failure = await refused(registry, pinned=pinned)

    assert (failure.reason, failure.severity) == (Reason.DIGEST_MISMATCH, Severity.STALLED)
    actual = (await measure(registry.source, registry.asset.type, registry.capacity())).digest
    assert pinned in failure.sentence
    assert actual in failure.sentence
    assert registry.primary.stored == {}
    await publish(registry.publication(pinned=actual), registry.primary, registry.capacity())
    assert registry.is_committed(registry.primary)


async def test_a_published_version_with_another_digest_than_the_pin_is_a_conflict(registry: Any) -> None:
    registry.give(**FILES)
    version = await registry.published()
    pinned = f"sha256:{'0' * 64}"
    failure = await refused(registry, pinned=pinned)
    assert failure.reason is Reason.VERSION_CONFLICT
    assert version.digest in failure.sentence
    assert pinned in failure.sentence


async def test_one_file_is_published_under_its_own_name(registry: Any) -> None:
    registry.team.plant("drop", "models/final/weights.bin", LONG)
    source = BlobSource(registry.team, "drop", "models/final/weights.bin")
    await publish(Publication(registry.asset, source), registry.primary, registry.capacity())
    assert registry.files_in(registry.primary) == {"weights.bin": LONG}


async def test_an_inline_document_is_published_like_any_file(registry: Any) -> None:
    source = InlineSource("component.yaml", b"name: train")
    await publish(Publication(registry.asset, source), registry.primary, registry.capacity())
    assert registry.files_in(registry.primary) == {"component.yaml": b"name: train"}


async def test_directories_are_no_files(registry: Any) -> None:
    registry.give(a=b"1")
    registry.team.plant("drop", "model/folder", b"", WrittenAs(metadata={"hdi_isfolder": "true"}))
    registry.team.plant("drop", "model/folder/b", b"2")
    await registry.published()
    assert registry.files_in(registry.primary) == {"a": b"1", "folder/b": b"2"}


@pytest.mark.parametrize(
    ("files", "word", "because"),
    [
        ({}, "holds no file", "a version of nothing is a mistake in the URL"),
        ({"bad.": b"x"}, "'bad.'", "storage services take a dot at the end away"),
        ({"a": b"x", "a/b": b"y"}, "file and a folder", "an account with directories cannot hold both"),
    ],
)
async def test_a_source_that_cannot_be_published_is_told_so(
    registry: Any, files: dict[str, bytes], word: str, because: str
) -> None:
    registry.team.containers.add("drop")
    registry.give(**files)
    failure = await refused(registry)
    assert (failure.reason, failure.severity) == (Reason.INVALID_SPEC, Severity.SLOW_RETRY), because
    assert word in failure.sentence
    assert registry.primary.stored == {}


async def test_a_source_that_is_not_there_is_told_so(registry: Any) -> None:
    failure = await refused(registry)
    assert failure.reason is Reason.SOURCE_UNAVAILABLE
    assert "spec.source.blob.url" in failure.sentence


async def test_a_source_that_changes_while_it_is_read_is_refused_and_read_again(registry: Any) -> None:
    registry.give(**FILES)

    def change(call: Call, when: str) -> None:
        if call.verb == "read" and when == "after" and call.account == "team":
            registry.cloud.steps.clear()
            registry.team.plant("drop", "model/data/weights.bin", b"!" * 200)

    registry.cloud.steps.append(change)
    failure = await refused(registry)
    assert (failure.reason, failure.severity) == (Reason.SOURCE_CHANGED, Severity.RETRY)
    assert "data/weights.bin" in failure.sentence
    assert registry.primary.stored == {}
    await registry.published()
    assert registry.files_in(registry.primary)["data/weights.bin"] == b"!" * 200


async def test_bytes_that_differ_from_the_md5_of_their_storage_are_refused(registry: Any) -> None:
    right = hashlib.md5(LONG, usedforsecurity=False).digest()
    registry.team.plant("drop", "model/weights.bin", b"?" + LONG[1:], WrittenAs(right))
    failure = await refused(registry)
    assert failure.reason is Reason.CONTENT_DAMAGED
    assert "weights.bin" in failure.sentence
    assert right.hex() in failure.sentence
    assert hashlib.md5(b"?" + LONG[1:], usedforsecurity=False).hexdigest() in failure.sentence
    assert registry.primary.stored == {}


async def test_what_was_staged_is_not_sent_again(registry: Any) -> None:
    registry.give(**FILES)
    await refused(registry, pinned=f"sha256:{'0' * 64}")
    sent = sum(call.size for call in registry.cloud.verbs("stage"))
    assert sent == sum(len(data) for data in FILES.values())

    await registry.published()

    assert sum(call.size for call in registry.cloud.verbs("stage")) == sent
    assert registry.files_in(registry.primary) == FILES


async def test_only_what_differs_is_sent_where_the_source_has_changed_meanwhile(registry: Any) -> None:
    registry.give(weights=LONG)
    await refused(registry, pinned=f"sha256:{'0' * 64}")
    sent = len(registry.cloud.verbs("stage"))
    registry.give(weights=LONG[:-1] + b"!")

    await registry.published()

    assert len(registry.cloud.verbs("stage")) == sent + 1
    assert registry.files_in(registry.primary) == {"weights": LONG[:-1] + b"!"}


def stops(registry: Any, verb: str, path: str) -> None:
    """End the next publication with a failure that does not pass at once, after that call."""

    def step(call: Call, when: str) -> None:
        if when == "after" and call.verb == verb and call.blob.name == registry.place.file(path):
            registry.cloud.steps.clear()
            raise refusal("AuthorizationFailure", call.blob, 403)

    registry.cloud.steps.append(step)


async def test_files_that_an_earlier_attempt_committed_are_accepted(registry: Any) -> None:
    registry.give(**FILES)
    stops(registry, "commit", "MLmodel")
    await refused(registry)
    assert "MLmodel" in registry.files_in(registry.primary)
    assert not registry.is_committed(registry.primary)

    await registry.published()
    assert registry.files_in(registry.primary) == FILES


@pytest.mark.promise(11)
async def test_leftovers_with_other_bytes_are_a_conflict_for_who_may_not_be_alone(registry: Any) -> None:
    registry.give(a=b"one")
    stops(registry, "commit", "a")
    await refused(registry)
    registry.give(a=b"two")

    failure = await refused(registry)

    assert (failure.reason, failure.severity) == (Reason.VERSION_CONFLICT, Severity.STALLED)
    for data in (b"one", b"two"):
        assert hashlib.sha256(data).hexdigest() in failure.sentence
    assert registry.files_in(registry.primary) == {"a": b"one"}


@pytest.mark.parametrize("now", [{"a": b"two"}, {"a": b"longer"}, {"b": b"one"}])
async def test_who_publishes_alone_replaces_what_an_attempt_left(
    registry: Any, now: dict[str, bytes]
) -> None:
    registry.give(a=b"one")
    stops(registry, "commit", "a")
    await refused(registry)
    registry.give(**now)

    if now == {"a": b"two"}:  # of the same size: only reading it tells
        assert (await refused(registry, alone=True)).severity is Severity.RETRY
    await publish(registry.publication(alone=True), registry.primary, registry.capacity())
    assert registry.files_in(registry.primary) == now
    assert registry.is_committed(registry.primary)


async def test_of_two_at_once_one_wins_and_the_other_is_told(registry: Any) -> None:
    registry.give(a=b"one")
    registry.team.plant("drop", "other/b", b"two")
    other = Publication(registry.asset, BlobSource(registry.team, "drop", "other"))
    results = await asyncio.gather(
        publish(registry.publication(), registry.primary, registry.capacity()),
        publish(other, registry.primary, registry.capacity()),
        return_exceptions=True,
    )
    errors = [result for result in results if isinstance(result, CloudError)]
    assert [error.failure.reason for error in errors] == [Reason.VERSION_CONFLICT]
    assert len(registry.files_in(registry.primary)) == 1, "the loser took away what it had committed"
    version = await registry.published() if registry.files_in(registry.primary) == {"a": b"one"} else None
    if version is not None:
        assert (await verify(version, registry.place, registry.primary)).complete


async def test_a_deleted_version_comes_back_only_with_the_same_bytes(registry: Any) -> None:
    registry.give(a=b"one")
    digest = (await measure(registry.source, registry.asset.type, registry.capacity())).digest
    registry.primary.containers.add(registry.place.container)
    for buried, comes_back in ((f"sha256:{'0' * 64}", False), (digest, True)):
        stone = bury(buried, datetime(2026, 1, 1, tzinfo=UTC), ObjectKey("team-a", "old"))
        registry.primary.plant(registry.place.container, registry.place.tombstone, encode_tombstone(stone))
        if comes_back:
            await registry.published()
        else:
            assert (await refused(registry)).reason is Reason.VERSION_DELETED
        assert registry.is_committed(registry.primary) is comes_back


async def test_what_fails_in_passing_is_tried_again_within_the_publication(registry: Any) -> None:
    registry.give(**FILES)
    seen = set[tuple[str, str]]()

    def busy_once(call: Call, when: str) -> None:
        key = (call.verb, str(call.blob))
        if when == "before" and call.verb in {"read", "stage", "commit"} and key not in seen:
            seen.add(key)
            raise refusal("ServerBusy", call.blob, 503)

    registry.cloud.steps.append(busy_once)
    await registry.published()
    assert registry.files_in(registry.primary) == FILES


async def test_a_container_that_is_missing_is_made(registry: Any) -> None:
    registry.give(a=b"1")
    await registry.published()
    assert registry.primary.containers == {registry.place.container}
    await registry.published()
    assert len(registry.cloud.verbs("ensure_container")) == 1


async def test_the_budget_is_never_exceeded_and_given_back(registry: Any) -> None:
    registry.give(**{f"file{number:03}": LONG for number in range(40)})
    capacity, most = registry.capacity(), 0

    def watch(call: Call, when: str) -> None:
        nonlocal most
        most = max(most, capacity.budget.held)

    registry.cloud.steps.append(watch)
    await publish(registry.publication(), registry.primary, capacity)
    assert 0 < most <= capacity.budget.size
    assert capacity.budget.held == 0


async def test_a_foreign_blob_among_the_files_is_a_conflict(registry: Any) -> None:
    registry.give(a=b"one")
    registry.primary.plant(registry.place.container, registry.place.file("a"), b"xxx")
    failure = await refused(registry)
    assert failure.reason is Reason.VERSION_CONFLICT
    assert registry.primary.stored[BlobRef(registry.place.container, registry.place.file("a"))].data == b"xxx"


async def test_what_an_earlier_release_began_under_another_name_is_taken_away(registry: Any) -> None:
    """Its name for an inline document was that of the type; it had committed the file, and no manifest."""
    old, new = InlineSource("data.yaml", b"paths: []"), InlineSource("MLTable", b"paths: []")

    def dies(call: Call, when: str) -> None:
        if call.verb == "put" and when == "before":
            raise refusal("AuthorizationFailure", call.blob, 403)

    registry.cloud.steps.append(dies)
    with pytest.raises(CloudError):
        await publish(Publication(registry.asset, old, alone=True), registry.primary, registry.capacity())
    assert registry.files_in(registry.primary) == {"data.yaml": b"paths: []"}
    registry.cloud.steps.clear()

    wanted = Publication(registry.asset, new, alone=True)
    version = await publish(wanted, registry.primary, registry.capacity())
    await publish(wanted, registry.primary, registry.capacity())

    assert registry.files_in(registry.primary) == {"MLTable": b"paths: []"}
    assert (await verify(version, registry.place, registry.primary)).complete


async def test_a_format_that_the_files_do_not_have_leaves_nothing_staged(registry: Any) -> None:
    registry.give(**FILES | {"MLmodel": b"flavors: {f: }"})
    table = Publication(registry.asset, registry.source, form=DataFormat.MLTABLE)

    with pytest.raises(CloudError) as caught:
        await publish(table, registry.primary, registry.capacity())

    assert caught.value.failure.reason is Reason.INVALID_SPEC
    assert not registry.cloud.verbs("stage", "commit", "put")
    model = Publication(registry.asset, registry.source, form=ModelFormat.MLFLOW)
    assert (await publish(model, registry.primary, registry.capacity())).fresh
    read = [call for call in registry.cloud.verbs("read") if call.account == "team"]
    assert sum(call.blob.name == "model/MLmodel" for call in read) == 2, "once to judge it, once to hash it"
