"""What an administrator installs before the operator starts: kinds, rights, policies, webhook, as shipped."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import yaml

from hack.controlplane.plane import ControlPlane
from hack.controlplane.processes import Deadline
from hack.world.places import CHART_FILES, CRDS, NAMESPACE, SERVICE_ACCOUNT, WorldError
from hack.world.webhooks import WebhookEndpoint

Manifest = dict[str, Any]
SERVED_SECONDS = 60.0
POLL_SECONDS = 0.05
RBAC_API = "rbac.authorization.k8s.io/v1"
WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
FORBIDDEN = 403
AS_OPERATOR = {
    "Impersonate-User": f"system:serviceaccount:{NAMESPACE}:{SERVICE_ACCOUNT}",
    "Impersonate-Group": "system:masters",
}


def install(plane: ControlPlane, webhook: WebhookEndpoint) -> None:
    """Install all of it, again if need be; return when kinds are served and policies hold.

    Raises WorldError.
    """
    kinds = list(documents(sorted(CRDS.glob("*.yaml"))))
    if not kinds:
        raise WorldError(f"{CRDS} holds no CRD: run `make generate`")
    people = documents([CHART_FILES / "user-roles.yaml"])
    advice = webhook.configured(*documents([CHART_FILES / "webhook.yaml"]))
    apply(plane, [*kinds, *rights(), *people, advice, *policies()])
    with plane.client() as client:
        for kind in kinds:
            wait_served(client, kind)
        wait_held(client, advice)


def wait_served(client: httpx.Client, kind: Manifest) -> None:
    """A kind that is established is not yet served: its storage takes a second or two more."""
    spec = kind["spec"]
    url = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"
    deadline = Deadline(SERVED_SECONDS)
    while not (answer := client.get(url)).is_success:
        if deadline.passed:
            raise WorldError(f"{name_of(kind)} is not served after {SERVED_SECONDS:.0f} s: {answer.text}")
        time.sleep(POLL_SECONDS)


def policies() -> list[Manifest]:
    """What the API server asks about authors, and about the operator's own writes."""
    return list(documents([CHART_FILES / "admission-policies.yaml"]))


def wait_held(client: httpx.Client, advice: Manifest) -> None:
    """Policies hold a moment after they are stored, in that order; the last is about the webhook's object.

    It is tried as the operator, with every right, and nothing is written.
    """
    change = {"metadata": {"labels": {"mlregistry.io/tried": "yes"}}}
    headers = AS_OPERATOR | {"Content-Type": "application/merge-patch+json"}
    url, how = f"{WEBHOOKS}/{name_of(advice)}", {"dryRun": "All"}
    deadline = Deadline(SERVED_SECONDS)
    while (answer := client.patch(url, params=how, json=change, headers=headers)).status_code != FORBIDDEN:
        if deadline.passed:
            raise WorldError(f"the policies do not hold after {SERVED_SECONDS:.0f} s: {answer.text}")
        time.sleep(POLL_SECONDS)


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
    roles = documents([CHART_FILES / "rbac.yaml", CHART_FILES / "rbac-namespace.yaml"])
    return identity + [part for role in roles for part in bound(role)]


def bound(role: Manifest) -> tuple[Manifest, Manifest]:
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
