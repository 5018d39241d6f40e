"""Credentials for a container registry, as a Secret of type kubernetes.io/dockerconfigjson has them.

An entry is for the host that it names, and for no other: with a path, for what lies below it. The entry that
says most of an image's place counts, as for the kubelet.

Sources: https://kubernetes.io/docs/concepts/containers/images/#config-json; Docker's configuration file,
https://docs.docker.com/reference/cli/docker/login/.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

SECRET_TYPE: Final = "kubernetes.io/dockerconfigjson"  # noqa: S105 - the name of a type
KEY: Final = ".dockerconfigjson"
_VERSIONS: Final = ("/v1", "/v2")
_DOCKER_HUB: Final = "docker.io"
_HUBS_OTHER_NAMES: Final = frozenset({"index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"})
_WRITE: Final = "Write username and password to it, or auth, which is the base64 of user:password."
_MAKE: Final = (
    "Make it with kubectl create secret docker-registry, and name it in a new MLAsset where it has another"
    " name."
)


@dataclass(frozen=True, slots=True)
class PullCredentials:
    """A user of a container registry. Neither shows in a repr."""

    username: str = field(repr=False)
    password: str = field(repr=False)

    def hidden_in(self, text: str) -> str:
        """The text, with `…` in the place of the password and of what it is written as."""
        pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        for secret in (self.password, pair):
            text = text.replace(secret, "…")
        return text


class UnusableSecretError(Exception):
    """A Secret that has no credentials for the image: what is wrong with it, and what to do."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(why)
        self.why, self.remedy = why, remedy


def credentials_for(place: str, secret: str, kind: str, data: Mapping[str, bytes]) -> PullCredentials:
    """The credentials for an image.

    `place` is its host and repository, joined by a slash; `secret` is how a message calls the Secret, `kind`
    is its type. Nothing that stands in the Secret is told: even the name of an entry can hold a password.

    Raises:
        UnusableSecretError: the Secret is another kind of Secret, is no JSON, or has no user and password for
            the host.
    """
    if kind != SECRET_TYPE or KEY not in data:
        raise UnusableSecretError(f"Secret {secret} is of type {kind}, and not {SECRET_TYPE}", _MAKE)
    entries = _entries(data[KEY], secret)
    wanted = _place(place)
    host = wanted.partition("/")[0]
    fitting = [one for one in entries if f"{wanted}/".startswith(f"{one}/")]
    if not fitting:
        others = len(entries) or "none"
        raise UnusableSecretError(
            f"Secret {secret} has no entry for {host} ({others} for other hosts)",
            f"Add credentials for {host} to its {KEY}, under auths.",
        )
    return _user(entries[max(fitting, key=len)], host, secret)


def _entries(text: bytes, secret: str) -> dict[str, Mapping[str, Any]]:
    """What `auths` has, by host and path."""
    remedy = f"Write a JSON document with auths to it, as ~/.docker/config.json has it. {_MAKE}"
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnusableSecretError(f"{KEY} of Secret {secret} is not JSON", remedy) from error
    auths = document.get("auths") if isinstance(document, dict) else None
    if not isinstance(auths, dict):
        raise UnusableSecretError(f"{KEY} of Secret {secret} has no object auths", remedy)
    return {_place(name): auth if isinstance(auth, dict) else {} for name, auth in auths.items()}


def _place(written: str) -> str:
    """Host and path in the one spelling by which they are compared."""
    plain = written.strip().removeprefix("https://").removeprefix("http://").rstrip("/")
    for version in _VERSIONS:
        plain = plain.removesuffix(version)
    host, slash, path = plain.partition("/")
    host = host.lower().removesuffix(":443")
    return f"{_DOCKER_HUB if host in _HUBS_OTHER_NAMES else host}{slash}{path}".rstrip("/")


def _user(auth: Mapping[str, Any], host: str, secret: str) -> PullCredentials:
    username, password = auth.get("username"), auth.get("password")
    if auth.get("auth") and not (username and password):
        username, password = _decoded(auth["auth"], host, secret)
    if isinstance(username, str) and isinstance(password, str) and username and password:
        return PullCredentials(username, password)
    why = f"The entry for {host} in Secret {secret} has no user name and password"
    if not auth:
        why += ", as where a credential helper keeps them elsewhere"
    raise UnusableSecretError(why, _WRITE)


def _decoded(auth: object, host: str, secret: str) -> tuple[str, str]:
    try:
        text = base64.b64decode("".join(str(auth).split()), validate=True).decode()
    except ValueError as error:  # of base64 and of UTF-8
        why = f"auth of the entry for {host} in Secret {secret} is not base64 of user:password"
        raise UnusableSecretError(why, _WRITE) from error
    username, _, password = text.partition(":")
    return username, password.strip("\x00\r\n")
