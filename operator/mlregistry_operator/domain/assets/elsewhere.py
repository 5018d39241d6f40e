"""What is said of a version in another registry, which no version here can need; the whole way at once.

Source of the curated images: https://learn.microsoft.com/azure/machine-learning/resource-curated-environments.
"""

from typing import Final

from mlregistry_operator.api.asset_types import AssetType
from mlregistry_operator.domain.assets.ids import AssetId, Mention, shown

# Registries that Microsoft runs for everybody, in lower case. No MLRegistry can publish from them.
_MICROSOFT: Final = frozenset(
    {
        "azureml",
        "azureml-ai21",
        "azureml-blackforestlabs",
        "azureml-bria",
        "azureml-cohere",
        "azureml-core42",
        "azureml-deepseek",
        "azureml-gretel",
        "azureml-meta",
        "azureml-mistral",
        "azureml-msft",
        "azureml-msr",
        "azureml-nixtla",
        "azureml-nvidia",
        "azureml-paige",
        "azureml-preview",
        "azureml-restricted",
        "azureml-sdaia",
        "azureml-snowflake",
        "azureml-stabilityai",
        "azureml-staging",
        "azureml-xai",
        "azure-openai",
        "huggingface",
        "nvidia-ai",
    }
)
_CURATED: Final = "mcr.microsoft.com/azureml/curated/"
_CURATED_NAME: Final = "azureml-"
ANY: Final = "<version>"  # in place of one that nobody has chosen yet


def is_microsofts(registry: str) -> bool:
    """Whether Microsoft runs the registry."""
    return registry.lower() in _MICROSOFT


def curated_name(name: str) -> bool:
    """Whether an environment's name is one that only Microsoft's have."""
    return name.lower().startswith(_CURATED_NAME)


def told_elsewhere(text: str, mention: Mention, registry: str, likely: AssetType) -> str:
    """Why `text` will not do in `registry`, and what to do instead: of its version and registry at once.

    What is said of Microsoft's fits into the 256 characters of a warning for ordinary names.
    """
    here = AssetId(registry, mention.type or likely, mention.name, mention.version or ANY)
    unpinned = "names no version and " if mention.version is None else ""
    if is_microsofts(mention.registry):
        return f"{unpinned}is in the registry {mention.registry} (Microsoft's). {_way_here(here, mention)}"
    which = "a version of it" if mention.version is None else "it"
    return (
        f"{shown(text)} {unpinned}is in the registry {mention.registry}, and a version in {registry} needs"
        f" only what is in {registry}. Publish {which} there as well, with an MLAsset whose source is that"
        f" version, and write {here.azure}."
    )


def curated_way(here: AssetId) -> str:
    """How one of Microsoft's environments comes into a registry, as the version `here`."""
    name = here.name.lower().removeprefix(_CURATED_NAME)
    tag = "" if here.version == ANY else f":{here.version}"
    return f"Import {_CURATED}{name}{tag} by source.image, and write {here.azure}."


def _way_here(here: AssetId, mention: Mention) -> str:
    if here.type is AssetType.ENVIRONMENT:
        return curated_way(here)
    is_model = here.type is AssetType.MODEL
    how = f" (az ml model download --registry-name {mention.registry})" if is_model else ""
    return f"Publish a copy of it{how} by source.blob, and write {here.azure}."
