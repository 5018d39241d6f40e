"""Times as Kubernetes writes them."""

from datetime import datetime


def micro_time(moment: datetime) -> str:
    """A moment with its zone as `MicroTime`, to the microsecond and in UTC."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
