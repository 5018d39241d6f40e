"""Where in a URL the account stands: in the host's name, or first in the path."""

import ipaddress
from urllib.parse import urlsplit


def account_endpoint(url: str, arm_endpoint: str) -> str:
    """The blob endpoint of the account that a URL lies in.

    Azure has a host for each account. Where Resource Manager itself answers, or the host is but an address,
    every account is behind one host and is named by the path's first part, as emulators do it.
    """
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}"
    if _is_address(parts.hostname or "") or parts.hostname == urlsplit(arm_endpoint).hostname:
        return f"{base}/{parts.path.lstrip('/').partition('/')[0]}"
    return base


def account_of(endpoint: str) -> str:
    """The account's name: the first label of the host, or the path where the account stands in it."""
    parts = urlsplit(endpoint)
    return parts.path.strip("/") or (parts.hostname or "").partition(".")[0]


def _is_address(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
