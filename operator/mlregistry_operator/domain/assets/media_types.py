"""What a file is called in a manifest: ModelPack's media types where it has some, the plain ones elsewhere.

The media type is part of the digest. These tables are therefore closed: what a path is called today, it is
called for ever, and a file that no row names is a weight of its model.

Source: ModelPack specification, specs-go/v1/mediatype.go, https://github.com/modelpack/model-spec. Files are
neither archived nor compressed, which it calls raw.
"""

from typing import Final, assert_never

from mlregistry_operator.api.asset_types import AssetType

WEIGHT: Final = "application/vnd.cncf.model.weight.v1.raw"
WEIGHT_CONFIG: Final = "application/vnd.cncf.model.weight.config.v1.raw"
DOC: Final = "application/vnd.cncf.model.doc.v1.raw"
CODE: Final = "application/vnd.cncf.model.code.v1.raw"
DATASET: Final = "application/vnd.cncf.model.dataset.v1.raw"
YAML: Final = "application/yaml"  # RFC 9512
OTHER: Final = "application/octet-stream"

_DOC_STEMS: Final = frozenset({"readme", "license", "licence", "notice"})
_OF_MODEL: Final = {
    **dict.fromkeys(("md", "rst", "pdf"), DOC),
    **dict.fromkeys(("py", "ipynb", "sh"), CODE),
    **dict.fromkeys(("json", "yaml", "yml", "toml", "ini", "cfg", "txt", "pbtxt", "jinja"), WEIGHT_CONFIG),
}
_NAMED: Final = {"mlmodel": WEIGHT_CONFIG}  # what MLflow calls a model's description


def media_type(kind: AssetType, path: str) -> str:
    """The media type of a file of an asset of this type. Fixed for ever: digests depend on it."""
    name = path.rpartition("/")[2].lower()
    match kind:
        case AssetType.MODEL:
            return _of_model(name)
        case AssetType.DATA:
            return DATASET
        case AssetType.COMPONENT | AssetType.ENVIRONMENT:
            return YAML if name.endswith((".yaml", ".yml")) else OTHER
        case _:
            assert_never(kind)


def _of_model(name: str) -> str:
    if name.partition(".")[0] in _DOC_STEMS:
        return DOC
    return _NAMED.get(name) or _OF_MODEL.get(name.rpartition(".")[2] if "." in name else "", WEIGHT)
