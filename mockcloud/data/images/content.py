"""What container registries hold: manifests, tags and blobs, by region, and what is on its way to a region.

Nothing here knows Azure's resources or HTTP. A registry's content hangs on an id that its resource carries,
so that a registry deleted and made again is empty.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
_INDEXES: Final = ("image.index.v1+json", "manifest.list.v2+json")

Kind = Literal["manifests", "tags", "blobs"]


def digest_of(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def is_digest(reference: str) -> bool:
    return reference.startswith("sha256:")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The bytes as they were pushed. `created` is in epoch seconds."""

    content: bytes
    media_type: str
    created: float

    @property
    def digest(self) -> str:
        return digest_of(self.content)

    @property
    def is_index(self) -> bool:
        return self.media_type.endswith(_INDEXES)

    def named(self) -> dict[str, Any]:
        """The document, empty where the bytes are no JSON object."""
        try:
            document = json.loads(self.content)
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}

    def children(self) -> list[str]:
        """Digests of the manifests that an index lists."""
        return [str(one["digest"]) for one in self.named().get("manifests") or []] if self.is_index else []

    def blobs(self) -> list[dict[str, Any]]:
        """Descriptors of the config and the layers."""
        document = self.named()
        config = document.get("config")
        return [*([config] if isinstance(config, dict) else []), *(document.get("layers") or [])]


@dataclass(frozen=True, slots=True)
class Tag:
    """Where a name points. Times are in epoch seconds."""

    digest: str
    created: float
    updated: float


@dataclass(slots=True)
class Repository:
    manifests: dict[str, Manifest] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)

    def find(self, reference: str) -> Manifest | None:
        """The manifest of a digest, or the one that a tag points at."""
        if is_digest(reference):
            return self.manifests.get(reference)
        tag = self.tags.get(reference)
        return None if tag is None else self.manifests.get(tag.digest)

    def tags_of(self, digest: str) -> list[str]:
        return sorted(name for name, tag in self.tags.items() if tag.digest == digest)


Repositories = dict[str, Repository]


@dataclass(frozen=True, slots=True)
class Change:
    """One entry set, or taken away where `value` is None."""

    repository: str
    kind: Kind
    key: str
    value: Manifest | Tag | bytes | None

    def apply(self, repositories: Repositories) -> None:
        repository = repositories.setdefault(self.repository, Repository())
        entries: dict[str, Any] = getattr(repository, self.kind)
        if self.value is None:
            entries.pop(self.key, None)
        else:
            entries[self.key] = self.value
        if not (repository.manifests or repository.tags or repository.blobs):
            del repositories[self.repository]


@dataclass(frozen=True, slots=True)
class Pending:
    """A change that reaches a shelf when it is due."""

    shelf: str
    begun: float
    due: float
    change: Change


@dataclass(slots=True)
class Holding:
    """The content of one registry: a shelf for each region, by an id that its replication carries.

    `caught_up` tells when the last change reached a shelf, in epoch seconds.
    """

    shelves: dict[str, Repositories] = field(default_factory=dict)
    pending: list[Pending] = field(default_factory=list)
    caught_up: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Images:
    """All registries' content by the id their resource carries, and what other hosts have.

    `accounts` are those of the hosts that let nobody in without one. `imports` are the requests behind
    running imports, by operation; they are forgotten as those end.
    """

    holdings: dict[str, Holding] = field(default_factory=dict)
    outside: dict[str, Repositories] = field(default_factory=dict)
    accounts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    imports: dict[str, dict[str, Any]] = field(default_factory=dict)

    def dump(self) -> dict[str, Any]:
        """All of it as JSON."""
        return {
            "holdings": {key: _dump_holding(one) for key, one in self.holdings.items()},
            "outside": {host: _dump_repositories(one) for host, one in self.outside.items()},
            "accounts": self.accounts,
            "imports": self.imports,
        }

    def load(self, state: dict[str, Any]) -> None:
        """Become what `dump` said."""
        self.holdings = {key: _load_holding(one) for key, one in state["holdings"].items()}
        self.outside = {host: _load_repositories(one) for host, one in state["outside"].items()}
        self.accounts = state.get("accounts", {})
        self.imports = state["imports"]


def _dump_holding(holding: Holding) -> dict[str, Any]:
    return {
        "shelves": {key: _dump_repositories(one) for key, one in holding.shelves.items()},
        "pending": [[one.shelf, one.begun, one.due, *_dump_change(one.change)] for one in holding.pending],
        "caughtUp": holding.caught_up,
    }


def _load_holding(state: dict[str, Any]) -> Holding:
    return Holding(
        shelves={key: _load_repositories(one) for key, one in state["shelves"].items()},
        pending=[
            Pending(shelf, begun, due, _load_change(*entry)) for shelf, begun, due, *entry in state["pending"]
        ],
        caught_up=state["caughtUp"],
    )


def _dump_repositories(repositories: Repositories) -> list[list[Any]]:
    return [_dump_change(change) for change in changes_of(repositories)]


def _load_repositories(entries: list[list[Any]]) -> Repositories:
    found: Repositories = {}
    for entry in entries:
        _load_change(*entry).apply(found)
    return found


def changes_of(repositories: Repositories) -> Iterator[Change]:
    """The changes that make these repositories out of nothing."""
    for name, repository in repositories.items():
        for digest, content in repository.blobs.items():
            yield Change(name, "blobs", digest, content)
        for digest, manifest in repository.manifests.items():
            yield Change(name, "manifests", digest, manifest)
        for word, tag in repository.tags.items():
            yield Change(name, "tags", word, tag)


def _dump_change(change: Change) -> list[Any]:
    value: list[Any] | None
    match change.value:
        case None:
            value = None
        case bytes(content):
            value = [_text(content)]
        case Manifest(content, media_type, created):
            value = [_text(content), media_type, created]
        case Tag(digest, created, updated):
            value = [digest, created, updated]
    return [change.repository, change.kind, change.key, value]


def _load_change(repository: str, kind: Kind, key: str, value: list[Any] | None) -> Change:
    if value is None:
        return Change(repository, kind, key, None)
    if kind == "tags":
        return Change(repository, kind, key, Tag(*value))
    content = base64.b64decode(value[0])
    return Change(repository, kind, key, content if kind == "blobs" else Manifest(content, *value[1:]))


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
