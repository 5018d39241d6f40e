"""What an administrator installs before the operator starts: kinds, rights and webhook, all as shipped."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from hack.controlplane.plane import ControlPlane
from hack.world.places import CHART_FILES, CRDS, NAMESPACE, SERVICE_ACCOUNT, WorldError
from hack.world.webhooks import WebhookEndpoint

Manifest = dict[str, Any]
RBAC_API = "rbac.authorization.k8s.io/v1"


def install(plane: ControlPlane, webhook: WebhookEndpoint) -> None:
    """Install all of it, again if need be, and return when the kinds are served. Raises WorldError."""
    kinds = list(documents(sorted(CRDS.glob("*.yaml"))))
    if not kinds:
        raise WorldError(f"{CRDS} holds no CRD: run `make generate`")
    apply(plane, [*kinds, *rights(), webhook.configured(*documents([CHART_FILES / "webhook.yaml"]))])
    plane.kubectl(
        "wait", "--for=condition=Established", "--timeout=60s", *(f"crd/{name_of(kind)}" for kind in kinds)
    )


def apply(plane: ControlPlane, manifests: list[Manifest]) -> None:
    text = yaml.safe_dump_all(manifests, sort_keys=False)
    plane.kubectl("apply", "--server-side", "--force-conflicts", "--filename=-", stdin=text)


def rights() -> list[Manifest]:
    """The operator's namespace, its ServiceAccount, the shipped roles, and a binding for each."""
    identity: list[Manifest] = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": SERVICE_ACCOUNT, "namespace": NAMESPACE},
        },
    ]
    return identity + [part for role in documents([CHART_FILES / "rbac.yaml"]) for part in _bound(role)]


def _bound(role: Manifest) -> tuple[Manifest, Manifest]:
    """A role and its binding to the operator; a Role that names no namespace is for the operator's own."""
    place = (
        {} if role["kind"] == "ClusterRole" else {"namespace": role["metadata"].get("namespace", NAMESPACE)}
    )
    binding = {
        "apiVersion": RBAC_API,
        "kind": f"{role['kind']}Binding",
        "metadata": {"name": name_of(role), **place},
        "roleRef": {"apiGroup": RBAC_API.partition("/")[0], "kind": role["kind"], "name": name_of(role)},
        "subjects": [{"kind": "ServiceAccount", "name": SERVICE_ACCOUNT, "namespace": NAMESPACE}],
    }
    return role | {"metadata": role["metadata"] | place}, binding


def documents(paths: list[Path]) -> Iterator[Manifest]:
    """Every object of some YAML files. Raises WorldError where one cannot be read."""
    for path in paths:
        try:
            yield from (document for document in yaml.safe_load_all(path.read_text("utf-8")) if document)
        except (OSError, yaml.YAMLError) as error:
            raise WorldError(f"{path} cannot be installed: {error}") from error


def name_of(manifest: Manifest) -> str:
    return str(manifest["metadata"]["name"])
