"""Every setting of the operator, with its meaning.

Settings come from the environment: `MLREGISTRY_` and the field's path, joined by two underscores, such as
`MLREGISTRY_RECONCILE__RETRY_MAX_SECONDS`. Unknown names are refused: a misspelt one must not be a surprise.
The operator's own Azure identity is told by the variables that Azure's tools use (`AZURE_TENANT_ID`,
`AZURE_CLIENT_ID`, `AZURE_CLIENT_SECRET` or `AZURE_FEDERATED_TOKEN_FILE`).
"""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from mlregistry_operator.availability import LeaderElectionSettings, WebhookSettings
from mlregistry_operator.domain.boundaries import Boundaries
from mlregistry_operator.domain.storage_service import StorageService
from mlregistry_operator.grants import IdentitySettings
from mlregistry_operator.sections import HostName, Name, Port, Seconds, Section

PREFIX: Final = "MLREGISTRY_"
_SERVICE_LINK: Final = re.compile(r"_SERVICE_(HOST|PORT)(_\w+)?$|_PORT(_\d+_(TCP|UDP|SCTP)\w*)?$")
_MICROSOFT: Final = re.compile(r"(^|\.)(microsoftonline\.(com|us)|partner\.microsoftonline\.cn)$")


class UnknownSettingError(ValueError):
    """An environment variable with our prefix that names no setting."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(sorted(names))
        super().__init__(
            f"unknown settings: {', '.join(self.names)}; `mlregistry-operator settings` lists what exists"
        )


def listed(value: object) -> object:
    """Text of the environment is a list with commas; a name twice is once."""
    if not isinstance(value, str):
        return value
    return tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))


class CloudSettings(Section):
    """Where Azure is. The defaults are the public cloud; sovereign clouds and the mock cloud differ."""

    authority_host: str = Field(
        default="https://login.microsoftonline.com",
        description="Microsoft Entra authority that gives tokens.",
    )
    arm_endpoint: str = Field(default="https://management.azure.com", description="Azure Resource Manager.")
    arm_scope: str = Field(
        default="https://management.azure.com/.default",
        description="Scope of a token for Azure Resource Manager.",
    )
    ca_file: Path | None = Field(
        default=None, description="PEM bundle of the authorities to trust; absent: the system's own."
    )
    instance_discovery: bool | None = Field(
        default=None,
        description="Whether the authority is checked with Microsoft; absent: where it is Microsoft's.",
    )

    read_seconds: Seconds = Field(
        default=60,
        description="How long an answer may take before its request counts as failed; copies of content have"
        " more, by their size.",
    )

    @field_validator("authority_host", "arm_endpoint")
    @classmethod
    def _https(cls, value: str) -> str:
        if urlsplit(value).scheme != "https":
            raise ValueError("must be an https:// URL")
        return value.rstrip("/")

    @property
    def discovers_instances(self) -> bool:
        """The effective choice for `instance_discovery`."""
        if self.instance_discovery is not None:
            return self.instance_discovery
        return bool(_MICROSOFT.search(urlsplit(self.authority_host).hostname or ""))


class ServerSettings(Section):
    """The plain HTTP server of probes and metrics."""

    host: str = Field(default="0.0.0.0", description="Address to listen on.")
    port: Port = Field(default=8080, description="Port of /healthz, /readyz and /metrics.")


class ReconcileSettings(Section):
    """How often and how patiently."""

    retry_min_seconds: Seconds = Field(
        default=1, description="First wait after a failure that passes by itself."
    )
    retry_max_seconds: Seconds = Field(default=60, description="Longest wait after such failures.")
    slow_retry_seconds: Seconds = Field(
        default=600, description="Wait after a failure that a person must mend."
    )
    progress_deadline_seconds: Seconds = Field(
        default=1800,
        description="How long work may go on without getting further before the object is Stalled; it is"
        " tried on.",
    )
    resync_seconds: Seconds = Field(
        default=3600, description="Time between two looks at a settled object, jittered."
    )
    min_resync_seconds: Seconds = Field(
        default=60,
        description="Shortest interval that the annotation mlregistry.io/resync-interval can ask for.",
    )
    poll_seconds: Seconds = Field(
        default=2, description="Wait between looks at an operation that names no time."
    )
    grace_seconds: Seconds = Field(
        default=0.5,
        description="How long a pass waits for the answers to its writes before it writes the status.",
    )
    max_concurrent_passes: int = Field(
        default=32,
        ge=1,
        le=1024,
        description="Passes at the same time; those over the registries of one namespace have half of them at"
        " most, those over its assets as well.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.retry_min_seconds > self.retry_max_seconds:
            raise ValueError("retry_min_seconds must not be longer than retry_max_seconds")
        return self


class ContentSettings(Section):
    """How much content may be moved at once."""

    memory_bytes: int = Field(
        default=64 * 2**20,
        ge=2**20,
        le=2**36,
        description="Bytes of content in memory, of the whole process, however large the files; what one"
        " namespace publishes to one registry has less than half of them.",
    )
    copies: int = Field(
        default=32,
        ge=1,
        le=1024,
        description="Server-side copies at the same time, of all registries; what one namespace copies for"
        " one registry has half of them at most.",
    )
    copies_per_registry: int = Field(
        default=16,
        ge=1,
        le=1024,
        description="Server-side copies at the same time, of one registry; one namespace has three quarters"
        " of them at most.",
    )
    min_source_bytes_per_second: int = Field(
        default=128 * 1024,
        ge=0,
        le=2**30,
        description="Least speed of each read of a source; a slower one ends with SourceTooSlow, and is tried"
        " again slowly. 0: any speed will do.",
    )
    source_patience_seconds: Seconds = Field(
        default=30,
        description="How long a read of a source may take at least, before its speed counts.",
    )
    staging_days: int = Field(
        default=7,
        ge=1,
        le=3650,
        description="Days after which the storage service deletes what publishers left in the staging"
        " container.",
    )
    allowed_hosts: Annotated[tuple[HostName, ...], NoDecode, Field(max_length=256)] = Field(
        default=(),
        description="Hosts outside the cloud's storage service that blob sources may lie on, as host or"
        " host:port, separated by commas; they must have public addresses. Absent: none.",
    )

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return listed(value.lower() if isinstance(value, str) else value)


class LogSettings(Section):
    """What is logged, and how."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least level shown."
    )
    format: Literal["json", "console"] = Field(default="json", description="One JSON object a line, or text.")


class TracingSettings(Section):
    """Spans for OpenTelemetry; where they go is told by the variables of its SDK (`OTEL_...`)."""

    enabled: bool = Field(
        default=False,
        description="Whether a span is sent by OTLP over HTTP for every pass and every request to Azure; the"
        " standard variables, such as OTEL_EXPORTER_OTLP_ENDPOINT, tell where to.",
    )


class Settings(BaseSettings):
    """All settings."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, case_sensitive=False
    )

    namespace: str = Field(default="mlregistry-system", description="Namespace that the operator runs in.")
    watch_namespaces: Annotated[tuple[Name, ...], NoDecode] = Field(
        default=(),
        description="Namespaces whose objects are reconciled, separated by commas; absent: all.",
    )
    cloud: CloudSettings = CloudSettings()
    server: ServerSettings = ServerSettings()
    webhook: WebhookSettings = WebhookSettings()
    leader_election: LeaderElectionSettings = LeaderElectionSettings()
    reconcile: ReconcileSettings = ReconcileSettings()
    content: ContentSettings = ContentSettings()
    identity: IdentitySettings = IdentitySettings()
    log: LogSettings = LogSettings()
    tracing: TracingSettings = TracingSettings()

    @field_validator("watch_namespaces", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        return listed(value)

    @property
    def boundaries(self) -> Boundaries:
        """What users may reach through the operator."""
        grants = self.identity.allowed
        return Boundaries(
            StorageService(self.cloud.arm_endpoint),
            frozenset(self.content.allowed_hosts),
            None if grants is None else tuple(one.granted for one in grants),
        )


def load(environment: Mapping[str, str]) -> Settings:
    """The settings of this process's environment.

    Raises:
        UnknownSettingError: a variable with our prefix names no setting.
        pydantic.ValidationError: a value does not fit.
    """
    unknown = [
        name for name in environment if name.startswith(PREFIX) and not _known(name, environment[name])
    ]
    if unknown:
        raise UnknownSettingError(unknown)
    return Settings()


def _known(name: str, value: str) -> bool:
    """Whether the name is a setting, or one of the links that Kubernetes puts into a pod for each Service."""
    section, _, _ = name.removeprefix(PREFIX).lower().partition("__")
    link = _SERVICE_LINK.search(name) is not None and (
        value.startswith("tcp://") or "_SERVICE_" in name or "_TCP" in name
    )
    return section in Settings.model_fields or link


def rows_of(section: BaseModel, prefix: str = PREFIX) -> list[tuple[str, object, str]]:
    """Every setting below a section: its variable, its value ("" where absent), its meaning."""
    rows: list[tuple[str, object, str]] = []
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            rows += rows_of(value, f"{prefix}{name.upper()}__")
        else:
            rows.append((f"{prefix}{name.upper()}", _shown(value), field.description or ""))
    return rows


def _shown(value: object) -> object:
    """As the environment would say it."""
    if isinstance(value, tuple) and any(isinstance(one, BaseModel) for one in value):
        return json.dumps(
            [one.model_dump(mode="json", by_alias=True, exclude_defaults=True) for one in value]
        )
    return ",".join(value) if isinstance(value, tuple) else "" if value is None else value
