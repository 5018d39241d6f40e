"""Images to plant, push and import: manifests of a few bytes, each with a digest of its own."""

import hashlib
import json
from dataclasses import dataclass

from azure.core.exceptions import HttpResponseError
from azure.core.rest import AsyncHttpResponse

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
IMAGE_CONFIG = "application/vnd.oci.image.config.v1+json"
HELM = "application/vnd.cncf.helm.config.v1+json"
KITOPS = "application/vnd.kitops.modelkit.config.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def digest_of(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


@dataclass(frozen=True)
class Image:
    """An image with one layer; `content` is its manifest."""

    config: bytes
    layer: bytes
    config_type: str = IMAGE_CONFIG

    @property
    def content(self) -> bytes:
        return json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": _descriptor(self.config_type, self.config),
                "layers": [_descriptor("application/vnd.oci.image.layer.v1.tar+gzip", self.layer)],
            }
        ).encode()

    @property
    def digest(self) -> str:
        return digest_of(self.content)

    @property
    def size(self) -> int:
        """Bytes of manifest, config and layer."""
        return len(self.content) + len(self.config) + len(self.layer)


def an_image(word: str = "sklearn") -> Image:
    """Another word is another image."""
    return Image(config=b"{}", layer=f"the layers of {word}".encode())


def an_artifact(config_type: str, word: str = "chart") -> Image:
    """What is kept like an image and is none."""
    return Image(b"{}", f"the content of {word}".encode(), config_type)


def an_index(*images: Image) -> bytes:
    """One image for several platforms."""
    manifests = [
        {"mediaType": MANIFEST, "digest": image.digest, "size": len(image.content)} for image in images
    ]
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}).encode()


async def code_of(error: HttpResponseError) -> str:
    """The registry's word for what went wrong; the client leaves some answers unread."""
    assert isinstance(error.response, AsyncHttpResponse)
    await error.response.read()
    return str(error.response.json()["errors"][0]["code"])


def _descriptor(media_type: str, content: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}
