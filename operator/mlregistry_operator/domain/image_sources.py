"""Where an environment's image is pulled from, by whose right, and what to do where that is refused.

Azure pulls by `importImage`: what is public with nobody's right, a registry of Azure named by its id with the
right of whoever asks, which is the MLRegistry's identity, and any registry with a user's name and password.
"""

from dataclasses import dataclass, replace
from typing import Final, Self

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.images import ImageReference
from mlregistry_operator.domain.pull_secrets import SECRET_TYPE, PullCredentials

_BY_SECRET: Final = (
    f"name a Secret of type {SECRET_TYPE} that has an entry for {{host}} (source.image.pullSecretRef), in a"
    " new MLAsset"
)
_OR_ABSENT: Final = "Some registries answer so for what does not exist, too."
_PUSH: Final = (
    "Push the image to where spec.source.image.reference points, or publish a version with another reference."
)


@dataclass(frozen=True, slots=True)
class Located:
    """The login server of a registry, a repository in it, and whether it is a registry of this cloud."""

    login_server: str
    repository: str
    of_azure: bool

    @property
    def told(self) -> str:
        return f"{self.login_server}/{self.repository}"


@dataclass(frozen=True, slots=True)
class ImageOrigin:
    """What `importImage` pulls: a host, or a container registry by its id, and the image in it.

    `named` is the image as its author wrote it, for messages. `if_closed` and `if_missing` are what to do
    where the source refuses, and where it has no such image.
    """

    source: str | ArmId
    image: str
    named: str = ""
    credentials: PullCredentials | None = None
    if_closed: str = ""
    if_missing: str = _PUSH

    @property
    def told(self) -> str:
        return self.named or f"{self.source}/{self.image}"

    def as_digest(self, digest: str) -> Self:
        """The same repository, and in it exactly this image."""
        repository = self.image.partition("@")[0].partition(":")[0]
        return replace(self, image=f"{repository}@{digest}")

    def without_secrets(self, text: str) -> str:
        """A text that the source's registry has written, which could repeat what it was asked with."""
        return text if self.credentials is None else self.credentials.hidden_in(text)


def locate(reference: ImageReference, own_login_server: str | None) -> Located:
    """Which registry a reference is of. The login server of a registry of ours tells the cloud's suffix.

    A login server with a path has the registry's name at its end: `host/name`.
    """
    head, slash, name = (own_login_server or "").lower().rpartition("/")
    if slash:
        first, _, rest = reference.repository.partition("/")
        if reference.host.lower() == head and rest:
            return Located(f"{reference.host}/{first}", rest, of_azure=True)
        return Located(reference.host, reference.repository, of_azure=False)
    suffix = name.partition(".")[2]
    of_azure = bool(suffix) and reference.host.lower().partition(".")[2] == suffix
    return Located(reference.host, reference.repository, of_azure)


def repository_in(reference: ImageReference, login_server: str) -> str | None:
    """The reference's repository in the registry with that login server; None where it is another one's."""
    whole, head = f"{reference.host.lower()}/{reference.repository}", f"{login_server.lower()}/"
    return whole.removeprefix(head) if whole.startswith(head) else None


def public_image(reference: ImageReference, at: Located, if_closed: str = "") -> ImageOrigin:
    """Pulled with nobody's right."""
    closed = (
        if_closed or f"Where the image is private, {_BY_SECRET.format(host=reference.host)}. {_OR_ABSENT}"
    )
    return _origin(reference, at.login_server, at.repository, closed)


def identity_image(
    reference: ImageReference, id_: ArmId, repository: str, registry: ObjectKey
) -> ImageOrigin:
    """Pulled with the right of the MLRegistry's identity."""
    return _origin(reference, id_, repository, grant(registry, id_))


def secret_image(
    reference: ImageReference, at: Located, credentials: PullCredentials, secret: ObjectKey
) -> ImageOrigin:
    """Pulled with a user's name and password."""
    closed = (
        f"Put a user name and a password that may pull {at.repository} into the entry for {reference.host} of"
        f" Secret {secret}; it is tried again by itself. {_OR_ABSENT}"
    )
    return replace(_origin(reference, at.login_server, at.repository, closed), credentials=credentials)


def grant(registry: ObjectKey, id_: str) -> str:
    """What to do where an MLRegistry's identity may not pull from a registry of Azure."""
    return (
        f"Grant the identity of MLRegistry {registry} Reader, or AcrPull, on {id_}; it is tried again by"
        " itself."
    )


def unseen(at: Located, registry: ObjectKey) -> str:
    """What to do where no registry with that login server is found."""
    return (
        f"The identity of MLRegistry {registry} sees no container registry {at.login_server} in the"
        " subscriptions that it may read: grant it Reader on that one; or, where AcrPull is all that it may"
        " have, give the registry's ARM id (source.image.registryId) in a new MLAsset; or"
        f" {_BY_SECRET.format(host=at.login_server)}."
    )


def consent_wanted(at: Located, registry: ObjectKey, namespace: str) -> str:
    """What to do where an MLRegistry's identity does not pull for a namespace."""
    return (
        f"Have spec.allowedSources of MLRegistry {registry} include https://{at.login_server}/ for namespace"
        f" {namespace}, so that its identity pulls; or {_BY_SECRET.format(host=at.login_server)}."
    )


def _origin(reference: ImageReference, source: str | ArmId, repository: str, closed: str) -> ImageOrigin:
    image = replace(reference, repository=repository).source_image
    return ImageOrigin(source, image, reference.told, None, closed, _missing(reference))


def _missing(reference: ImageReference) -> str:
    if reference.digest is None:
        return _PUSH
    moved = (
        f" If the tag {reference.tag} was moved," if reference.tag is not None else " If its tag was moved,"
    )
    return (
        f"The registry has no image {reference.digest} there any more, or never had.{moved} pin the digest"
        " that it names now, in a new MLAsset; or push that image again."
    )
