"""How each program of the control plane is started: its arguments, and nothing that it does not need."""

from dataclasses import dataclass
from pathlib import Path

from hack.controlplane.binaries import Binaries

AUDIT_POLICY = """\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: None, verbs: [get, list, watch]}
- {level: None, userGroups: ["system:masters"]}
- {level: None, users: ["system:apiserver"]}
- {level: Metadata}
"""

_CONTROLLERS = (
    "garbage-collector-controller",
    "namespace-controller",
    "serviceaccount-controller",
    "clusterrole-aggregation-controller",  # which puts the people's roles together
    "validatingadmissionpolicy-status-controller",  # which checks the types in the policies' expressions
)


@dataclass(frozen=True, slots=True)
class Ports:
    api: int
    etcd: int
    etcd_peer: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a control plane keeps its parts."""

    folder: Path

    @property
    def pki(self) -> Path:
        return self.folder / "pki"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def data(self) -> Path:
        return self.folder / "etcd"

    @property
    def admin_kubeconfig(self) -> Path:
        return self.folder / "admin.kubeconfig"

    @property
    def audit_policy(self) -> Path:
        return self.folder / "audit-policy.yaml"

    @property
    def audit_log(self) -> Path:
        """Every write that was not the administrator's: a line of JSON each (audit.k8s.io/v1, Metadata)."""
        return self.folder / "audit.jsonl"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def pid(self, name: str) -> Path:
        return self.folder / f"{name}.pid"


def etcd(binaries: Binaries, at: Layout, ports: Ports) -> list[str | Path]:
    client = f"http://127.0.0.1:{ports.etcd}"
    return [
        binaries.etcd,
        f"--data-dir={at.data}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls=http://127.0.0.1:{ports.etcd_peer}",
        "--unsafe-no-fsync",  # a machine that loses power may lose the world of a test
        "--log-level=warn",
    ]


def kube_apiserver(binaries: Binaries, at: Layout, ports: Ports) -> list[str | Path]:
    return [
        binaries.kube_apiserver,
        f"--etcd-servers=http://127.0.0.1:{ports.etcd}",
        "--bind-address=127.0.0.1",
        f"--secure-port={ports.api}",
        f"--tls-cert-file={at.pki / 'apiserver.crt'}",
        f"--tls-private-key-file={at.pki / 'apiserver.key'}",
        f"--client-ca-file={at.pki / 'ca.crt'}",
        "--authorization-mode=RBAC",
        f"--service-account-key-file={at.pki / 'service-account.pub'}",
        f"--service-account-signing-key-file={at.pki / 'service-account.key'}",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--endpoint-reconciler-type=none",
        f"--audit-policy-file={at.audit_policy}",
        f"--audit-log-path={at.audit_log}",
        "--audit-log-mode=blocking",  # what was answered is in the log already
        "--audit-log-maxsize=1000",
    ]


def kube_controller_manager(binaries: Binaries, at: Layout) -> list[str | Path]:
    return [
        binaries.kube_controller_manager,
        f"--kubeconfig={at.admin_kubeconfig}",
        f"--controllers={','.join(_CONTROLLERS)}",
        "--leader-elect=false",
        f"--service-account-private-key-file={at.pki / 'service-account.key'}",
        f"--root-ca-file={at.pki / 'ca.crt'}",
        "--secure-port=0",
    ]
