"""Images of environments: where they come from, and how it is known that a region has one.

A replica that can be asked itself is asked (evidence `Manifest`). Where it cannot, the word of its
replication has to do (`ReplicationStatus`): ready, with a time that is not before the import.

Sources: image references, https://github.com/distribution/reference; regional endpoints
`<registry>.<region>.geo.azurecr.io`, https://learn.microsoft.com/azure/container-registry/container-registry-endpoint-reference.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from mlregistry_operator.api.asset_status import CopyState, Evidence
from mlregistry_operator.api.patterns import IMAGE, matches
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.resources import ObservedReplication

_DEFAULT_TAG: Final = "latest"
_READY: Final = "Ready"
_MADE_ANEW: Final = "delete its replication in Azure: it is made anew and filled again."
_COULD_BE_ASKED: Final = "with spec.containerRegistry.regionalEndpoints: Enabled the region is asked itself."
_CANNOT_BE_ASKED: Final = "Azure does not offer regional endpoints for this container registry."
_BROKEN: Final = frozenset({"Failed", "Canceled"})


@dataclass(frozen=True, slots=True)
class ImageManifest:
    """An image as a registry answered for it.

    `size` is in bytes: the manifest, the config and the layers; of an image for several platforms the index
    alone, whose `children` are the digests of the platforms' manifests, those of real platforms first: what
    is attached to an image, as an attestation is, names an unknown one. `config_type` is the media type of
    the config, and `artifact_type` what an artifact says that it is.
    """

    digest: str
    media_type: str
    size: int
    children: tuple[str, ...] = ()
    config_type: str | None = None
    artifact_type: str | None = None


@dataclass(frozen=True, slots=True)
class ImageTag:
    """Where a tag points, and since when, by the registry's own clock."""

    digest: str
    updated: datetime


@dataclass(frozen=True, slots=True)
class ImageReference:
    """A reference as `spec.source.image.reference` has it. A digest counts more than a tag."""

    host: str
    repository: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `host/repository[:tag][@digest]`.

        Raises:
            ValueError: the text is no such reference, with a sentence that says what one is.
        """
        if not matches(IMAGE, text):
            raise ValueError(
                f"{text!r} is no image reference: write host/repository@sha256:… or host/repository:tag"
            )
        name, _, digest = text.partition("@")
        host, _, path = name.partition("/")
        repository, _, tag = path.partition(":")
        return cls(host, repository, tag or None, digest or None)

    def pinned_to(self, digest: str) -> Self:
        """The same image, named by this digest, so that no other one can come.

        Raises:
            ValueError: the reference itself has another digest; both are in the sentence.
        """
        if self.digest is not None and self.digest != digest:
            raise ValueError(f"the image is referred to as {self.digest}, and spec.digest says {digest}")
        return replace(self, digest=digest)

    @property
    def told(self) -> str:
        """The reference as people write it."""
        tag = f":{self.tag}" if self.tag is not None else ""
        return f"{self.host}/{self.repository}{tag}{f'@{self.digest}' if self.digest else ''}"

    @property
    def asked_for(self) -> str:
        """What a registry is asked for: the digest, else the tag."""
        return self.digest or self.tag or _DEFAULT_TAG

    @property
    def source_image(self) -> str:
        """What `importImage` takes beside the host."""
        if self.digest is not None:
            return f"{self.repository}@{self.digest}"
        return f"{self.repository}:{self.tag or _DEFAULT_TAG}"


def regional_endpoint(login_server: str, location: str) -> str:
    """The host of one region of a registry that has regional endpoints.

    The region goes behind the registry's name, in whichever cloud: `name.region.geo.azurecr.io`. A login
    server with a path has the name at its end: `host/name` becomes `host/name.region.geo`.
    """
    head, slash, name = login_server.rpartition("/")
    label, dot, suffix = name.partition(".")
    return f"{head}{slash}{label}.{location}.geo{dot}{suffix}"


@dataclass(frozen=True, slots=True)
class ImageVerdict:
    """Whether a region has the image, how that is known, and what is awaited or fails there.

    `lost` is whether it had it and has it no more.
    """

    state: CopyState
    evidence: Evidence | None = None
    message: str | None = None
    failure: Failure | None = None
    lost: bool = False

    @property
    def ready(self) -> bool:
        return self.state is CopyState.READY


def asked_itself(
    digest: str, answer: ImageManifest | Failure | None, *, had_it: bool = False
) -> ImageVerdict:
    """The verdict where the region was asked for this digest; None is its answer that it has none.

    `had_it` says that it did have it: what was there and is not any more is lost, and not on its way.
    """
    match answer:
        case None if had_it:
            message = f"The replica does not have {digest} any more; {_MADE_ANEW}"
            return ImageVerdict(CopyState.FAILED, message=message, lost=True)
        case None:
            return ImageVerdict(CopyState.COPYING, message="The replica does not have the image yet.")
        case Failure():
            return ImageVerdict(CopyState.FAILED, message=answer.sentence, failure=answer)
        case ImageManifest() if answer.digest != digest:
            message = f"The region has {answer.digest} instead of {digest}."
            return ImageVerdict(CopyState.FAILED, message=message)
        case ImageManifest():
            return ImageVerdict(CopyState.READY, Evidence.MANIFEST)


def explained(asked: ImageVerdict, told: ImageVerdict) -> ImageVerdict:
    """The verdict on a region that was asked itself, beside what the status of its replication says.

    A replication that is missing, at work or has failed explains why its region does not have the image, or
    does not answer; bytes that are not those of the digest need no explanation.
    """
    damaged = asked.failure is not None and asked.failure.reason is Reason.CONTENT_DAMAGED
    if asked.ready or told.ready or damaged:
        return asked
    return replace(told, lost=asked.lost)


def told_by_status(
    replication: ObservedReplication | None, imported: datetime, location: str, *, offered: bool = True
) -> ImageVerdict:
    """The verdict where only the replication's status can tell; `imported` is the tag's time.

    `offered` is whether the region could be asked itself if the registry said so.
    """
    if replication is None:
        message = f"The container registry has no replication in {location} yet."
        return ImageVerdict(CopyState.PENDING, message=message)
    if replication.provisioning_state in _BROKEN:
        message = f"The container registry's replication to {location} has failed; it has to be made anew."
        return ImageVerdict(CopyState.FAILED, message=message)
    if replication.display_status != _READY:
        said = replication.display_status or replication.provisioning_state
        return ImageVerdict(CopyState.COPYING, message=f"The replication says {said}, and not yet Ready.")
    if replication.status_time is None or replication.status_time < imported:
        message = "The replication has not reported Ready since the import."
        return ImageVerdict(CopyState.COPYING, message=message)
    word = _COULD_BE_ASKED if offered else _CANNOT_BE_ASKED
    return ImageVerdict(
        CopyState.READY, Evidence.REPLICATION_STATUS, f"Told by the replication's status alone; {word}"
    )
