"""Lengths of time as the annotation `mlregistry.io/resync-interval` writes them: `90s`, `10m`, `1h30m`."""

import re
from typing import Final

_INTERVAL: Final = re.compile(r"(?:(?P<h>\d{1,4})h)?(?:(?P<m>\d{1,6})m)?(?:(?P<s>\d{1,8})s)?")


def seconds_of(text: str) -> float | None:
    """The length in seconds; None where the text is none, or is nothing."""
    found = _INTERVAL.fullmatch(text.strip())
    if found is None or not text.strip():
        return None
    hours, minutes, seconds = (int(found[part] or 0) for part in "hms")
    return float(hours * 3600 + minutes * 60 + seconds) or None
