"""What lies in the accounts of a registry: planted sources, and content compared with them, byte by byte.

Nothing here asks the operator: accounts are found by their tags, blobs are read at the cloud itself.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from support.clouds import MockCloud

from mockcloud.client import is_write

TEAM = "teamaccount"
TEAM_LOCATION = "northeurope"
FOLDERS = {"Model": "models", "Environment": "environments", "Component": "components", "Data": "data"}

_DATA_PLANE = re.compile(r"/(?!subscriptions/|providers/|v2/|oauth2/)[a-z0-9]{3,24}/[^/]+/")

Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Version:
    """One version's place in every account of its registry."""

    registry: str
    type: str
    name: str
    version: str = "1"

    @property
    def container(self) -> str:
        return FOLDERS[self.type]

    @property
    def folder(self) -> str:
        """Names compare without case, so they lie in lower case."""
        return f"{self.name.lower()}/{self.version}/"

    def file(self, path: str) -> str:
        return f"{self.folder}files/{path}"


@dataclass(frozen=True, slots=True)
class Shelves:
    """The cloud's accounts, for a test that plants and compares."""

    cloud: MockCloud

    def url(self, container: str, path: str = "") -> str:
        """What `spec.source.blob.url` says for a source of the team."""
        return f"{self.cloud.cloud.url}/{TEAM}/{container}" + (f"/{path}" if path else "")

    def plant(self, container: str, files: Files) -> None:
        """Put these files into a container of the team's account."""
        for path, content in files.items():
            self.cloud.put_blob(TEAM, container, path, content, location=TEAM_LOCATION)

    def plant_pattern(self, container: str, path: str, size: int) -> None:
        """Put a file there that takes no memory, however large it is."""
        self.cloud.put_blob(TEAM, container, path, size=size, location=TEAM_LOCATION)

    def source(self, container: str) -> list[dict[str, Any]]:
        """What lies in a container of the team."""
        return [blob for blob in self.cloud.blobs(TEAM) if blob["container"] == container]

    def accounts(self, registry: str) -> dict[str, str]:
        """The names of a registry's accounts, by location."""
        return {
            account["location"]: account["name"]
            for account in self.cloud.resources("Microsoft.Storage/storageAccounts")
            if account.get("tags", {}).get("mlregistry-registry") == registry
        }

    def lying(self, account: str, version: Version) -> dict[str, dict[str, Any]]:
        """Everything of a version in one account, by what comes after its folder; blocks that wait too."""
        return {
            blob["name"].removeprefix(version.folder): blob
            for blob in self.cloud.blobs(account)
            if blob["container"] == version.container and blob["name"].startswith(version.folder)
        }

    def writes(self, since: int, *words: str) -> list[str]:
        """Requests to the blob service since then that meant to change something, with all these words."""
        asked = [
            f"{entry['method']} {entry['path']}?{entry['query']}"
            for entry in self.cloud.requests(since)
            if is_write(entry) and _DATA_PLANE.match(entry["path"])
        ]
        return [one for one in asked if all(word in one for word in words)]

    def committed(self, account: str, version: Version) -> set[str]:
        """The names of what is committed there."""
        return {name for name, blob in self.lying(account, version).items() if blob["committed"]}

    def is_nowhere(self, version: Version) -> bool:
        """Whether nothing of it is committed in any account of its registry."""
        accounts = self.accounts(version.registry).values()
        return not any(self.committed(account, version) for account in accounts)

    def document(self, account: str, version: Version, name: str) -> Any:
        """A JSON document of a version, None where there is none."""
        raw = self.cloud.get_blob(account, version.container, version.folder + name)
        return None if raw is None else json.loads(raw)

    def assert_holds(self, location: str, version: Version, files: Files) -> str:
        """One region holds exactly these bytes, and a manifest that says so; the digest of the manifest."""
        account = self.accounts(version.registry)[location]
        listed = self.lying(account, version)
        there = {name.removeprefix("files/") for name in listed if name.startswith("files/")}
        assert there == set(files), f"{location} has other files"
        for path, content in files.items():
            found = self.cloud.get_blob(account, version.container, version.file(path))
            assert found == content, f"{location}: {path!r} has other bytes"
        return self.assert_manifest_tells(account, version, files)

    def assert_manifest_tells(self, account: str, version: Version, files: Files) -> str:
        """The manifest there is about these files; its digest."""
        raw = self.cloud.get_blob(account, version.container, f"{version.folder}manifest.json")
        assert raw is not None, f"{account} has no commit mark"
        told = {
            layer["annotations"]["org.opencontainers.image.title"]: (layer["digest"], layer["size"])
            for layer in json.loads(raw)["layers"]
        }
        assert told == {path: (sha256_of(content), len(content)) for path, content in files.items()}
        return sha256_of(raw)

    def assert_everywhere(self, version: Version, files: Files, *locations: str) -> str:
        """Every one of these regions holds exactly these bytes; the digest, which is the same in all."""
        assert locations
        (digest,) = {self.assert_holds(location, version, files) for location in locations}
        return digest


def sha256_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
