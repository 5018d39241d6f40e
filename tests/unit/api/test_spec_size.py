"""The largest object that the CRDs let pass, computed from the schemas and the rules."""

import re
from typing import Any, Final

import pytest

from hack.generate.crds import KINDS, Kind, schema
from mlregistry_operator.api.rules import rules_of

MOST: Final = 64 * 1024
INLINE: Final = "spec.source.inline"  # has a bound of its own
FOUR: Final = 4  # bytes of a character, at most
NUMBER, TRUTH, TIME = len("-9007199254740992"), len("false"), len('"2026-11-30T00:00:00.000000Z"')
QUOTES, COMMA, COLON, BRACES = 2, 1, 1, 2

Schema = dict[str, Any]


class Sizes:
    """Bytes of JSON, strings as UTF-8."""

    def __init__(self, kind: Kind) -> None:
        rules = [(re.sub(r"\[.*?\]", "[]", rule.at) + rule.field, rule) for rule in rules_of(kind.name)]
        self.together = {path: rule.most_bytes for path, rule in rules if rule.most_bytes is not None}
        self.whole = {path for path, rule in rules if rule.whole}
        self.patterns = {
            path: found[1]
            for path, rule in rules
            if (found := re.search(r"\.matches\('(.*?)'\)", rule.cel or ""))
        }

    def most(self, node: Schema, path: str, *, text: bool = True) -> int:
        """What the node can take; without text, only what stands around its strings."""
        if path == INLINE:
            return 0
        if text and path in self.together:
            around = 0 if path in self.whole else self.most(node, path, text=False)
            return self.together[path] + around
        if node["type"] == "object":
            return BRACES + self._fields(node, path, text=text)
        if node["type"] == "array":
            return BRACES + int(node["maxItems"]) * (COMMA + self.most(node["items"], f"{path}[]", text=text))
        if node["type"] == "string":
            return self._string(node, path, text=text)
        return NUMBER if node["type"] == "integer" else TRUTH

    def _fields(self, node: Schema, path: str, *, text: bool) -> int:
        around = QUOTES + COLON + COMMA
        if "additionalProperties" in node:
            assert not text, f"{path}: the names of a map have no bound together"
            values = self.most(node["additionalProperties"], f"{path}{{}}", text=False)
            return int(node["maxProperties"]) * (around + values)
        return sum(
            around + len(name) + self.most(field, f"{path}.{name}", text=text)
            for name, field in node["properties"].items()
        )

    def _string(self, node: Schema, path: str, *, text: bool) -> int:
        if "enum" in node:
            return QUOTES + max(map(len, node["enum"]))
        if "format" in node:
            return TIME
        if not text:
            return QUOTES
        pattern = node.get("pattern") or self.patterns.get(path, "")
        return QUOTES + int(node["maxLength"]) * (1 if _only_ascii(pattern) else FOUR)


def _only_ascii(pattern: str) -> bool:
    return bool(pattern) and pattern.isascii() and "[^" not in pattern and pattern.endswith("$")


@pytest.mark.promise(17)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_largest_spec_has_64_kib_beside_an_inline_document(kind: Kind) -> None:
    spec = schema(kind)["properties"]["spec"]

    sizes = {name: Sizes(kind).most(node, f"spec.{name}") for name, node in spec["properties"].items()}

    assert Sizes(kind).most(spec, "spec") <= MOST, sizes
