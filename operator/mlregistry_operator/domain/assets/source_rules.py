"""Whether an asset's source may be read for it: asked before a byte or a listing of it is.

The operator reads with a right that the asset's author may not have. So what lies in an account of a registry
is open to the namespaces that the registry is open to, as by `source.asset`; what a registry's
`allowedSources` leaves out is open to none of its assets. Who brings a signature reads by that, and could
read it without us: of him only `allowedSources` is asked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mlregistry_operator.api.group import HOSTS
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.objects import MLRegistry
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.api.registry import AllowedSource
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.boundaries import Boundaries
from mlregistry_operator.domain.containers import STAGING
from mlregistry_operator.domain.failures import Failure, Severity
from mlregistry_operator.domain.image_sources import Located, consent_wanted
from mlregistry_operator.domain.images import ImageReference
from mlregistry_operator.domain.storage_service import Address, Origin, StorageService


@dataclass(frozen=True, slots=True)
class Place:
    """Where a source lies: an account or a host, and the parts of the path below it."""

    where: str
    parts: tuple[str, ...]

    def lies_below(self, other: "Place") -> bool:
        return self.where == other.where and self.parts[: len(other.parts)] == other.parts


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom a source would be read: a namespace, with its labels."""

    namespace: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Holder:
    """A registry that a source's account belongs to; `registry` is None where the object cannot be read."""

    key: ObjectKey
    registry: MLRegistry | None


def place_of(address: Address) -> Place:
    """A blob source's place. A readable secondary is the same account."""
    where = f"account {address.account}" if address.account is not None else str(address.origin)
    path = f"{address.container}/{address.name}".rstrip("/")
    below = "" if address.account is not None else address.endpoint.partition("//")[2].partition("/")[2]
    return Place(where, tuple(part for part in (*below.split("/"), *path.split("/")) if part))


def image_place_of(reference: ImageReference) -> Place:
    host = Origin.of(f"https://{reference.host}")
    return Place(str(host or reference.host), tuple(reference.repository.split("/")))


def not_declared(
    registry: MLRegistry, place: Place, what: str, asker: Asker, storage: StorageService
) -> Failure | None:
    """Why `allowedSources` of the registry keeps the source out; None where it does not."""
    allowed = registry.spec.allowed_sources
    if allowed is None or any(_admits(one, registry, place, asker, storage) for one in allowed):
        return None
    return _refusal(
        Reason.SOURCE_NOT_ALLOWED,
        f"spec.allowedSources of MLRegistry {registry.key} has no entry for {what} that is open to namespace"
        f" {asker.namespace}",
        "Have it include the source, or publish from one that it includes. It goes on by itself then.",
    )


def not_open(
    holders: Iterable[Holder], address: Address, asker: Asker, storage: StorageService
) -> Failure | None:
    """Why a registry that the account belongs to keeps the source to itself; None where none does."""
    for holder in holders:
        registry = holder.registry
        if registry is None and asker.namespace == holder.key.namespace:
            continue
        if registry is None or not _is_open(registry, asker):
            return _closed(holder.key, address, asker)
        if address.container == STAGING:
            refused = not_declared(registry, place_of(address), _told(address), asker, storage)
            if refused is not None:
                return refused
    return None


def images_not_open(holders: Iterable[Holder], at: Located, asker: Asker) -> Failure | None:
    """Why a registry keeps the images of its container registry to itself; None where none does."""
    for holder in holders:
        own = asker.namespace == holder.key.namespace
        if not own and (holder.registry is None or not _is_open(holder.registry, asker)):
            return _refusal(
                Reason.NAMESPACE_NOT_ALLOWED,
                f"{at.login_server} is the container registry of MLRegistry {holder.key}, which does not"
                f" allow assets in namespace {asker.namespace}",
                "Have its allowedNamespaces include the namespace, or publish another image. It goes on by"
                " itself then.",
            )
    return None


def not_consented(registry: MLRegistry, at: Located, asker: Asker) -> Failure | None:
    """Why the registry's identity does not pull a private image for the asker; None where it does.

    What `allowedSources` leave out was refused before. Without them, the identity works for the registry's
    own namespace: its other authors could not pull the image themselves, and nobody has said that they may.
    """
    if registry.spec.allowed_sources is not None or asker.namespace == registry.key.namespace:
        return None
    return _refusal(
        Reason.SOURCE_NOT_ALLOWED,
        f"The identity of MLRegistry {registry.key} pulls for namespace {asker.namespace} only what"
        f" spec.allowedSources of that registry names, and {at.told} is not in it",
        consent_wanted(at, registry.key, asker.namespace),
    )


def not_shown(endpoint: str) -> Failure:
    """What is said of a host that would be shown the registry's identity, and is not the cloud's."""
    return Failure(
        ArmId(endpoint),
        Reason.INVALID_SPEC,
        Severity.STALLED,
        f"{Origin.of(endpoint) or endpoint} is no host of the configured cloud's storage service, and the"
        " registry's identity is shown to no other",
        remedy="Give the address of a storage account, https://<account>.blob.core.windows.net/<container>/…,"
        " in a new MLAsset; copy there first what lies on another host.",
    )


def not_reachable(address: Address, boundaries: Boundaries) -> Failure | None:
    """Why a host outside the cloud is not asked; None for one that a setting lists, and for the cloud's."""
    if address.account is not None or str(address.origin) in boundaries.hosts:
        return None
    return _refusal(
        Reason.SOURCE_NOT_ALLOWED,
        f"{address.origin} is no host of the configured cloud's storage service, and"
        " MLREGISTRY_CONTENT__ALLOWED_HOSTS does not list it",
        "Copy the content into a storage account of the cloud, or have the operator's setting list the host.",
    )


def not_sent(address: Address, secret: ObjectKey, annotations: Mapping[str, str]) -> Failure | None:
    """Why a signature is not sent to a host outside the cloud; whoever may write its Secret decides."""
    named = {one.strip().lower() for one in annotations.get(HOSTS, "").split(",")}
    if address.account is not None or str(address.origin) in named:
        return None
    return _refusal(
        Reason.SOURCE_NOT_ALLOWED,
        f"The signature in Secret {secret} is not sent to {address.origin}, which is no host of the"
        " configured cloud's storage service",
        f"Whoever may write the Secret can annotate it with {HOSTS}: {address.origin}.",
    )


def _admits(
    entry: AllowedSource, registry: MLRegistry, place: Place, asker: Asker, storage: StorageService
) -> bool:
    address = storage.address(entry.url)
    if address is None:
        return False
    plain = Place(str(address.origin), tuple(part for part in entry.url.split("/")[3:] if part))
    if not any(place.lies_below(one) for one in (place_of(address), plain)):
        return False
    home = registry.key.namespace
    return entry.namespaces is None or entry.namespaces.names(asker.namespace, dict(asker.labels), home=home)


def _is_open(registry: MLRegistry, asker: Asker) -> bool:
    home = registry.key.namespace
    return registry.spec.allowed_namespaces.allows(asker.namespace, dict(asker.labels), home=home)


def _told(address: Address) -> str:
    return f"{address.endpoint}/{address.container}/{address.name}".rstrip("/")


def _closed(key: ObjectKey, address: Address, asker: Asker) -> Failure:
    return _refusal(
        Reason.NAMESPACE_NOT_ALLOWED,
        f"{address.endpoint} is a storage account of MLRegistry {key}, which does not allow assets in"
        f" namespace {asker.namespace}",
        "Have its allowedNamespaces include the namespace, or publish from an account that is no registry's."
        " It goes on by itself then.",
    )


def _refusal(reason: Reason, why: str, remedy: str) -> Failure:
    return Failure(ArmId(""), reason, Severity.SLOW_RETRY, why, remedy=remedy)
