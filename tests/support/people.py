"""People with rights in one namespace, and what kubectl tells them: yes, or no by RBAC or by a policy."""

import json
import re
from dataclasses import dataclass

from support.clusters import Cluster, RefusedError
from support.manifests import Builder, Manifest

from hack.world.installation import RBAC_API, apply

API_GROUP = RBAC_API.partition("/")[0]
BY_RBAC = re.compile(r'User "[^"]+" cannot ')
BY_POLICY = re.compile(
    r"ValidatingAdmissionPolicy '[^']+' with binding '[^']+' denied request: (.*)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody was told; no sentence where it was done."""

    by_rbac: bool
    sentence: str

    @property
    def done(self) -> bool:
        return not self.by_rbac and not self.sentence


DONE = Answer(by_rbac=False, sentence="")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a namespace; a ServiceAccount where the name says so."""

    name: str
    namespace: str

    def binding(self, role: str, kind: str = "ClusterRole") -> Manifest:
        """The RoleBinding that gives the person a role."""
        return {
            "apiVersion": RBAC_API,
            "kind": "RoleBinding",
            "metadata": {"name": f"{self.name.replace(':', '-')}-{role}", "namespace": self.namespace},
            "roleRef": {"apiGroup": API_GROUP, "kind": kind, "name": role},
            "subjects": [{"kind": "User", "name": self.name, "apiGroup": API_GROUP}],
        }

    def given(self, cluster: Cluster, role: str, rules: list[Manifest]) -> None:
        """Give the person a Role of these rules."""
        metadata = {"name": role, "namespace": self.namespace}
        made = {"apiVersion": RBAC_API, "kind": "Role", "metadata": metadata, "rules": rules}
        apply(cluster.plane, [made, self.binding(role, "Role")])

    def may_get(self, cluster: Cluster, secret: str) -> None:
        """Give the person one Secret to read, by name."""
        rule = {"apiGroups": [""], "resources": ["secrets"], "resourceNames": [secret], "verbs": ["get"]}
        self.given(cluster, f"secret-{secret}", [rule])

    def tries(self, cluster: Cluster, *command: str, thing: Builder | Manifest | None = None) -> Answer:
        """`kubectl --as`. Fails where it is refused by anything but RBAC and admission policies."""
        stdin = json.dumps(thing.manifest() if isinstance(thing, Builder) else thing) if thing else None
        where = [f"--as={self.name}", f"--namespace={self.namespace}"]
        try:
            cluster.kubectl(*command, *where, *(["--filename=-"] if thing else []), stdin=stdin)
        except RefusedError as refused:
            if BY_RBAC.search(str(refused)):
                return Answer(by_rbac=True, sentence="")
            denied = BY_POLICY.search(str(refused))
            if denied is None:
                raise
            return Answer(by_rbac=False, sentence=" ".join(denied[1].split()))
        return DONE
