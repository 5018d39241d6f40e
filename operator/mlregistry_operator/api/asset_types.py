"""The four types of asset, and what each has that the others have not."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from mlregistry_operator.api.base import ApiModel
from mlregistry_operator.api.fields import AssetName, AssetVersion, Sentence


class AssetType(StrEnum):
    """What sort of asset a version is of."""

    MODEL = "Model"
    ENVIRONMENT = "Environment"
    COMPONENT = "Component"
    DATA = "Data"

    @property
    def plural(self) -> str:
        """The word in asset ids and the container that holds assets of this type."""
        return "data" if self is AssetType.DATA else f"{self.value.lower()}s"


class ModelFormat(StrEnum):
    """How a model is stored."""

    CUSTOM = "Custom"
    MLFLOW = "MLflow"
    TRITON = "Triton"


class DataFormat(StrEnum):
    """How a data set is stored."""

    URI_FILE = "UriFile"
    URI_FOLDER = "UriFolder"
    MLTABLE = "MLTable"


class OsType(StrEnum):
    """What an environment's image runs on."""

    LINUX = "Linux"
    WINDOWS = "Windows"


class ModelFlavor(ApiModel):
    """One way in which a model can be loaded."""

    name: Annotated[str, Field(min_length=1, max_length=63)] = Field(
        description="Name of the flavor, such as sklearn or python_function.",
    )
    properties: Annotated[dict[str, Sentence], Field(max_length=32)] = Field(
        default_factory=dict, description="What the flavor's loader has to know."
    )


class ModelBlock(ApiModel):
    """What only models have."""

    format: ModelFormat = Field(description="How the model is stored.")
    flavors: Annotated[tuple[ModelFlavor, ...], Field(max_length=32)] = Field(
        default=(),
        description="Ways in which the model can be loaded.",
        json_schema_extra={"x-kubernetes-list-map-keys": ["name"]},
    )


class Route(ApiModel):
    """An HTTP route of an inference server."""

    path: Annotated[str, Field(min_length=1, max_length=1024, pattern="^/")] = Field(
        description="Path, from the root."
    )
    port: Annotated[int, Field(ge=1, le=65535)] = Field(description="Port that the server listens on.")


class InferenceConfig(ApiModel):
    """Routes of an image that serves a model."""

    liveness_route: Route | None = Field(default=None, description="Tells whether the server lives.")
    readiness_route: Route | None = Field(
        default=None, description="Tells whether the server takes requests."
    )
    scoring_route: Route | None = Field(default=None, description="Takes requests.")


class EnvironmentBlock(ApiModel):
    """What only environments have."""

    os_type: OsType = Field(description="What the image runs on.")
    inference_config: InferenceConfig | None = Field(
        default=None,
        description="Routes of an image that serves a model.",
    )


class EnvironmentRef(ApiModel):
    """An environment in the same registry."""

    asset_name: AssetName = Field(description="Name of the environment.")
    version: AssetVersion = Field(description="Version of the environment.")


class ComponentBlock(ApiModel):
    """What only components have."""

    environment_ref: EnvironmentRef | None = Field(
        default=None,
        description="Environment in the same registry that the component runs in.",
    )


class DataBlock(ApiModel):
    """What only data sets have."""

    format: DataFormat = Field(description="How the data set is stored.")
