"""Which addresses are public: those that a host outside the cloud may have.

An IPv6 address that stands for an IPv4 one is judged by that.

Sources: IANA's special-purpose registries, as Python's `ipaddress` has them; NAT64, RFC 6052; the host agent
of Azure's machines, https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16.
"""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

_HOST_AGENT: Final = IPv4Address("168.63.129.16")
# Their last 32 bits are an IPv4 address: NAT64, and the compatible form of old.
_ENDS_IN_IPV4: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))
_LOCAL_NAT64: Final = IPv6Network("64:ff9b:1::/48")


def is_public(address: str) -> bool:
    """Whether it is no address of this machine, its network, or a special purpose; False for what is none."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        if found in _LOCAL_NAT64:
            return False
        inside = _inside(found)
        if inside is not None:
            return is_public(str(inside))
    return found.is_global and not found.is_multicast and found != _HOST_AGENT


def _inside(address: IPv6Address) -> IPv4Address | None:
    if any(address in network for network in _ENDS_IN_IPV4):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
