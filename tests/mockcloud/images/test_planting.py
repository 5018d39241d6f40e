"""`/_mock/images`: planting, looking, taking away, region by region."""

from typing import Any

import pytest
from support.images import INDEX, MANIFEST, an_image, an_index

from mockcloud.client import MockCloudError

REPOSITORY = "environments/sklearn"


async def test_a_planted_manifest_lies_in_that_region_alone(registry: Any) -> None:
    image = an_image()
    assert registry.mock.put_image("images01", "westus", REPOSITORY, "1", image.content) == image.digest
    assert registry.mock.get_image("images01", "westus", REPOSITORY, image.digest) == image.content
    assert registry.mock.get_image("images01", "eastus", REPOSITORY, "1") is None
    rows = registry.mock.images("Images01")
    assert [{**row, "created": None} for row in rows] == [
        {
            "location": "westus",
            "repository": REPOSITORY,
            "digest": image.digest,
            "tags": ["1"],
            "mediaType": MANIFEST,
            "size": len(image.content),
            "created": None,
        }
    ]


async def test_planting_makes_a_registry_that_is_not_there(azure: Any) -> None:
    azure.mock.put_image("Planted01", "northeurope", "a", "1", an_index())
    made = azure.mock.resources("Microsoft.ContainerRegistry/registries")
    assert [(one["name"], one["location"]) for one in made] == [("Planted01", "northeurope")]
    assert azure.mock.images("planted01")[0]["mediaType"] == INDEX


async def test_a_manifest_is_taken_away_by_tag_or_with_its_tags(registry: Any) -> None:
    image = an_image()
    for tag in ("1", "2"):
        registry.mock.put_image("images01", "eastus", REPOSITORY, tag, image.content)
    registry.mock.delete_image("images01", "eastus", REPOSITORY, "1")
    assert registry.mock.images("images01")[0]["tags"] == ["2"]
    registry.mock.delete_image("images01", "eastus", REPOSITORY, image.digest)
    assert registry.mock.images("images01") == []


@pytest.mark.parametrize(
    ("because", "registry_name", "location", "reference"),
    [
        ("the bytes have another digest", "images01", "eastus", an_image("other").digest),
        ("the registry has no replica there", "images01", "japaneast", "1"),
        ("there is no such region", "Planted01", "atlantis", "1"),
    ],
)
async def test_what_cannot_be_planted_is_refused_where(
    registry: Any, because: str, registry_name: str, location: str, reference: str
) -> None:
    with pytest.raises(MockCloudError) as refused:
        registry.mock.put_image(registry_name, location, REPOSITORY, reference, an_image().content)
    assert refused.value.status == 400, because
