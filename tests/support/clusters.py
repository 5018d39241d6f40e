"""The cluster as a test sees it: kubectl where a user would use it, plain HTTP where a test only looks."""

import json
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx
import yaml
from support.manifests import Builder, Manifest

from hack.controlplane.plane import ControlPlane, KubectlError
from hack.world.installation import RBAC_API, apply, bound

OURS = "/apis/mlregistry.io/v1alpha1"
PATHS = {
    "MLRegistry": f"{OURS}/namespaces/{{namespace}}/mlregistries",
    "MLAsset": f"{OURS}/namespaces/{{namespace}}/mlassets",
    "Secret": "/api/v1/namespaces/{namespace}/secrets",
    "ServiceAccount": "/api/v1/namespaces/{namespace}/serviceaccounts",
    "ConfigMap": "/api/v1/namespaces/{namespace}/configmaps",
    "Event": "/api/v1/namespaces/{namespace}/events",
    "Deployment": "/apis/apps/v1/namespaces/{namespace}/deployments",
    "Lease": "/apis/coordination.k8s.io/v1/namespaces/{namespace}/leases",
    "Namespace": "/api/v1/namespaces",
    "CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "Application": "/apis/argoproj.io/v1alpha1/namespaces/{namespace}/applications",
    "ValidatingWebhookConfiguration": (
        "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    ),
}
MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
NAMESPACE_CONTROLLER = {
    "Impersonate-User": "system:serviceaccount:kube-system:namespace-controller",
    "Impersonate-Group": "system:masters",
}
POLL_SECONDS = 0.03
PATIENCE_SECONDS = 30.0


class RefusedError(AssertionError):
    """The API server, or kubectl, said no; the message is what the user would read."""


@dataclass(frozen=True, slots=True)
class Ref:
    """Which object is meant."""

    kind: str
    name: str
    namespace: str = "default"

    @classmethod
    def of(cls, thing: "Thing") -> Self:
        if isinstance(thing, Ref):
            return cls(thing.kind, thing.name, thing.namespace)
        if isinstance(thing, Builder):
            return cls(thing.kind, thing.name, thing.namespace)
        metadata = thing["metadata"]
        return cls(thing["kind"], metadata["name"], metadata.get("namespace", "default"))

    @property
    def collection(self) -> str:
        return PATHS[self.kind].format(namespace=self.namespace)

    @property
    def path(self) -> str:
        return f"{self.collection}/{self.name}"

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


Thing = Ref | Builder | Manifest


class Cluster:
    """One API server, as its administrator. An object is named by its `Ref`, its builder or its manifest."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane
        self._http = plane.client()
        self._places: set[str] = {"default"}

    def close(self) -> None:
        self._http.close()

    def namespace(self, prefix: str = "test", **labels: str) -> str:
        """Make a namespace that no test has had before."""
        name = f"{prefix}-{secrets.token_hex(4)}"
        body = {"metadata": {"name": name, "labels": labels}}
        self._http.post("/api/v1/namespaces", json=body).raise_for_status()
        return name

    def let_operator_read(self, namespace: str, secret: str) -> None:
        """What a user does for a registry that names a Secret: a Role for that one name, and its binding."""
        rules = [{"apiGroups": [""], "resources": ["secrets"], "resourceNames": [secret], "verbs": ["get"]}]
        role = {"apiVersion": RBAC_API, "kind": "Role", "metadata": {"name": secret, "namespace": namespace}}
        apply(self.plane, list(bound(role | {"rules": rules})))

    def kubectl(self, *arguments: str | Path, stdin: str | None = None) -> str:
        """What kubectl prints. Raises RefusedError with what it complains about."""
        try:
            return self.plane.kubectl(*arguments, stdin=stdin)
        except KubectlError as error:
            raise RefusedError(error.said) from error

    def apply(self, thing: Builder | Manifest | str | Path, *, server_side: bool = False) -> Manifest:
        """`kubectl apply` of one object, or a file or text with several; the (last) object as stored."""
        how = ["apply", "--server-side"] if server_side else ["apply"]
        return self._by_kubectl(thing, *how)

    def replace(self, thing: Builder | Manifest | str | Path) -> Manifest:
        """`kubectl replace`: what is not in the text is gone."""
        return self._by_kubectl(thing, "replace")

    def get(self, thing: Thing) -> Manifest:
        """The object as it is now. Raises KeyError where it is not there."""
        found = self.find(thing)
        if found is None:
            raise KeyError(f"{Ref.of(thing)} is not there")
        return found

    def find(self, thing: Thing) -> Manifest | None:
        """The object as it is now, or None."""
        answer = self._http.get(Ref.of(thing).path)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        return _object(answer)

    def all(self, kind: str, namespace: str = "default") -> list[Manifest]:
        items: list[Manifest] = _object(self._http.get(PATHS[kind].format(namespace=namespace)))["items"]
        return [{"kind": kind, **item} for item in items]

    def create(self, manifest: Manifest) -> Manifest:
        """Straight to the API server. Raises RefusedError with its sentence."""
        return _object(self._http.post(Ref.of(manifest).collection, json=manifest))

    def patch(self, thing: Thing, change: Manifest, *, subresource: str = "") -> Manifest:
        """A merge patch: null removes. Raises RefusedError with the API server's sentence."""
        path = Ref.of(thing).path + (f"/{subresource}" if subresource else "")
        return _object(self._http.patch(path, json=change, headers=MERGE_PATCH))

    def annotate(self, thing: Thing, **annotations: str | None) -> Manifest:
        """Annotations of our group, named as in `Builder.annotated`; None removes one."""
        ours = {f"mlregistry.io/{name.replace('_', '-')}": text for name, text in annotations.items()}
        return self.patch(thing, {"metadata": {"annotations": ours}})

    def delete(self, thing: Thing) -> None:
        """Ask for the deletion; the object goes when its finalizers are gone."""
        _object(self._http.delete(Ref.of(thing).path))

    def delete_unasked(self, thing: Thing) -> None:
        """Delete it as the namespace controller does, whose deletions admission lets pass."""
        _object(self._http.delete(Ref.of(thing).path, headers=NAMESPACE_CONTROLLER))

    def wait(
        self,
        thing: Thing,
        fact: Callable[[Manifest], object],
        *,
        because: str,
        seconds: float = PATIENCE_SECONDS,
    ) -> Manifest:
        """Look until the fact holds, and return what was seen then. Fails with `because` and the object."""
        deadline = time.monotonic() + seconds
        while True:
            seen = self.get(thing)
            if fact(seen):
                return seen
            if time.monotonic() >= deadline:
                raise AssertionError(f"after {seconds:.0f} s: {because}\n{_told(seen)}")
            time.sleep(POLL_SECONDS)

    def gone(self, thing: Thing, *, because: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Look until the object is not there. Fails with `because` and the object."""
        deadline = time.monotonic() + seconds
        while (seen := self.find(thing)) is not None:
            if time.monotonic() >= deadline:
                raise AssertionError(f"still there after {seconds:.0f} s: {because}\n{_told(seen)}")
            time.sleep(POLL_SECONDS)

    def ready(self, thing: Thing, *, seconds: float = PATIENCE_SECONDS) -> Manifest:
        """`kubectl wait --for=condition=Ready`; the object as it is then. Fails with the object."""
        ref = Ref.of(thing)
        target = [f"{ref.kind.lower()}/{ref.name}", f"--namespace={ref.namespace}"]
        try:
            self.plane.kubectl("wait", "--for=condition=Ready", *target, f"--timeout={seconds}s")
        except KubectlError as error:
            raise AssertionError(f"{error}\n{_told(self.find(ref) or {})}") from error
        return self.get(ref)

    def look_now(self, thing: Thing, *, seconds: float = PATIENCE_SECONDS) -> Manifest:
        """Have the operator look at the object, and return the object after it has."""
        token = secrets.token_hex(4)
        self.annotate(thing, reconcile_at=token)
        return self.wait(
            thing,
            lambda seen: seen.get("status", {}).get("lastHandledReconcileAt") == token,
            because="an object whose reconcile-at annotation changes is looked at",
            seconds=seconds,
        )

    def events(self, namespace: str, about: Thing | None = None) -> list[Manifest]:
        """The events of a namespace, oldest first; of one object only, where one is named."""
        name = Ref.of(about).name if about is not None else None
        found = [
            event for event in self.all("Event", namespace) if name in {None, event["involvedObject"]["name"]}
        ]
        return sorted(found, key=lambda event: int(event["metadata"]["resourceVersion"]))

    def empty(self, kinds: Iterable[str] = ("MLAsset", "MLRegistry")) -> None:
        """Take every object of our kinds away, finalizers and all: between tests, when no operator runs."""
        for kind in kinds:
            collection = PATHS[kind].replace("/namespaces/{namespace}", "")
            for item in _object(self._http.get(collection))["items"]:
                ref = Ref.of({"kind": kind, **item})
                if item["metadata"].get("finalizers"):
                    self._http.patch(ref.path, json={"metadata": {"finalizers": None}}, headers=MERGE_PATCH)
                self._http.delete(ref.path, headers=NAMESPACE_CONTROLLER)

    def _by_kubectl(self, thing: Builder | Manifest | str | Path, *verb: str) -> Manifest:
        if isinstance(thing, Path):
            said = self.kubectl(*verb, f"--filename={thing}", "--output=json")
        else:
            plain = thing.manifest() if isinstance(thing, Builder) else thing
            text = plain if isinstance(plain, str) else json.dumps(plain)
            said = self.kubectl(*verb, "--filename=-", "--output=json", stdin=text)
        stored: Manifest = json.loads(said)
        return stored["items"][-1] if stored["kind"] == "List" else stored


def condition(thing: Manifest, kind: str) -> Manifest:
    """A condition of an object by its type; an empty one where it is not there."""
    conditions: list[Manifest] = thing.get("status", {}).get("conditions", [])
    return next((one for one in conditions if one["type"] == kind), {})


def is_ready(thing: Manifest) -> bool:
    """Ready, for the generation that is declared now."""
    ready = condition(thing, "Ready")
    return (
        ready.get("status") == "True" and ready.get("observedGeneration") == thing["metadata"]["generation"]
    )


def region(thing: Manifest, location: str) -> Manifest:
    """The status row of a region; an empty one where it is not there."""
    rows: list[Manifest] = thing.get("status", {}).get("regions", [])
    return next((row for row in rows if row["location"] == location), {})


def _object(answer: httpx.Response) -> Manifest:
    body: Any = answer.json()
    if answer.is_error:
        raise RefusedError(f"{answer.status_code}: {body.get('message', body)}")
    found: Manifest = body
    return found


def _told(thing: Manifest) -> str:
    """An object as a person reads it after a failure: without what only the API server cares about."""
    metadata = {name: value for name, value in thing.get("metadata", {}).items() if name != "managedFields"}
    return yaml.safe_dump({**thing, "metadata": metadata}, sort_keys=False)
