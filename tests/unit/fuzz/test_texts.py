"""Whatever people write: documents, URLs, ids and bytes are read or refused, and stop nobody else."""

import contextlib
import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from api.rule_cases import Body, asset, registry
from hypothesis import given
from hypothesis import strategies as st
from support.mutations import mutated
from support.neighbours import MemoryNeighbours
from yarl import URL

from mlregistry_operator.admission.review import COULD_NOT_JUDGE, review
from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.patterns import BLOB_URL, IMAGE, matches
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.azure.blobs.addressees import refuse_strangers
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.assets.checksums import ChecksumsError, decode_checksums
from mlregistry_operator.domain.assets.components import read_component
from mlregistry_operator.domain.assets.ids import AssetIdError, read_asset_id
from mlregistry_operator.domain.assets.manifests import ManifestError, decode, encode, file_entry, manifest_of
from mlregistry_operator.domain.assets.tombstones import TombstoneError, decode_tombstone
from mlregistry_operator.domain.boundaries import UNBOUNDED
from mlregistry_operator.domain.images import ImageReference
from mlregistry_operator.domain.storage_service import StorageService
from mlregistry_operator.handlers.kinds import Door, _look_at
from mlregistry_operator.kube.ports import ASSETS
from mlregistry_operator.reconcile.assets.neighbours import who_uses_asset, who_uses_registry
from mlregistry_operator.reconcile.assets.objects import read_asset
from mlregistry_operator.reconcile.assets.origins import address_of, source_of
from mlregistry_operator.reconcile.fleet import Fleet
from mlregistry_operator.reconcile.loops import Passes
from mlregistry_operator.reconcile.memory import LoopMemory
from mlregistry_operator.telemetry.objects import OBJECTS

HOME = ObjectKey("default", "demo")
AZURE = StorageService()
PIECES = [
    "!!bool xyz",
    "!!int ''",
    "!!float ''",
    "!!timestamp xyz",
    "!!binary x",
    "!!set {a}",
    "!a b",
    "&a",
    "*a",
    "<<",
    "? ",
    ": ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ">",
    "'",
    "\\",
    "environment",
    "jobs",
    "trial",
    "inputs",
    "component",
    "path",
    "azureml:a:1",
    "azureml:a@latest",
    "\\x41",
    "taxi-fare",
    "#",
    "@",
    "`",
    "%",
    ",",
    "~",
    "0x",
    "azureml://registries/demo/models/taxi-fare/versions/3",
]
ODDITIES = [
    "\n",
    "\n  ",
    "|",
    "%YAML 1.2\n",
    "---\n",
    "...\n",
    "1:" * 50,
    "9" * 5_000,
    "\x00",
    "\ufeff",
    "\u2028",
]
WORDS = st.sampled_from([*PIECES, *ODDITIES, '"', chr(0xD800)])
DOCUMENTS = st.lists(WORDS, max_size=30).map("".join) | st.text(max_size=200)
HOSTS = st.sampled_from(
    ["a.blob.host", "[::1", "[::1]", "a\uff0fb", "\u212a", "", "1.2.3.4", "a:65536", "me@a", ".", "a..b"]
)
URLS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["https://", "http://", "https:/", "HTTPS://", "//"]),
    HOSTS | st.text(max_size=20),
    st.sampled_from(["/", "", "\\", "//", "/\n", "?", "#"]),
    st.text(max_size=30) | st.sampled_from(["c/b", "%zz", "%00", "../..", "c/%2e%2e/d"]),
)


@pytest.mark.promise(13)
@given(DOCUMENTS)
def test_a_document_is_read_or_refused_with_a_sentence(text: str) -> None:
    reading = read_component(text, "demo")

    assert all(refusal.strip().endswith(".") for refusal in reading.refusals)


def component(text: str, *, published: bool) -> Body:
    body = asset("user", type="Component", assetName="user", source={"inline": text})
    status: Body = {"digest": "sha256:" + "1" * 64} if published else {}
    return {**body, "metadata": {**body["metadata"], "uid": "user"}, "status": status}


@pytest.mark.promise(17)
@given(DOCUMENTS, st.booleans())
async def test_no_document_of_one_object_stands_in_the_way_of_another(text: str, published: bool) -> None:  # noqa: FBT001
    target = asset(source={"inline": "a: b"})
    around = MemoryNeighbours([registry(), component(text, published=published), target])

    await who_uses_asset(read_asset(target), around)
    assert await who_uses_registry(HOME, around)


@pytest.mark.promise(17)
@given(mutated(component("a: b", published=True) | {"spec": asset()["spec"]}, at_most=4))
async def test_no_object_whatever_is_in_it_stands_in_the_way_of_another(strange: Any) -> None:
    metadata = {"name": "strange", "namespace": "default", "uid": "strange", "generation": 1}
    found = {**(strange if isinstance(strange, dict) else {}), "kind": "MLAsset", "metadata": metadata}
    fleet, key, target = Fleet(), ObjectKey("default", "strange"), asset(source={"inline": "a: b"})
    door = Door(Passes(ASSETS, None, None), LoopMemory, fleet.saw_asset, fleet.lost_asset)  # type: ignore[arg-type]

    _look_at(door, key, found)
    OBJECTS.lost("MLAsset", key)

    class Around(MemoryNeighbours):
        async def assets(self, _: str, **__: object) -> AsyncIterator[Body]:
            for one in (found, target):
                yield one

    await who_uses_asset(read_asset(target), Around([registry()]))
    await who_uses_registry(HOME, Around([registry()]))


@pytest.mark.promise(17)
@given(mutated(asset()["spec"], at_most=4), st.sampled_from(["CREATE", "UPDATE", "DELETE"]))
async def test_a_review_is_answered_whatever_the_object_is(spec: Any, operation: str) -> None:
    old, new = asset(), {**asset(), "spec": spec}
    body = {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "1",
            "kind": {"group": "mlregistry.io", "version": "v1alpha1", "kind": "MLAsset"},
            "operation": operation,
            "object": None if operation == "DELETE" else new,
            "oldObject": {"CREATE": None, "UPDATE": old, "DELETE": new}[operation],
        },
    }

    response = (await review(body, MemoryNeighbours([registry()])))["response"]

    assert COULD_NOT_JUDGE not in response.get("warnings", ()), "no defect"


@pytest.mark.promise(16)
@given(URLS | st.from_regex(BLOB_URL.removesuffix("$"), fullmatch=True))
def test_a_url_that_passes_is_one_that_every_reader_takes_apart_alike(url: str) -> None:
    if not matches(BLOB_URL, url):
        return
    parts, other = urlsplit(url), URL(url)

    assert parts.hostname == other.host
    assert (parts.port or 443) == other.port
    found = AZURE.address(url)
    assert found is not None
    assert (found.origin.host, found.origin.port) == (other.host, other.port)
    with contextlib.suppress(CloudError):
        refuse_strangers(found.endpoint, AZURE)
    with contextlib.suppress(CloudError):
        address_of(url, AZURE)


@pytest.mark.parametrize("url", ["https://[::1/c/b", "https://a\uff0fb/c/d", "https://"])
async def test_a_url_that_was_stored_before_the_rule_on_its_form_is_told_as_an_invalid_spec(url: str) -> None:
    stored = read_asset(asset(source={"blob": {"url": url}}))
    world: Any = SimpleNamespace(boundaries=UNBOUNDED)
    nobody: Any = None

    with pytest.raises(CloudError) as caught:
        await source_of(stored, nobody, world, nobody)

    assert caught.value.failure.reason is Reason.INVALID_SPEC


@given(st.text(max_size=80) | st.from_regex(IMAGE, fullmatch=True))
def test_an_image_that_passes_can_be_read(text: str) -> None:
    if matches(IMAGE, text):
        assert ImageReference.parse(text).host


@given(st.text(max_size=80) | st.lists(WORDS, max_size=5).map("".join))
def test_an_id_is_read_or_refused(text: str) -> None:
    try:
        found = read_asset_id(text)
    except AssetIdError:
        return
    assert found.type in AssetType


EMPTY = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
FILES = manifest_of(AssetType.DATA, [file_entry(AssetType.DATA, "a", 0, EMPTY)])
STONE = {
    "deletedBy": {"name": "a", "namespace": "b"},
    "digest": EMPTY,
    "time": "2026-11-24T08:00:00Z",
}
CHECKSUMS = {"files": {"a": {"md5": "1B2M2Y8AsgTpgAmY7PhCfg==", "blockSize": 4, "blocks": ""}}}
BYTES = st.binary(max_size=60) | st.sampled_from([b"[" * 100_000, b"9" * 5_000, b"{}", b"\xff\xfe", b"NaN"])


def stored(document: Any) -> st.SearchStrategy[bytes]:
    return BYTES | mutated(document, at_most=4).map(lambda found: json.dumps(found).encode())


@given(
    stored(json.loads(encode(FILES))),
    stored(STONE),
    stored(CHECKSUMS),
)
def test_bytes_that_lie_in_an_account_are_read_or_refused(
    manifest: bytes, stone: bytes, checksums: bytes
) -> None:
    with contextlib.suppress(ManifestError):
        decode(manifest, AssetType.DATA)
    with contextlib.suppress(TombstoneError):
        decode_tombstone(stone)
    with contextlib.suppress(ChecksumsError):
        decode_checksums(checksums, FILES)
