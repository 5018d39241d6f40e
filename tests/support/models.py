"""The properties that the SDKs' models know, with what may be changed and which words they take."""

import enum
import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from azure.mgmt.containerregistry import models as registries
from azure.mgmt.storage import models as storage

from mockcloud.arm.properties import Kept, Property, Table
from mockcloud.arm.registry.table import REGISTRY, REPLICATION
from mockcloud.arm.storage.table import (
    ACCOUNT,
    BLOB_SERVICE,
    CONTAINER,
    IMMUTABILITY_POLICY,
    MANAGEMENT_POLICY,
)

_NAMED: Final = re.compile(r"_models\.(?:_?models\.)?(\w+)")
# Said in one word and not in the other: recorded, or said in the model's own description.
_FIXED_THOUGH_IN_THE_UPDATE: Final = {
    "properties.encryption.requireInfrastructureEncryption",
    "properties.immutableStorageWithVersioning.enabled",
}
_OLD_WORDS: Final = {"Classic"}


@dataclass(frozen=True)
class Known:
    """One leaf of a model."""

    path: str
    read_only: bool
    words: frozenset[str]


MODELS: Final[tuple[tuple[Table, ModuleType, tuple[str, ...], str | None], ...]] = (
    (
        ACCOUNT,
        storage,
        ("StorageAccount", "StorageAccountCreateParameters"),
        "StorageAccountUpdateParameters",
    ),
    (BLOB_SERVICE, storage, ("BlobServiceProperties",), None),
    (CONTAINER, storage, ("BlobContainer",), None),
    (IMMUTABILITY_POLICY, storage, ("ImmutabilityPolicy",), None),
    (MANAGEMENT_POLICY, storage, ("ManagementPolicy",), None),
    (REGISTRY, registries, ("Registry",), "RegistryUpdateParameters"),
    (REPLICATION, registries, ("Replication",), "ReplicationUpdateParameters"),
)


def missing_rows() -> list[str]:
    """Properties of the models that no row knows."""
    return sorted(
        f"{table.title}: {leaf.path}"
        for table, module, names, update in MODELS
        for name in (*names, *((update,) if update else ()))
        for leaf in leaves(module, name, table)
        if row_of(table, leaf.path) is None
    )


def wrong_rows() -> list[str]:
    """Rows that say another thing than the models."""
    return sorted(set(_wrong()))


def _wrong() -> Iterator[str]:
    for table, module, names, update in MODELS:
        for name in names:
            yield from (f"{table.title}: words of {path}" for path in _other_words(module, name, table))
        if update is not None:
            yield from (f"{table.title}: {path} can be changed" for path in _stuck(module, update, table))


def _other_words(module: ModuleType, name: str, table: Table) -> Iterator[str]:
    for leaf in leaves(module, name, table):
        row = row_of(table, leaf.path)
        if row is None or row.path != leaf.path or not row.words or not leaf.words:
            continue
        if _plain(leaf.words - _OLD_WORDS) != _plain(row.words):
            yield leaf.path


def _stuck(module: ModuleType, update: str, table: Table) -> Iterator[str]:
    for leaf in leaves(module, update, table):
        row = row_of(table, leaf.path)
        if row is None or leaf.read_only or row.path != leaf.path:
            continue
        if row.kept is not Kept.PUT_PATCH and leaf.path not in _FIXED_THOUGH_IN_THE_UPDATE:
            yield leaf.path


def _plain(words: Iterable[str]) -> set[str]:
    return {word.replace(" ", "") for word in words}


def row_of(table: Table, path: str) -> Property | None:
    """The row of this path, or of what it lies in."""
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        for row in table.rows:
            names = row.path.split(".")
            if len(names) == length and _fits(names, parts):
                return row
    return None


def leaves(module: ModuleType, name: str, table: Table, path: str = "") -> Iterator[Known]:
    """What the model holds at last, as far as the table looks into it."""
    model: Any = getattr(module, name)
    model({})
    for attribute, field in model._attr_to_rest_field.items():
        annotation = str(_annotation(model, attribute))
        where = f"{path}.{field._rest_name}" if path else field._rest_name
        read_only = field._visibility == ["read"]
        known = [(one, getattr(module, one)) for one in _NAMED.findall(annotation) if hasattr(module, one)]
        nested = [one for one, kind in known if not _is_enum(kind)]
        words = frozenset(str(word.value) for _, kind in known if _is_enum(kind) for word in kind)
        listed = "list[" in annotation.lower()
        at = where + ("[]" if listed and nested else "")
        if nested and _looks_below(table, at):
            yield from leaves(module, nested[0], table, at)
        else:
            yield Known(where, read_only, words)


def _looks_below(table: Table, path: str) -> bool:
    """The table has rows for what is in it, and none for all of it."""
    parts = path.split(".")
    found = [row.path.split(".") for row in table.rows if _fits(row.path.split("."), parts)]
    return any(len(names) > len(parts) for names in found) and all(
        len(names) != len(parts) for names in found
    )


def _fits(names: list[str], parts: list[str]) -> bool:
    """One path begins as the other; a star is any name."""
    return all(name in {"*", part} for name, part in zip(names, parts, strict=False))


def _annotation(model: Any, attribute: str) -> Any:
    for one in inspect.getmro(model):
        if attribute in getattr(one, "__annotations__", {}):
            return one.__annotations__[attribute]
    return ""


def _is_enum(kind: Any) -> bool:
    return inspect.isclass(kind) and issubclass(kind, enum.Enum)
