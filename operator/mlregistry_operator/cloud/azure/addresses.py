"""Connections to hosts outside the cloud lead to public addresses alone, whatever their names resolve to.

The question is asked of the very address that is connected to: a name may resolve to another one each time.
An account of the cloud itself may well have a private address (Private Link), and is not asked.
"""

import errno
import socket

from aiohttp import AddrInfoType

from mlregistry_operator.domain.public_addresses import is_public


class PrivateAddressError(OSError):
    """No connection was opened: the address is none of a public host."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, "its address is private, link-local, loopback or of a special purpose")


def public_socket(told: AddrInfoType) -> socket.socket:
    """A socket for that address, not connected yet. Raises `PrivateAddressError` where it is not public."""
    family, kind, protocol, _, address = told
    if family not in (socket.AF_INET, socket.AF_INET6) or not is_public(str(address[0])):
        raise PrivateAddressError
    return socket.socket(family, kind, protocol)


def is_private(error: BaseException) -> bool:
    """Whether that is why a request failed, however the libraries have wrapped it."""
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        if isinstance(one, PrivateAddressError) or isinstance(
            getattr(one, "os_error", None), PrivateAddressError
        ):
            return True
        one = one.__cause__ or one.__context__
    return False
