"""The bill of materials of the images' Python part, as CycloneDX, from the lock that they are built from."""

import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from typing import Any, Final

from packaging.requirements import Requirement

Document = dict[str, Any]

FORMAT: Final = ("CycloneDX", "1.5")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_CONTINUED: Final = re.compile(r"\\\n\s*")


def bill(lock: str, name: str, version: str) -> str:
    """The document; the same lock gives the same bytes. Raises ValueError where a library is not pinned."""
    serial = uuid.UUID(bytes=hashlib.sha256(f"{name} {version}\n{lock}".encode()).digest()[:16], version=4)
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": FORMAT[0],
        "specVersion": FORMAT[1],
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": _component("application", name, version)},
        "components": list(_libraries(lock)),
    }
    return json.dumps(document, indent=2) + "\n"


def _libraries(lock: str) -> Iterator[Document]:
    """Every locked library, with the hashes of the files that may be installed for it."""
    for line in _CONTINUED.sub(" ", lock).splitlines():
        text = line.partition("#")[0].strip()
        if not text:
            continue
        wanted, hashes = Requirement(text.partition("--hash")[0].strip()), _HASH.findall(text)
        pinned = [one.version for one in wanted.specifier if one.operator == "=="]
        if len(pinned) != 1 or not hashes:
            raise ValueError(f"{wanted.name} is not locked with a version and a hash: run `make lock`")
        library = _component("library", wanted.name, pinned[0])
        yield library | {
            "scope": "optional" if wanted.marker else "required",
            "externalReferences": [
                {
                    "type": "distribution",
                    "url": library["purl"],
                    "hashes": [{"alg": "SHA-256", "content": one} for one in sorted(hashes)],
                }
            ],
        }


def _component(kind: str, name: str, version: str) -> Document:
    package = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
    return {"type": kind, "bom-ref": package, "name": name, "version": version, "purl": package}
