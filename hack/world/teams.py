"""What a data-science team has already: files in its own storage account, and an image outside.

The examples name these places, so that they apply to a local world as they are.
"""

import hashlib
import json
from typing import Final

from hack.world.places import EXAMPLES
from mockcloud.client import MockClient

ACCOUNT: Final = "teamaccount"
LOCATION: Final = "northeurope"
IMAGE_HOST: Final = "mcr.example"
IMAGE: Final = ("azureml/sklearn", "1.5")

MODEL: Final = "taxi-fare/3"
RETRAINED: Final = "taxi-fare/3-retrained"
COMPONENT: Final = "train_taxi"
RIDES: Final = "rides/2026-10"
MIB: Final = 2**20

_ENVIRONMENT: Final = b"name: taxi-fare\ndependencies:\n- python=3.11\n- pip:\n  - scikit-learn==1.5.2\n"
_FLAVORS: Final = b"flavors:\n  sklearn:\n    pickled_model: model.pkl\n    sklearn_version: 1.5.2\n"
_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"


def plant(cloud: MockClient) -> None:
    """Put it all there; once is enough, as the cloud keeps it."""
    if any(one["name"] == ACCOUNT for one in cloud.resources("Microsoft.Storage/storageAccounts")):
        return
    repository, tag = IMAGE
    cloud.put_image("external", IMAGE_HOST, repository, tag, _image())
    for folder, seed in ((MODEL, "3"), (RETRAINED, "4")):
        _put(cloud, "models", f"{folder}/MLmodel", _FLAVORS)
        _put(cloud, "models", f"{folder}/conda.yaml", _ENVIRONMENT)
        _put_pattern(cloud, "models", f"{folder}/model.pkl", 2 * MIB, seed)
    for path in sorted((EXAMPLES / COMPONENT).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            below = path.relative_to(EXAMPLES / COMPONENT).as_posix()
            _put(cloud, "components", f"{COMPONENT}/1.2.0/{below}", path.read_bytes())
    for part in range(3):
        _put_pattern(cloud, "data", f"{RIDES}/part-{part:04}.parquet", 4 * MIB, f"rides-{part}")
    _put(cloud, "data", f"{RIDES}/_SUCCESS", b"")


def _put(cloud: MockClient, container: str, path: str, content: bytes) -> None:
    cloud.put_blob(ACCOUNT, container, path, content, location=LOCATION)


def _put_pattern(cloud: MockClient, container: str, path: str, size: int, seed: str) -> None:
    cloud.put_blob(ACCOUNT, container, path, size=size, seed=seed, location=LOCATION)


def _image() -> bytes:
    """The manifest of an image with one layer."""
    config, layer = b"{}", b"scikit-learn and what it needs"
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": _descriptor("application/vnd.oci.image.config.v1+json", config),
        "layers": [_descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer)],
    }
    return json.dumps(manifest).encode()


def _descriptor(media_type: str, content: bytes) -> dict[str, str | int]:
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    return {"mediaType": media_type, "digest": digest, "size": len(content)}
