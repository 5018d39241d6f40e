"""Kubernetes' own schemas of its built-in kinds, from the wheel of kubernetes-validate: no field too many.

That library reads a version's two megabytes anew for every object; here they are read once.
"""

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from support.manifests import Manifest

_SCHEMAS = files("kubernetes_validate") / "kubernetes-json-schema"


def mistakes(one: Manifest, version: str) -> list[str]:
    """What a version of Kubernetes ("1.37") would say against an object."""
    group = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", one["apiVersion"])
    return [
        f"{one['kind']} {one['metadata']['name']} {error.json_path}: {error.message}"
        for error in _validator(f"{one['kind'].lower()}-{group}.json", version).iter_errors(one)
    ]


def properties(definition: str, version: str) -> set[str]:
    """The fields that a type has in a version, by its full name."""
    return set(_read("_definitions.json", version)["$defs"][definition]["properties"])


@cache
def _validator(name: str, version: str) -> Any:
    schema = Resource.from_contents(_read(name, version))
    return Draft202012Validator(schema.contents, registry=_definitions(version).with_resource("", schema))


@cache
def _definitions(version: str) -> Any:
    definitions = Resource.from_contents(_read("_definitions.json", version))
    return Registry().with_resource(definitions.id() or "", definitions).crawl()


def _read(name: str, version: str) -> Any:
    return json.loads((_SCHEMAS / f"v{version}.0-local-strict" / name).read_text("utf-8"))
