"""What a blob source is: the blob of that name, or everything below it, and never a marker for content."""

from typing import Any

import pytest
from support.memory_blobs import MemoryAccount, MemoryAccounts, refusal

from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.cloud.content import WrittenAs
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.reconcile.content.sources import BlobSource


@pytest.fixture
def team() -> MemoryAccount:
    return MemoryAccounts().account("team")


async def files(team: MemoryAccount, name: str) -> dict[str, int]:
    return {file.path: file.size for file in await BlobSource(team, "drop", name).files()}


async def refused(team: MemoryAccount, name: str) -> Failure:
    with pytest.raises(CloudError) as caught:
        await BlobSource(team, "drop", name).files()
    return caught.value.failure


def plant(team: MemoryAccount, **blobs: bytes) -> None:
    for name, data in blobs.items():
        team.plant("drop", name, data)


@pytest.mark.parametrize("name", ["marker/exact", "marker/exact/"])
async def test_an_empty_blob_at_the_name_of_a_folder_is_not_the_version(
    team: MemoryAccount, name: str
) -> None:
    plant(team, **{"marker/exact": b"", "marker/exact/model.bin": b"content"})

    assert await files(team, name) == {"model.bin": 7}


async def test_an_empty_file_with_nothing_below_it_is_a_file(team: MemoryAccount) -> None:
    plant(team, **{"models/empty": b"", "models/empty.txt": b"1"})

    assert await files(team, "models/empty") == {"empty": 0}


async def test_bytes_are_a_file_whatever_the_metadata_says(team: MemoryAccount) -> None:
    team.plant("drop", "odd", b"bytes", WrittenAs(metadata={"hdi_isfolder": "true"}))

    assert await files(team, "odd") == {"odd": 5}


async def test_a_file_is_one_though_an_empty_marker_lies_below_its_name(team: MemoryAccount) -> None:
    plant(team, **{"thing": b"bytes", "thing/": b""})

    assert await files(team, "thing") == {"thing": 5}


async def test_a_file_and_a_folder_of_one_name_are_told_apart_by_the_author_alone(
    team: MemoryAccount,
) -> None:
    plant(team, **{"both/thing": b"twelve bytes", "both/thing/x": b"1"})

    failure = await refused(team, "both/thing")

    assert (failure.reason, failure.severity) == (Reason.INVALID_SPEC, Severity.SLOW_RETRY)
    for word in ("a file and a folder at once", "12 bytes", "'both/thing/x'", "slash at its end"):
        assert word in failure.sentence
    assert await files(team, "both/thing/") == {"x": 1}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hf", ("none below 'hf/' in container drop of",)),
        ("hf/*.safetensors", ("'hf/*.safetensors/'", "Wildcards (*) are not expanded")),
        ("/hf", ("'/hf/'", "An empty part between two slashes counts")),
        ("a//b", ("An empty part",)),
        ("", ("there is none in container drop of",)),
        ("hollow", ("only empty blobs that stand for folders",)),
    ],
)
async def test_where_there_is_no_file_it_says_where_it_looked(
    team: MemoryAccount, name: str, words: tuple[str, ...]
) -> None:
    plant(team, **({"hollow/": b"", "hollow/a/": b""} if name else {}))
    team.containers.add("drop")

    failure = await refused(team, name)

    for word in ("holds no file", team.endpoint, *words):
        assert word in failure.sentence


class _OneBlobOnly(MemoryAccount):
    """As by a signature for one blob: it may be read, and nothing may be listed."""

    def blobs(self, container: str, prefix: str, *, uncommitted: bool = False) -> Any:
        del uncommitted
        raise refusal("AuthorizationPermissionMismatch", f"{container}/{prefix}", 403)


async def test_who_may_read_one_blob_alone_publishes_that(team: MemoryAccount) -> None:
    account = _OneBlobOnly(team.endpoint, team.cloud)
    plant(account, **{"weights.bin": b"bytes"})

    assert await files(account, "weights.bin") == {"weights.bin": 5}


async def test_an_empty_blob_is_not_taken_for_a_file_where_nothing_may_be_listed(team: MemoryAccount) -> None:
    account = _OneBlobOnly(team.endpoint, team.cloud)
    plant(account, out=b"")

    assert (await refused(account, "out")).reason is Reason.SOURCE_UNAVAILABLE


async def test_markers_in_a_folder_are_no_files(team: MemoryAccount) -> None:
    plant(team, **{"m/variables": b"", "m/variables/": b"", "m/variables/x": b"1", "m/a": b"2"})
    team.plant("drop", "m/logs", b"", WrittenAs(metadata={"Is_Directory": "True"}))

    assert await files(team, "m") == {"a": 1, "variables/x": 1}
