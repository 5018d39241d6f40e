"""Manifests: the same content always gives the same digest, and nothing else passes for a manifest."""

import hashlib
import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.domain.assets import media_types
from mlregistry_operator.domain.assets.layout import path_fault
from mlregistry_operator.domain.assets.manifests import (
    EMPTY_DIGEST,
    MAX_BYTES,
    MAX_FILES,
    FileEntry,
    Manifest,
    ManifestError,
    decode,
    digest_of,
    encode,
    file_entry,
    manifest_of,
)


def sha256(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def entry(kind: AssetType, path: str, content: str = "x") -> FileEntry:
    return file_entry(kind, path, len(content.encode()), sha256(content))


PATHS = st.text(min_size=1, max_size=20).filter(lambda path: path_fault(path) is None)
CONTENTS = st.dictionaries(PATHS, st.text(max_size=5), min_size=1, max_size=8)
KINDS = st.sampled_from(AssetType)


@given(KINDS, CONTENTS, st.randoms(use_true_random=False))
@pytest.mark.promise(11)
def test_the_order_of_listing_changes_nothing(
    kind: AssetType, contents: dict[str, str], chance: random.Random
) -> None:
    files = [entry(kind, path, text) for path, text in contents.items()]
    shuffled = chance.sample(files, len(files))

    assert encode(manifest_of(kind, shuffled)) == encode(manifest_of(kind, files))


@given(KINDS, CONTENTS)
def test_a_manifest_reads_back_and_gives_the_same_bytes_again(
    kind: AssetType, contents: dict[str, str]
) -> None:
    manifest = manifest_of(kind, (entry(kind, path, text) for path, text in contents.items()))
    raw = encode(manifest)

    assert decode(raw, kind, digest=digest_of(raw)) == manifest
    assert encode(decode(raw, kind)) == raw


@given(CONTENTS, st.data())
@pytest.mark.promise(11)
def test_any_other_byte_path_or_type_gives_another_digest(
    contents: dict[str, str], data: st.DataObject
) -> None:
    changed = data.draw(st.sampled_from(sorted(contents)))
    other = {**contents, changed: contents[changed] + "!"}

    digests = {
        digest_of(encode(manifest_of(kind, (entry(kind, path, text) for path, text in files.items()))))
        for kind in AssetType
        for files in (contents, other)
    }
    assert len(digests) == 2 * len(AssetType)


GOLDEN: dict[AssetType, tuple[list[tuple[str, str]], str, str]] = {
    AssetType.MODEL: (
        [("model/weights.bin", "abc"), ("MLmodel", "{}"), ("README.md", ""), ("code/score ü.py", "pass\n")],
        "sha256:72bb39d3dcb7f88072aa52d67d01e1b91011fb886499d16f3e9fc05eaedec82c",
        "four media types, an empty file, a space and an umlaut",
    ),
    AssetType.ENVIRONMENT: (
        [("environment.yaml", "a: b\n")],
        "sha256:2ff59c366b1ed4f653410b40eeafed40caf3da42b14e8d69f34b7aec8d201cff",
        "an inline document",
    ),
    AssetType.COMPONENT: (
        [("component.yaml", "type: command\n"), ("src/run.sh", "true")],
        "sha256:51821e1a2be1aafb1aaccf5670e51fbf2fd8d1a175e9d4f13c1e7b0e2212f779",
        "a specification with its code",
    ),
    AssetType.DATA: (
        [("b", "2"), ("a", "1"), ("Z", "0")],
        "sha256:2b5714d242437ae60c210035dc01df0baaa4e2019c920b335d6d9f3acbe4b7c3",
        "sorted by code point, capitals first",
    ),
}


@pytest.mark.parametrize("kind", AssetType)
@pytest.mark.promise(11)
def test_the_digest_of_a_content_is_what_it_was_when_the_first_version_was_published(kind: AssetType) -> None:
    files, digest, because = GOLDEN[kind]
    manifest = manifest_of(kind, (entry(kind, path, text) for path, text in files))

    assert digest_of(encode(manifest)) == digest, because


def test_the_bytes_are_canonical_json_of_an_oci_image_manifest() -> None:
    raw = encode(manifest_of(AssetType.DATA, [entry(AssetType.DATA, "ü", "")]))

    assert raw.decode() == (
        '{"artifactType":"application/vnd.mlregistry.data.v1","config":{"data":"e30=",'
        '"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",'
        '"mediaType":"application/vnd.oci.empty.v1+json","size":2},"layers":[{"annotations":'
        '{"org.opencontainers.image.title":"ü"},'
        '"digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",'
        '"mediaType":"application/vnd.cncf.model.dataset.v1.raw","size":0}],'
        '"mediaType":"application/vnd.oci.image.manifest.v1+json","schemaVersion":2}'
    )


def test_the_empty_config_is_what_its_digest_says() -> None:
    assert sha256("{}").endswith("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")


@pytest.mark.parametrize(
    ("kind", "path", "called", "because"),
    [
        (AssetType.MODEL, "model.safetensors", media_types.WEIGHT, "weights are what a model is"),
        (AssetType.MODEL, "data/model.pkl", media_types.WEIGHT, "whatever their format"),
        (AssetType.MODEL, "variables", media_types.WEIGHT, "and whatever their name"),
        (AssetType.MODEL, "a.json/b", media_types.WEIGHT, "a folder's name says nothing of its files"),
        (AssetType.MODEL, "tokenizer.json", media_types.WEIGHT_CONFIG, "how the weights are read"),
        (AssetType.MODEL, "MLmodel", media_types.WEIGHT_CONFIG, "MLflow's description"),
        (AssetType.MODEL, "config.PBTXT", media_types.WEIGHT_CONFIG, "Triton's, in whatever case"),
        (AssetType.MODEL, "docs/README", media_types.DOC, "for people"),
        (AssetType.MODEL, "LICENSE.txt", media_types.DOC, "a license before a text"),
        (AssetType.MODEL, "card.md", media_types.DOC, "prose"),
        (AssetType.MODEL, "code/predict.py", media_types.CODE, "a program"),
        (AssetType.DATA, "train.csv", media_types.DATASET, "data is data"),
        (AssetType.DATA, "README.md", media_types.DATASET, "all of it"),
        (AssetType.COMPONENT, "component.yaml", media_types.YAML, "a specification"),
        (
            AssetType.COMPONENT,
            "src/run.py",
            media_types.OTHER,
            "ModelPack has no word for a component's code",
        ),
        (AssetType.ENVIRONMENT, "conda.yml", media_types.YAML, "a conda file"),
    ],
)
def test_a_file_is_called_for_ever_what_it_was_called_first(
    kind: AssetType, path: str, called: str, because: str
) -> None:
    assert media_types.media_type(kind, path) == called, because


def good() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        encode(manifest_of(AssetType.DATA, [entry(AssetType.DATA, "a"), entry(AssetType.DATA, "b")]))
    )
    return document


@pytest.mark.parametrize(
    ("place", "value", "says", "because"),
    [
        (["schemaVersion"], 1, "schemaVersion", "another format"),
        (["schemaVersion"], True, "schemaVersion", "a truth is no number"),
        (["mediaType"], "text/plain", "mediaType", "something else"),
        (["artifactType"], "application/vnd.mlregistry.model.v1", "artifactType", "an asset of another type"),
        (["config"], {"size": 2}, "config", "an image has another config"),
        (["layers"], None, "layers are no list", "nothing in it"),
        (["layers"], [], "between 1 and 50000 files", "a version has files"),
        (["layers", 0], "a", "Layer 0 of the manifest is no JSON object", "no layer"),
        (["layers", 0, "annotations"], None, "annotations of layer 0", "a layer without a path"),
        (["layers", 0, "annotations"], {}, "lacks its org.opencontainers.image.title", "no path"),
        (
            ["layers", 0, "annotations"],
            {"org.opencontainers.image.title": "../a"},
            "'../a'",
            "out of the folder",
        ),
        (
            ["layers", 0, "annotations"],
            {"org.opencontainers.image.title": "b"},
            "'b' is there twice",
            "twice",
        ),
        (["layers", 0, "annotations"], {"org.opencontainers.image.title": "c"}, "out of order", "not sorted"),
        (
            ["layers", 0, "annotations"],
            {"org.opencontainers.image.title": "\ud800"},
            "no character",
            "no text",
        ),
        (["layers", 0, "digest"], "sha256:abc", "'sha256:abc'", "half a digest"),
        (["layers", 0, "digest"], None, "lacks", "no digest"),
        (["layers", 0, "digest"], EMPTY_DIGEST, "", "whose bytes cannot be told from here"),
        (["layers", 0, "size"], 0, "is empty and has the digest", "nothing has one digest only"),
        (["layers", 0, "size"], -1, "size -1", "less than nothing"),
        (["layers", 0, "size"], 2**60, "has size", "more than Azure can hold"),
        (["layers", 0, "size"], True, "has no size", "a truth is no size"),
        (["layers", 0, "size"], 1.5, "has no size", "half a byte"),
    ],
)
def test_what_is_no_manifest_of_ours_is_refused_with_the_reason(
    place: list[Any], value: Any, says: str, because: str
) -> None:
    document = good()
    part: Any = document
    for step in place[:-1]:
        part = part[step]
    part[place[-1]] = value
    raw = json.dumps(document).encode()

    if not says:
        assert decode(raw, AssetType.DATA).files, because
        return
    with pytest.raises(ManifestError) as caught:
        decode(raw, AssetType.DATA)
    assert says in str(caught.value), because


@given(
    st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["layers", "config", "schemaVersion", "x"]), inner, max_size=4)
        ),
        max_leaves=8,
    ).map(lambda document: json.dumps(document).encode())
)
def test_no_bytes_do_anything_but_decode_or_be_refused(raw: bytes) -> None:
    with pytest.raises(ManifestError):
        decode(raw, AssetType.MODEL)


def test_a_manifest_nested_without_end_is_refused() -> None:
    with pytest.raises(ManifestError, match="no JSON"):
        decode(b"[" * 1_000_000, AssetType.MODEL)


def test_other_bytes_than_were_published_are_refused_with_both_digests() -> None:
    raw = json.dumps(good()).encode()

    with pytest.raises(ManifestError) as caught:
        decode(raw, AssetType.DATA, digest=EMPTY_DIGEST)

    assert digest_of(raw) in str(caught.value)
    assert EMPTY_DIGEST in str(caught.value)


def test_a_field_that_a_later_version_adds_is_read_over() -> None:
    document = {**good(), "subject": {}}

    assert len(decode(json.dumps(document).encode(), AssetType.DATA).files) == 2


def test_fifty_thousand_files_make_a_manifest_and_one_more_does_not() -> None:
    digest = sha256("x")
    files = [FileEntry(f"{index:06d}", 1, digest, media_types.DATASET) for index in range(MAX_FILES)]
    raw = encode(manifest_of(AssetType.DATA, files))

    assert len(raw) < MAX_BYTES
    assert decode(raw, AssetType.DATA).size == MAX_FILES
    with pytest.raises(ManifestError, match="50001"):
        manifest_of(AssetType.DATA, [*files, FileEntry("z", 1, digest, media_types.DATASET)])


def test_a_manifest_too_long_for_memory_is_refused_before_it_is_stored() -> None:
    digest = sha256("x")
    files = tuple(
        FileEntry(f"{index:06d}{'x' * 900}", 1, digest, media_types.DATASET) for index in range(20_000)
    )

    with pytest.raises(ManifestError, match="Pack the files into archives"):
        encode(Manifest(AssetType.DATA, files))
    with pytest.raises(ManifestError, match="is the most"):
        decode(b" " * (MAX_BYTES + 1), AssetType.DATA)
