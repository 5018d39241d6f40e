"""What passes over assets work with, beside the world of every pass."""

from dataclasses import dataclass, field

from mlregistry_operator.cloud.content import BlobStores
from mlregistry_operator.cloud.images import ImageRegistries
from mlregistry_operator.reconcile.content.capacity import Capacity
from mlregistry_operator.reconcile.fleet import Fleet


@dataclass(frozen=True, slots=True)
class Content:
    """One for the process, in its one event loop."""

    stores: BlobStores
    images: ImageRegistries
    capacity: Capacity
    fleet: Fleet = field(default_factory=Fleet)
