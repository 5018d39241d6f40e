"""Where a component's specification refers to something: to a version of an asset, or to a file.

Source: Azure ML component and pipeline YAML, https://learn.microsoft.com/azure/machine-learning/reference-yaml-component-command
and reference-yaml-component-pipeline.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mlregistry_operator.api.asset_types import AssetType

_TRIAL: Final = ("trial",)  # what a sweep tries: a component, or one written out in place
_ASSETS: Final = (
    (("environment",), AssetType.ENVIRONMENT),
    (("task", "environment"), AssetType.ENVIRONMENT),  # what a parallel component runs for every batch
    (("component",), AssetType.COMPONENT),
    (_TRIAL, AssetType.COMPONENT),
)
_FILES: Final = (("code",), ("task", "code"), ("additional_includes",), ("conda_file",), ("build", "path"))
_DATA: Final = ("training_data", "validation_data", "test_data")  # the inputs of an automl step
# What is looked up somewhere, and is no path: azureml:, git+https:, https:, ${{...}}; C: is a disk.
_ADDRESS: Final = re.compile(r"(?!file:)[a-z][a-z0-9+.-]+:|\$\{\{", re.IGNORECASE)
_ASSET: Final = re.compile(r"(azureml|mlregistry):", re.IGNORECASE)
_DATA_TYPE: Final = re.compile(r"uri_.+|mltable|.+_model")  # an input of another type is a literal
# pip's own words for a file, in a list of conda's: -r requirements.txt, -e ., ./a.whl, name @ file:./a.whl
_PIP_FILE: Final = re.compile(
    r"(?:(?:-r|-c|-e|-f|--requirement|--constraint|--editable|--find-links)[\s=]*|[\w.\[\],-]+\s*@\s*(?=file:)"
    r"|(?=\.{1,2}/|/|file:))(?P<path>.+)"
)


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a specification that refers to a version: where, what, and the kind that belongs there.

    `kind` is None where any kind may be referred to; `likely` is what a sentence speaks of.
    """

    field: str
    value: object
    kind: AssetType | None
    likely: AssetType


@dataclass(frozen=True, slots=True)
class FileSlot:
    """A place that names a file or a folder on somebody's disk."""

    field: str
    path: str


def slots_of(step: Mapping[str, Any], prefix: str = "") -> Iterator[Slot]:
    """Every place of a specification, or of one step of it, that refers to an asset."""
    for path, kind in _ASSETS:
        value = _at(step, path)
        field = prefix + ".".join(path)
        if path == _TRIAL and isinstance(value, Mapping):
            yield from slots_of(value, f"{field}.")
        elif value is not None:
            yield Slot(field, value, kind, kind)
    for field, text, said in _inputs(step, prefix):
        if _ASSET.match(text):
            yield Slot(field, text, None, _likely(said))
    for name, job in _members(step.get("jobs")):
        yield from slots_of(job, f"{prefix}jobs.{name}.")


def files_of(step: Mapping[str, Any], prefix: str = "") -> Iterator[FileSlot]:
    """Every place of a specification, or of one step of it, that names a local file or folder."""
    for path in _FILES:
        field = prefix + ".".join(path)
        for at, value in _texts(field, _at(step, path)):
            yield from _local(at, value)
    build = _at(step, ("build", "path"))
    if isinstance(build, str) and isinstance(within := _at(step, ("build", "dockerfile_path")), str):
        yield from _local(f"{prefix}build.dockerfile_path", posixpath.join(build, within))
    for field, value, kind in _inputs(step, prefix):
        if field.endswith(".path") or (field.endswith(".default") and _DATA_TYPE.fullmatch(kind or "")):
            yield from _local(field, value)
    if isinstance(trial := step.get("trial"), Mapping):
        yield from files_of(trial, f"{prefix}trial.")
    for name, job in _members(step.get("jobs")):
        yield from files_of(job, f"{prefix}jobs.{name}.")


def files_of_conda(document: Mapping[str, Any], prefix: str = "") -> Iterator[FileSlot]:
    """Every file that a list of conda's dependencies has pip read, there or in `conda_file`."""
    dependencies = document.get("dependencies")
    for index, one in enumerate(dependencies if isinstance(dependencies, list) else ()):
        field = f"{prefix}dependencies[{index}].pip"
        for at, value in _texts(field, one.get("pip") if isinstance(one, Mapping) else None):
            found = _PIP_FILE.fullmatch(value.strip())
            if found is not None:
                yield from _local(at, found["path"].strip())
    if isinstance(inner := document.get("conda_file"), Mapping):
        yield from files_of_conda(inner, f"{prefix}conda_file.")


def _local(field: str, value: str) -> Iterator[FileSlot]:
    if value and not _ADDRESS.match(value):
        yield FileSlot(field, value)


def _inputs(step: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str, str | None]]:
    """The texts of all inputs, each with its field and the type that the input is said to have."""
    given = step.get("inputs")
    named = [(f"inputs.{name}", one) for name, one in given.items()] if isinstance(given, Mapping) else []
    for field, one in (*named, *((name, step.get(name)) for name in _DATA)):
        if isinstance(one, str):
            yield prefix + field, one, None
        elif isinstance(one, Mapping):
            kind = one.get("type")
            for part in ("path", "default"):
                if isinstance(value := one.get(part), str):
                    yield f"{prefix}{field}.{part}", value, kind if isinstance(kind, str) else None


def _likely(kind: str | None) -> AssetType:
    return AssetType.MODEL if kind is not None and kind.endswith("_model") else AssetType.DATA


def _texts(field: str, found: object) -> Iterator[tuple[str, str]]:
    if isinstance(found, str):
        yield field, found
    elif isinstance(found, list):
        yield from ((f"{field}[{index}]", one) for index, one in enumerate(found) if isinstance(one, str))


def _at(step: Mapping[str, Any], path: tuple[str, ...]) -> object:
    found: object = step
    for field in path:
        found = found.get(field) if isinstance(found, Mapping) else None
    return found


def _members(found: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(found, Mapping):
        yield from ((str(name), member) for name, member in found.items() if isinstance(member, Mapping))
