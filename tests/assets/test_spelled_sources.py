"""Sources as people write them: the same place in other words, and what they keep for a signature."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from support.assets import REGIONS, a_data_set, a_model, from_blobs, published, ready, refused_for
from support.clouds import MockCloud
from support.clusters import Cluster, RefusedError, condition
from support.manifests import AssetBuilder, RegistryBuilder
from support.shelves import TEAM, Shelves, Version
from support.signatures import blob_signature, container_signature
from support.uploads import upload

CONTAINER = "spelled"
FILES = {"1.csv": b"1", "2.csv": b"2"}
KEY = base64.b64encode(bytes(range(64))).decode()


@dataclass(frozen=True, slots=True)
class Spelling:
    """A URL, and words of the sentence with which the API server refuses it."""

    url: str
    words: tuple[str, ...]
    because: str = field(kw_only=True)


HOST = "https://127.0.0.1:1/account/models"
SPELLINGS = [
    Spelling(
        f"{HOST}/a/../b/one.pb", ("must not have a part . or ..",), because="another file than it shows"
    ),
    Spelling(f"{HOST}/a/%2e%2E/b/", ("must not have a part . or ..",), because="dots that are escaped"),
    Spelling(
        f"{HOST}/..%2fsecret/key.txt", ("must not have a part . or ..",), because="a slash that is escaped"
    ),
    Spelling(f"{HOST}/../secret/key.txt", ("must not have a part . or ..",), because="another container"),
    Spelling(f"{HOST}/./hf/config.json", ("must not have a part . or ..",), because="a dot alone"),
    Spelling(
        "https://team.dfs.core.windows.net/c/p",
        ("write https://team.blob.core.windows.net/c/p",),
        because="the address that the portal shows for a lake",
    ),
    Spelling(
        "abfss://c@team.dfs.core.windows.net/p/q",
        ("write https://team.blob.core.windows.net/c/p/q",),
        because="what Spark writes",
    ),
    Spelling(
        "wasbs://c@team.blob.core.windows.net/p",
        ("write https://team.blob.core.windows.net/c/p",),
        because="what Hadoop wrote",
    ),
    Spelling(
        "azureml://datastores/workspaceblobstore/paths/rides/1.csv",
        ("az ml datastore show", "https://<account>.blob.core.windows.net/<container>/rides/1.csv"),
        because="a datastore of a workspace",
    ),
]


@pytest.mark.promise(7)
@pytest.mark.parametrize("case", SPELLINGS, ids=lambda case: case.because)
def test_another_spelling_of_a_place_is_refused_with_the_right_one(cluster: Cluster, case: Spelling) -> None:
    asset = a_model("spelled", case.url)

    with pytest.raises(RefusedError) as refused:
        cluster.create(asset.manifest())

    for word in ("spec.source.blob.url", *case.words):
        assert word in str(refused.value)
    assert cluster.find(asset) is None


NOWHERE = {
    "hf/*.csv": ("none below 'hf/*.csv/' in container spelled of", "Wildcards (*) are not expanded"),
    "/hf": ("none below '/hf/' in container spelled of", "An empty part between two slashes"),
    "hf-typing-error": ("none below 'hf-typing-error/' in container spelled of",),
}


@pytest.mark.promise(13)
@pytest.mark.parametrize("path", NOWHERE)
def test_where_there_is_no_file_it_says_where_it_looked(
    cluster: Cluster, registry: RegistryBuilder, shelves: Shelves, path: str
) -> None:
    shelves.plant(CONTAINER, {f"hf/{name}": data for name, data in FILES.items()})
    asset = a_data_set("nowhere", shelves.url(CONTAINER, path))

    cluster.apply(asset)
    seen = refused_for(cluster, asset, "InvalidSpec")

    for word in ("The source holds no file", f"/{TEAM}", *NOWHERE[path]):
        assert word in condition(seen, "Published")["message"]


def signed(cluster: Cluster, shelves: Shelves, name: str, kept: str, path: str = "rides/") -> AssetBuilder:
    """A data set whose signature is in a Secret of its own."""
    secret: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": "default"},
        "data": {"sas": base64.b64encode(kept.encode()).decode()},
    }
    if cluster.find(secret) is None:
        cluster.create(secret)
    else:
        cluster.patch(secret, {"data": secret["data"]})
    cluster.let_operator_read("default", name)
    source = from_blobs(shelves.url(CONTAINER, path), {"name": name, "key": "sas"})
    return a_data_set(name, "").with_spec(source=source)


TAKEN: dict[str, Callable[[str, str], str]] = {
    "whole-url": lambda sas, url: f"{url}?{sas}\n",
    "quotes": lambda sas, _: f'"?{sas}"\r\n',
    "wrapped": lambda sas, _: f"&{sas[:50]}\n{sas[50:]}",
}


@pytest.mark.promise(13)
@pytest.mark.parametrize("form", TAKEN)
def test_a_signature_is_taken_out_of_what_was_pasted(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves, form: str
) -> None:
    shelves.plant(CONTAINER, {f"rides/{name}": data for name, data in FILES.items()})
    kept = TAKEN[form](container_signature(cloud, TEAM, CONTAINER), shelves.url(CONTAINER, "rides"))

    published(cluster, signed(cluster, shelves, form, kept))

    shelves.assert_everywhere(Version(registry.name, "Data", form), FILES, *REGIONS)


@pytest.mark.promise(13)
@pytest.mark.parametrize("form", ["one-blob", "read-one"])
def test_a_signature_that_may_list_nothing_opens_one_file(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves, form: str
) -> None:
    shelves.plant(CONTAINER, {f"rides/{name}": data for name, data in FILES.items()})
    kept = (
        blob_signature(cloud, TEAM, CONTAINER, "rides/1.csv")
        if form == "one-blob"
        else container_signature(cloud, TEAM, CONTAINER, may="r")
    )

    published(cluster, signed(cluster, shelves, form, kept, "rides/1.csv"))

    files = {"1.csv": FILES["1.csv"]}
    shelves.assert_everywhere(Version(registry.name, "Data", form), files, *REGIONS)


TOLD: dict[str, tuple[Callable[[MockCloud, str], str], tuple[str, ...]]] = {
    "another-container": (
        lambda cloud, url: f"{url.replace(CONTAINER, 'other')}?{container_signature(cloud, TEAM, CONTAINER)}",
        ("is a URL of container 'other', and the source is in spelled",),
    ),
    "connection-string": (
        lambda *_: f"DefaultEndpointsProtocol=https;AccountName={TEAM};AccountKey={KEY}",
        ("is a connection string",),
    ),
    "account-key": (lambda *_: KEY, ("is a key of the account",)),
    "twice-encoded": (
        lambda cloud, _: base64.b64encode(container_signature(cloud, TEAM, CONTAINER).encode()).decode(),
        ("is in base64 once too often",),
    ),
    "cut-off": (
        lambda cloud, _: container_signature(cloud, TEAM, CONTAINER).partition("&sig=")[0],
        ("has no sig:",),
    ),
    "expired": (
        lambda cloud, _: container_signature(cloud, TEAM, CONTAINER, hours=-1),
        ("expired at 20", "Make a new signature"),
    ),
    "read-alone": (
        lambda cloud, _: container_signature(cloud, TEAM, CONTAINER, may="r"),
        ("lacks the right to list (sp=r)",),
    ),
}


@pytest.mark.promise(13)
@pytest.mark.parametrize("form", TOLD)
def test_what_is_no_usable_signature_is_told_by_name_and_mended_in_the_secret(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves, form: str
) -> None:
    shelves.plant(CONTAINER, {f"rides/{name}": data for name, data in FILES.items()})
    kept, words = TOLD[form]
    asset = signed(cluster, shelves, form, kept(cloud, shelves.url(CONTAINER, "rides")))
    asked = cloud.last_request()

    cluster.apply(asset)
    seen = refused_for(cluster, asset, "CredentialsUnavailable")

    message = condition(seen, "Published")["message"]
    for word in (f"Key sas of Secret default/{form}", *words):
        assert word in message
    assert "sig=" not in str(seen)
    assert KEY not in str(seen)
    assert not any(CONTAINER in one["path"] and "sig" in one["query"] for one in cloud.requests(asked))
    if form == "expired":
        signed(cluster, shelves, form, container_signature(cloud, TEAM, CONTAINER))
        ready(cluster, asset)


@pytest.mark.promise(13)
def test_a_stale_checksum_of_the_source_is_told_after_the_second_look_and_waits_for_a_person(
    cluster: Cluster, cloud: MockCloud, registry: RegistryBuilder, shelves: Shelves
) -> None:
    shelves.plant(CONTAINER, {"stale/other.bin": b"right"})
    stale = hashlib.md5(b"as it was", usedforsecurity=False).digest()
    right = hashlib.md5(b"as it is", usedforsecurity=False).digest()
    upload(cloud, TEAM, CONTAINER, "stale/model.bin", b"as it is", says_md5=stale)
    asset = a_model("stale", shelves.url(CONTAINER, "stale"))

    cluster.apply(asset)
    seen = cluster.wait(
        asset,
        lambda seen: "twice with the same ETag" in condition(seen, "Published").get("message", ""),
        because="the same bytes came twice",
    )

    message = condition(seen, "Published")["message"]
    assert condition(seen, "Stalled")["reason"] == "ContentDamaged"
    for word in ("'model.bin'", stale.hex(), right.hex(), base64.b64encode(right).decode(), "--content-md5"):
        assert word in message
    assert shelves.is_nowhere(Version(registry.name, "Model", "stale"))
    upload(cloud, TEAM, CONTAINER, "stale/model.bin", b"as it is", says_md5=right)
    ready(cluster, asset)
    files = {"model.bin": b"as it is", "other.bin": b"right"}
    shelves.assert_everywhere(Version(registry.name, "Model", "stale"), files, *REGIONS)
