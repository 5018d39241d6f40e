"""Signatures of Azure's storage service in texts that others have written, such as those of exceptions."""

import re
from typing import Final

# Source: Create a service SAS, Azure Storage REST API: base64, encoded for a URL.
_SIGNATURE: Final = re.compile(r"\b(sig(?:=|%3d))[^&\s\"'\\<>()]+", re.IGNORECASE)


def without_signatures(text: str) -> str:
    """The text, with `…` in the place of each signature."""
    return _SIGNATURE.sub(r"\1…", text)
