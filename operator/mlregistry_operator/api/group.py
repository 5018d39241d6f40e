"""The API group, and every annotation, label and tag name that users and Azure see."""

from typing import Final

GROUP: Final = "mlregistry.io"
VERSION: Final = "v1alpha1"
API_VERSION: Final = f"{GROUP}/{VERSION}"

REGISTRY_KIND: Final = "MLRegistry"
REGISTRY_PLURAL: Final = "mlregistries"
ASSET_KIND: Final = "MLAsset"
ASSET_PLURAL: Final = "mlassets"

FINALIZER: Final = f"{GROUP}/finalizer"

RECONCILE_AT: Final = f"{GROUP}/reconcile-at"
RESYNC_INTERVAL: Final = f"{GROUP}/resync-interval"
ADOPT: Final = f"{GROUP}/adopt"
FORCE_DETACH: Final = f"{GROUP}/force-detach"
CONFIRM_DELETE: Final = f"{GROUP}/confirm-delete"
# On a Secret with a signature: the hosts that it may be sent to, beside the cloud's own.
HOSTS: Final = f"{GROUP}/hosts"

TAG_PREFIX: Final = "mlregistry-"
TAG_OWNER: Final = f"{TAG_PREFIX}owner"
TAG_REGISTRY: Final = f"{TAG_PREFIX}registry"
TAG_LOCATION: Final = f"{TAG_PREFIX}location"
