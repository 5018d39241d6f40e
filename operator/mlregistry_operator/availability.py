"""The settings of what several replicas share: the webhook that each serves, and the lease that one holds."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from mlregistry_operator.sections import Name, Port, Seconds, Section


class WebhookSettings(Section):
    """The validating webhook, and where its certificate comes from.

    `Files` serves what cert-manager or a person has put into two files, and nothing where none are named.
    `SelfManaged` makes and renews the certificate itself, in a Secret that all replicas share.
    """

    host: str = Field(default="0.0.0.0", description="Address to listen on.")
    port: Port = Field(default=9443, description="Port of /validate.")
    certificates: Literal["Files", "SelfManaged"] = Field(
        default="Files",
        description="Where the certificate comes from: files that others renew, or the operator itself.",
    )
    cert_file: Path | None = Field(
        default=None, description="PEM certificate chain, with Files; absent: the webhook is not served."
    )
    key_file: Path | None = Field(default=None, description="PEM key of the certificate, with Files.")
    secret_name: Name = Field(
        default="mlregistry-operator-webhook",
        description="Secret of the operator's namespace that holds the certificate, with SelfManaged.",
    )
    service_name: Name = Field(
        default="mlregistry-operator",
        description="Service of the operator's namespace that the certificate is for, with SelfManaged.",
    )
    configuration_name: Name = Field(
        default="mlregistry-operator",
        description="ValidatingWebhookConfiguration that is told whom to trust, with SelfManaged.",
    )
    validity_seconds: float = Field(
        default=365 * 24 * 3600,
        ge=20,
        le=5 * 365 * 24 * 3600,
        description="How long a certificate is good for, with SelfManaged; another is made after two thirds.",
    )
    drain_seconds: float = Field(
        default=5,
        ge=0,
        le=60,
        description="How long calls are still answered after SIGTERM, while the cluster learns to send them"
        " to other replicas.",
    )

    @field_validator("cert_file", "key_file", mode="before")
    @classmethod
    def _named(cls, value: object) -> object:
        """An empty name is none."""
        return value or None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file belong together: give both or none")
        if self.certificates == "SelfManaged" and self.cert_file is not None:
            raise ValueError("cert_file and key_file are for certificates=Files: leave them out")
        return self


class LeaderElectionSettings(Section):
    """Which replica reconciles. All of them answer admission reviews and probes."""

    enabled: bool = Field(
        default=True, description="Whether a Lease decides who reconciles; without it only one may run."
    )
    lease_name: Name = Field(
        default="mlregistry-operator", description="Lease of the operator's namespace that the leader holds."
    )
    deployment: str = Field(
        default="",
        max_length=253,
        description="Deployment of the operator's namespace that the Lease belongs to: it goes with it;"
        " absent: the Lease stays.",
    )
    identity: str = Field(
        default="",
        max_length=253,
        description="What tells this replica from the others and survives its restart, such as the pod's"
        " name: a restarted container leads again at once; absent: the host's name and a random part.",
    )
    lease_seconds: Seconds = Field(
        default=15, description="How long the others wait after the last sign of life of a leader."
    )
    renew_seconds: Seconds = Field(
        default=10, description="How long a leader may write after its last renewal; then it steps down."
    )
    retry_seconds: Seconds = Field(
        default=2, description="Time between two renewals, and between two attempts."
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.retry_seconds < self.renew_seconds < self.lease_seconds:
            raise ValueError("retry_seconds must be shorter than renew_seconds, and that than lease_seconds")
        return self
