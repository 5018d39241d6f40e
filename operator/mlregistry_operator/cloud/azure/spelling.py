"""Azure's fixed words, spelled as its documentation spells them.

Azure compares the words of its enumerations without case, and services have answered in more than one
spelling. They are told apart here alone: beyond this edge, one word has one spelling.
"""

from typing import Any, Final

from mlregistry_operator.api.policies import PublicNetworkAccess, Switch
from mlregistry_operator.api.storage import StorageAccountType

_STATES: Final = ("Succeeded", "Failed", "Canceled", "Creating", "Updating", "Deleting", "ResolvingDns")
_KINDS: Final = ("StorageV2", "BlockBlobStorage", "BlobStorage", "Storage", "FileStorage")
_REGISTRY_SKUS: Final = ("Classic", "Basic", "Standard", "Premium")
_OTHERS: Final = ("TLS1_0", "TLS1_1", "TLS1_2", "TLS1_3", "Locked", "Unlocked", "Ready", "Syncing")
WORDS: Final[tuple[str, ...]] = (
    *(one.value for one in StorageAccountType),
    *(one.value for one in PublicNetworkAccess),
    *(one.value for one in Switch),
    *_STATES,
    *_KINDS,
    *_REGISTRY_SKUS,
    *_OTHERS,
)
_SPELLED: Final = {word.casefold(): word for word in WORDS}


def spelled(value: Any) -> str | None:
    """A word as it is compared, of an SDK's enum or of a plain string; None where nothing was said.

    Services send words that nobody knows yet: those stay as they are.
    """
    if value is None:
        return None
    word = str(getattr(value, "value", value))
    return _SPELLED.get(word.casefold(), word)


def region(name: str | None) -> str:
    """Azure's short name of a region, whichever of its spellings was sent: `East US` is `eastus`."""
    return "".join((name or "").split()).lower()
