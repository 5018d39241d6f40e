"""Which URLs lie in the storage service of the configured cloud, and in which account.

Whoever writes an MLAsset writes the URL, and an account's name decides who may read it. So the form is
strict: what is not written as Azure writes it, with escapes or other letters in the host, lies in no account
at all.

Sources: endpoints of storage accounts, standard and with DNS zones, and their readable secondaries,
https://learn.microsoft.com/azure/storage/common/storage-account-overview#storage-account-endpoints; names of
containers, https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import unquote

_URL: Final = re.compile(
    r"https://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?(?P<path>/[^?#]*)?",
    re.DOTALL,
)
_HTTPS: Final = 443
_LAST_PORT: Final = 65535
_ACCOUNT: Final = re.compile(r"([a-z0-9]{3,24})(?:-secondary)?")
_IN_HOST: Final = r"([a-z0-9]{3,24})(?:-secondary)?(?:\.z[0-9]{1,3})?"
_CONTAINER: Final = re.compile(r"\$root|\$web|\$logs|[a-z0-9](?:-?[a-z0-9]){2,62}")
_PUBLIC: Final = "management.azure.com"
# By the host of Resource Manager: where the accounts of that cloud are.
_SUFFIXES: Final = {
    _PUBLIC: (".blob.core.windows.net", ".blob.storage.azure.net"),
    "management.usgovcloudapi.net": (".blob.core.usgovcloudapi.net",),
    "management.chinacloudapi.cn": (".blob.core.chinacloudapi.cn",),
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Host, in lower case, and port of an HTTPS URL."""

    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Self | None:
        """The origin of a URL; None where it is no plain HTTPS URL."""
        found = _URL.fullmatch(url.partition("?")[0])
        if found is None:
            return None
        port = int(found["port"] or _HTTPS)
        return cls(found["host"].lower(), port) if 0 < port <= _LAST_PORT else None

    def __str__(self) -> str:
        """As lists of hosts name it: with the port where it is not the usual one."""
        return self.host if self.port == _HTTPS else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Address:
    """A blob URL taken apart; `container` and `name` are unescaped once, as the service reads them.

    `account` is None for a host outside the cloud, `endpoint` what stands before the container's name.
    """

    origin: Origin
    account: str | None
    endpoint: str
    container: str
    name: str

    @property
    def fits(self) -> bool:
        """Whether the service would look up these very names, whatever a client makes of a path."""
        parts = self.name.replace("\\", "/").split("/")
        return _CONTAINER.fullmatch(self.container) is not None and not {".", ".."} & set(parts)


@dataclass(frozen=True, slots=True)
class StorageService:
    """The storage service of the cloud whose Resource Manager answers at `arm_endpoint`.

    Azure has a host for each account. A cloud of one's own has its accounts beside Resource Manager: below
    the same domain, or on its host and port, named by the path's first part, as emulators do it.
    """

    arm_endpoint: str = f"https://{_PUBLIC}"

    def address(self, url: str) -> Address | None:
        """Where a URL leads; None where it is no plain HTTPS URL."""
        origin, found = Origin.of(url), _URL.fullmatch(url)
        if origin is None or found is None:
            return None
        path = found["path"] or ""
        base, account = url.removesuffix(path), self._in_host(origin)
        if _is_address(origin.host) or (origin == self._arm and not self._suffixes):
            first, _, path = path.lstrip("/").partition("/")
            named = _ACCOUNT.fullmatch(first) if origin == self._arm else None
            base, account = f"{base}/{first}", named[1] if named else None
        container, _, name = unquote(path.lstrip("/")).partition("/")
        return Address(origin, account, base, container, name)

    def serves(self, url: str) -> bool:
        """Whether the URL lies in an account of this cloud: nobody else is shown a token."""
        found = self.address(url)
        return found is not None and found.account is not None

    @property
    def _arm(self) -> Origin | None:
        return Origin.of(self.arm_endpoint)

    @property
    def _suffixes(self) -> tuple[str, ...]:
        """What the hosts of one of Azure's own clouds end with; nothing for a cloud of one's own."""
        host = self._arm.host if self._arm is not None else ""
        known = (found for name, found in _SUFFIXES.items() if f".{host}".endswith(f".{name}"))
        return next(known, ())

    def _in_host(self, origin: Origin) -> str | None:
        arm = self._arm
        if arm is None or origin.port != arm.port:
            return None
        domain = arm.host.partition(".")[2]
        for suffix in self._suffixes or (f".blob.{domain}",):
            found = re.fullmatch(_IN_HOST + re.escape(suffix), origin.host)
            if found is not None:
                return found[1]
        return None


def _is_address(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
