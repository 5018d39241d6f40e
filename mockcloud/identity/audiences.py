"""Which audiences the directory knows, and which of them Azure Resource Manager takes."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from mockcloud.identity.refusals import RefusalError

_SUFFIX: Final = "/.default"
_MANAGEMENT: Final = frozenset({"management.azure.com", "management.core.windows.net"})
_KNOWN: Final = re.compile(
    r"^(management\.azure\.com|management\.core\.windows\.net|storage\.azure\.com|graph\.microsoft\.com"
    r"|[a-z0-9]+\.blob\.core\.windows\.net|containerregistry\.azure\.net)$"
)
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")


def audience_of(scope: str, host: str) -> str:
    """The audience that a scope `<audience>/.default` asks for.

    Raises:
        RefusalError: not such a scope, or an audience that the tenant does not know.
    """
    wanted = scope.split(" ", maxsplit=1)[0]
    if not wanted.endswith(_SUFFIX):
        raise RefusalError(
            400,
            "invalid_scope",
            1002012,
            f"The provided value for scope {scope} is not valid. Client credential flows must have "
            "a scope value "
            "with /.default suffixed to the resource identifier (application ID URI).",
        )
    audience = wanted[: -len(_SUFFIX)]
    netloc = urlsplit(audience).netloc.lower()
    if not is_own(netloc, host) and not _KNOWN.match(netloc):
        raise RefusalError(
            400,
            "invalid_resource",
            500011,
            f"The resource principal named {audience} was not found in the tenant. This can happen if the "
            "application has not been installed by the administrator of the tenant.",
        )
    return audience


def is_own(netloc: str, host: str) -> bool:
    """Is this the cloud itself: the host that was called, or another loopback name with its port?"""
    port = urlsplit(f"//{host}").port
    return netloc in {host.lower(), *(f"{name}:{port}" for name in _LOOPBACK)}


def for_resource_manager(audience: str, host: str) -> bool:
    netloc = urlsplit(audience).netloc.lower()
    return is_own(netloc, host) or netloc in _MANAGEMENT
