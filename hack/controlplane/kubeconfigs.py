"""Kubeconfig files that need no other file beside them."""

import base64
from pathlib import Path

import yaml

from hack.controlplane.certificates import KeyPair, save_secret


def save_kubeconfig(
    path: Path, server: str, authority: bytes, who: KeyPair | str, namespace: str = "default"
) -> Path:
    """Write how to reach `server` as `who`: the holder of a client certificate, or of a bearer token."""
    user = (
        {"token": who}
        if isinstance(who, str)
        else {"client-certificate-data": _base64(who.certificate), "client-key-data": _base64(who.key)}
    )
    name = "local"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": name, "cluster": {"server": server, "certificate-authority-data": _base64(authority)}}
        ],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": namespace}}],
        "current-context": name,
    }
    unfinished = path.with_name(f".{path.name}.unfinished")
    save_secret(unfinished, yaml.safe_dump(config).encode())
    return unfinished.replace(path)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
