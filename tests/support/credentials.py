"""Secrets with an Azure identity, as a user makes them beside a registry."""

from dataclasses import dataclass, field, replace
from typing import Self

from support.clusters import Cluster
from support.manifests import Manifest

from mockcloud import defaults

NAME = "azure"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A Secret in a namespace; at first the identity of the mock's owner, who may do everything."""

    namespace: str
    data: dict[str, str] = field(
        default_factory=lambda: {
            "AZURE_TENANT_ID": defaults.TENANT_ID,
            "AZURE_CLIENT_ID": defaults.OWNER_CLIENT_ID,
            "AZURE_CLIENT_SECRET": defaults.OWNER_CLIENT_SECRET,
        }
    )

    def but(self, **data: str | None) -> Self:
        """With these values instead; None leaves a key out."""
        merged = {**self.data, **data}
        return replace(self, data={key: value for key, value in merged.items() if value is not None})

    def manifest(self) -> Manifest:
        metadata = {"name": NAME, "namespace": self.namespace}
        return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": self.data}

    def store(self, cluster: Cluster) -> None:
        """Make the Secret, or put this in its place."""
        cluster.kubectl("delete", "secret", NAME, f"--namespace={self.namespace}", "--ignore-not-found")
        cluster.create(self.manifest())

    def allow(self, cluster: Cluster) -> None:
        """Let the operator read it."""
        cluster.let_operator_read(self.namespace, NAME)
