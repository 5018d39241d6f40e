"""What every MLAsset must be, whatever it was before."""

from typing import Final

from mlregistry_operator.api import patterns
from mlregistry_operator.api.asset import MAX_INLINE_BYTES, MLAssetSpec
from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.api.fields import MAX_TAG_NAME
from mlregistry_operator.api.group import ASSET_KIND
from mlregistry_operator.api.image_rules import IMAGE_RULES
from mlregistry_operator.api.patterns import in_cel, matches
from mlregistry_operator.api.rule import FieldReason, Rule, bounded_keys, child

REFERENCE_ITEM: Final = "spec.references[type,assetName,version]"
FLAVOR_ITEM: Final = "spec.model.flavors[name]"
_WORD: Final = (
    "must consist of letters, digits, hyphens, underscores and dots, and start and end with a letter or digit"
)
_DIGEST: Final = "must be sha256: followed by 64 hexadecimal digits in lower case"


def _form(rule_id: str, place: str, pattern: str, sentence: str) -> Rule:
    """A rule on the form of one field; `place` names the object and, after a space, the field in it."""
    at, _, name = place.rpartition(" ")
    return Rule(
        id=rule_id,
        kind=ASSET_KIND,
        at=at,
        field=f".{name}",
        cel=f"!has(self.{name}) || self.{name}.matches({in_cel(pattern)})",
        reason=FieldReason.INVALID,
        sentence=sentence,
        holds=lambda _, new: child(new, name) is None or matches(pattern, child(new, name)),
    )


def _only_for(kind: AssetType) -> Rule:
    """The block of one type stands in no asset of another."""
    name = kind.value.lower()
    return Rule(
        id=f"{name}-block",
        kind=ASSET_KIND,
        at="spec",
        field=f".{name}",
        cel=f"!has(self.{name}) || self.type == '{kind}'",
        reason=FieldReason.FORBIDDEN,
        sentence=f"is only for assets with type: {kind}; remove it, or correct the type",
        holds=lambda _, new: child(new, name) is None or new.type is kind,
    )


def _sources(spec: MLAssetSpec) -> int:
    source = spec.source
    return sum(part is not None for part in (source.blob, source.image, source.asset, source.inline))


def _comes_from_itself(spec: MLAssetSpec) -> bool:
    asset = spec.source.asset
    return asset is not None and (
        asset.registry_ref.name,
        asset.registry_ref.namespace,
        asset.asset_name.lower(),
        asset.version,
    ) == (spec.registry_ref.name, spec.registry_ref.namespace, spec.asset_name.lower(), spec.version)


def _needs_itself(spec: MLAssetSpec) -> bool:
    own = (spec.type, spec.asset_name.lower(), spec.version)
    return any((ref.type, ref.asset_name.lower(), ref.version) == own for ref in spec.references)


RULES: Final = (
    _form("asset-name-form", "spec assetName", patterns.ASSET_WORD, _WORD),
    _form("asset-version-form", "spec version", patterns.ASSET_WORD, _WORD),
    Rule(
        id="environment-name-form",
        kind=ASSET_KIND,
        at="spec",
        field=".assetName",
        cel="self.type != 'Environment' || self.assetName.matches(" + in_cel(patterns.REPOSITORY_WORD) + ")",
        reason=FieldReason.INVALID,
        sentence="must, for an Environment, be letters and digits joined by single dots, one or two"
        " underscores, or hyphens, because it names an image repository",
        holds=lambda _, new: (
            new.type is not AssetType.ENVIRONMENT or matches(patterns.REPOSITORY_WORD, new.asset_name)
        ),
    ),
    Rule(
        id="one-source",
        kind=ASSET_KIND,
        at="spec",
        field=".source",
        cel="[has(self.source.blob), has(self.source.image), has(self.source.asset), has(self.source.inline)]"
        ".filter(x, x).size() == 1",
        reason=FieldReason.INVALID,
        sentence="must have exactly one of blob, image, asset and inline",
        holds=lambda _, new: _sources(new) == 1,
    ),
    Rule(
        id="image-only-for-environments",
        kind=ASSET_KIND,
        at="spec",
        field=".source.image",
        cel="!has(self.source.image) || self.type == 'Environment'",
        reason=FieldReason.FORBIDDEN,
        sentence="is only for assets with type: Environment; give a blob, an asset or an inline document"
        " instead",
        holds=lambda _, new: new.source.image is None or new.type is AssetType.ENVIRONMENT,
    ),
    *IMAGE_RULES,
    _form("source-asset-name-form", "spec.source.asset assetName", patterns.ASSET_WORD, _WORD),
    _form("source-asset-version-form", "spec.source.asset version", patterns.ASSET_WORD, _WORD),
    _form("source-asset-digest-form", "spec.source.asset digest", patterns.DIGEST, _DIGEST),
    Rule(
        id="rewrite-only-for-components",
        kind=ASSET_KIND,
        at="spec",
        field=".source.asset.rewriteReferences",
        cel="!has(self.source.asset) || !has(self.source.asset.rewriteReferences)"
        " || !self.source.asset.rewriteReferences || self.type == 'Component'",
        reason=FieldReason.FORBIDDEN,
        sentence="is only for assets with type: Component, because no other refers to versions in its text;"
        " remove it",
        holds=lambda _, new: (
            new.source.asset is None
            or not new.source.asset.rewrite_references
            or new.type is AssetType.COMPONENT
        ),
    ),
    Rule(
        id="source-is-another",
        kind=ASSET_KIND,
        at="spec",
        field=".source.asset",
        cel="!has(self.source.asset) || !(self.source.asset.registryRef.name == self.registryRef.name"
        " && has(self.source.asset.registryRef.__namespace__) == has(self.registryRef.__namespace__)"
        " && (!has(self.registryRef.__namespace__)"
        " || self.source.asset.registryRef.__namespace__ == self.registryRef.__namespace__)"
        " && self.source.asset.assetName.lowerAscii() == self.assetName.lowerAscii()"
        " && self.source.asset.version == self.version)",
        reason=FieldReason.INVALID,
        sentence="must be another version, or one in another registry: this is the asset itself",
        holds=lambda _, new: not _comes_from_itself(new),
    ),
    Rule(
        id="inline-size",
        kind=ASSET_KIND,
        at="spec.source",
        field=".inline",
        cel=f"!has(self.inline) || bytes(self.inline).size() <= {MAX_INLINE_BYTES}",
        reason=FieldReason.INVALID,
        sentence="must be at most 64 KiB of UTF-8; put the file into a storage account and give a blob"
        " instead",
        holds=lambda _, new: new.inline is None or len(new.inline.encode()) <= MAX_INLINE_BYTES,
    ),
    _form("digest-form", "spec digest", patterns.DIGEST, _DIGEST),
    _only_for(AssetType.MODEL),
    _only_for(AssetType.ENVIRONMENT),
    _only_for(AssetType.COMPONENT),
    _only_for(AssetType.DATA),
    bounded_keys("flavor-property-length", ASSET_KIND, FLAVOR_ITEM, ".properties", limit=63),
    _form(
        "environment-ref-name-form",
        "spec.component.environmentRef assetName",
        patterns.ASSET_WORD,
        _WORD,
    ),
    _form(
        "environment-ref-version-form",
        "spec.component.environmentRef version",
        patterns.ASSET_WORD,
        _WORD,
    ),
    _form("reference-name-form", f"{REFERENCE_ITEM} assetName", patterns.ASSET_WORD, _WORD),
    _form("reference-version-form", f"{REFERENCE_ITEM} version", patterns.ASSET_WORD, _WORD),
    Rule(
        id="references-are-others",
        kind=ASSET_KIND,
        at="spec",
        field=".references",
        cel="!has(self.references) || !self.references.exists(r, r.type == self.type && r.version =="
        " self.version && r.assetName.lowerAscii() == self.assetName.lowerAscii())",
        reason=FieldReason.INVALID,
        sentence="must name other versions: an asset cannot need itself",
        holds=lambda _, new: not _needs_itself(new),
    ),
    bounded_keys("asset-tag-name-length", ASSET_KIND, "spec", ".tags", limit=MAX_TAG_NAME),
)
