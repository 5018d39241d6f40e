"""Structural schemas from the models: pydantic says the shape, Kubernetes wants it inlined and bounded.

Anything that has no end, no description or no list type is refused here, so that it cannot reach a CRD.
"""

from typing import Any, Final

from pydantic import BaseModel

from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.reasons import Reason

Schema = dict[str, Any]

# Enumerations that grow with the operator: an older CRD must take what a newer operator writes.
# The forms are those of metav1.Condition.
OPEN_ENUMS: Final[dict[str, Schema]] = {
    Reason.__name__: {
        "type": "string",
        "minLength": 1,
        "maxLength": 1024,
        "pattern": "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
    },
    ConditionType.__name__: {
        "type": "string",
        "minLength": 1,
        "maxLength": 316,
        "pattern": "^[A-Za-z]([A-Za-z0-9_./-]*[A-Za-z0-9_])?$",
    },
}
_BOUNDS: Final = {
    "string": ("minLength", "maxLength", "pattern", "format", "enum"),
    "integer": ("minimum", "maximum"),
    "boolean": (),
}


class UnfitModelError(Exception):
    """A model says something that a CRD must not contain; names the field."""


def structural(model: type[BaseModel]) -> Schema:
    """The schema of an object as a CRD needs it.

    Raises:
        UnfitModelError: a field is unbounded, undescribed or of a kind that structural schemas lack.
    """
    source = model.model_json_schema(by_alias=True, mode="validation")
    return _Structure(source.get("$defs", {})).object(source, model.__name__)


class _Structure:
    """Conversion with the definitions that references point into."""

    def __init__(self, definitions: dict[str, Schema]) -> None:
        self._definitions = definitions

    def node(self, source: Schema, path: str) -> Schema:
        source = self._without_null(source, path)
        if "$ref" in source:
            name = str(source["$ref"]).rpartition("/")[2]
            if name in OPEN_ENUMS:
                return dict(OPEN_ENUMS[name])
            return self.node(self._definitions[name], path)
        match source.get("type"):
            case "object" if "additionalProperties" in source and "properties" not in source:
                return self._map(source, path)
            case "object":
                return self.object(source, path)
            case "array":
                return self._list(source, path)
            case "string" | "integer" | "boolean":
                return _scalar(source, path)
            case other:
                raise UnfitModelError(f"{path}: structural schemas have no {other}")

    def object(self, source: Schema, path: str) -> Schema:
        properties = {}
        for name, field in source["properties"].items():
            below = f"{path}.{name}"
            if not field.get("description"):
                raise UnfitModelError(f"{below}: no description")
            properties[name] = {"description": field["description"], **self.node(field, below)}
        required = {"required": source["required"]} if source.get("required") else {}
        return {"type": "object", **required, "properties": properties}

    def _map(self, source: Schema, path: str) -> Schema:
        if "maxProperties" not in source:
            raise UnfitModelError(f"{path}: a map without maxProperties")
        values = self.node(source["additionalProperties"], f"{path}{{}}")
        return {"type": "object", "maxProperties": source["maxProperties"], "additionalProperties": values}

    def _list(self, source: Schema, path: str) -> Schema:
        if "maxItems" not in source:
            raise UnfitModelError(f"{path}: a list without maxItems")
        keys = source.get("x-kubernetes-list-map-keys")
        list_type = "map" if keys else source.get("x-kubernetes-list-type")
        if list_type is None:
            raise UnfitModelError(f"{path}: a list without list type")
        schema: Schema = {"type": "array", "x-kubernetes-list-type": list_type}
        schema |= {name: source[name] for name in ("minItems", "maxItems") if name in source}
        if keys:
            schema["x-kubernetes-list-map-keys"] = keys
        return schema | {"items": self.node(source["items"], f"{path}[]")}

    def _without_null(self, source: Schema, path: str) -> Schema:
        if "anyOf" not in source:
            return source
        kinds = [kind for kind in source["anyOf"] if kind.get("type") != "null"]
        if len(kinds) != 1:
            raise UnfitModelError(f"{path}: structural schemas have no choice of types")
        rest: Schema = {name: value for name, value in source.items() if name != "anyOf"}
        rest.update(kinds[0])
        return rest


def _scalar(source: Schema, path: str) -> Schema:
    kind = source["type"]
    schema: Schema = {"type": kind} | {name: source[name] for name in _BOUNDS[kind] if name in source}
    if kind == "integer":
        schema["format"] = "int64"
        if not {"minimum", "maximum"} <= schema.keys():
            raise UnfitModelError(f"{path}: an integer without minimum and maximum")
    if kind == "string" and not {"maxLength", "enum", "format"} & schema.keys():
        raise UnfitModelError(f"{path}: a string without maxLength")
    return schema
