"""The webhook's certificate where the operator makes it itself: shared by all replicas through a Secret.

Any replica may make or renew it: the Secret's version is the lock, so that the first wins and the others
take what it made. The time is the API server's, which also checks the certificate; our own clock may be off.
The configuration is read before the Secret, and so never told less than a newer Secret says.
"""

import base64
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.domain.certificates import Authority, Rotation, flaw, is_due, still_trusted
from mlregistry_operator.kube import pki
from mlregistry_operator.kube.errors import cluster_errors
from mlregistry_operator.kube.ports import Body, GoneError, ServedPair
from mlregistry_operator.kube.rest import APPLY_PATCH, STRATEGIC_PATCH, Rest

CONFIGURATIONS: Final = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
_CERTIFICATE: Final = "tls.crt"
_KEY: Final = "tls.key"
_MANAGER: Final = "mlregistry-operator"
_BUNDLE: Final = "ca.crt"
_SKEW: Final = timedelta(minutes=1)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the certificate lies, whom it is for, and who is told to trust it."""

    secret: ObjectKey
    service: str
    configuration: str

    @property
    def host(self) -> str:
        """As whom the API server knows the Service."""
        return f"{self.service}.{self.secret.namespace}.svc"


class SharedCertificate:
    """Implements `CertificateSource`: every look makes, renews and repairs what is needed."""

    def __init__(self, rest: Rest, places: Places, rotation: Rotation) -> None:
        self._rest, self._places, self._rotation = rest, places, rotation
        self._skew_told = False

    async def look(self) -> ServedPair:
        configuration = await self._configuration()
        secret, now = await self._secret()
        self._compare_clocks(now)
        hosts = frozenset({self._places.host, *_asked_at(configuration)})
        pair = await self._current(secret, configuration, hosts, now)
        bundles = _bundles(configuration)
        if any(one != pair.bundle for one in bundles):
            await self._tell(configuration, pair.bundle)
        trusted = all(pair.held.trusted[0] in pki.authorities_in(one) for one in bundles)
        return ServedPair(pair.certificate, pair.key, pair.held.ends, trusted)

    async def _current(
        self, secret: Body, configuration: Body, hosts: frozenset[str], now: datetime
    ) -> pki.Pair:
        """The pair of the Secret, or another in its place."""
        pair, trouble = _pair(secret, hosts, now)
        if pair is None:
            log = _log.warning if trouble else _log.info
            log(
                "another certificate is made for the webhook",
                extra={"secret": str(self._places.secret), "reason": trouble or "there is none yet"},
            )
        elif is_due(pair.held, self._rotation, now):
            _log.info("the webhook's certificate is renewed", extra={"ends": pair.held.ends.isoformat()})
        else:
            return await self._without_the_old(secret, pair, now)
        made = pki.make(hosts, now, self._rotation.validity)
        before = [*(pair.held.trusted if pair else ()), *_authorities(_bundles(configuration))]
        return await self._store(secret, self._trusting(made, before, now))

    async def _without_the_old(self, secret: Body, pair: pki.Pair, now: datetime) -> pki.Pair:
        """The pair, no longer with authorities whose certificates nobody serves any more."""
        kept = self._trusting(pair, pair.held.trusted[1:], now)
        return pair if kept == pair else await self._store(secret, kept)

    def _trusting(self, pair: pki.Pair, others: Iterable[Authority], now: datetime) -> pki.Pair:
        trusted = still_trusted(pair.held.trusted[0], others, pair.held.made, self._rotation, now)
        return replace(pair, held=replace(pair.held, trusted=trusted))

    async def _configuration(self) -> Body:
        name = self._places.configuration
        with cluster_errors(f"read ValidatingWebhookConfiguration {name}"):
            return await self._rest.get(f"{CONFIGURATIONS}/{name}")

    async def _secret(self) -> tuple[Body, datetime]:
        """The Secret, made (empty) where it is not there, and the API server's time."""
        key = self._places.secret
        path = f"/api/v1/namespaces/{key.namespace}/secrets/{key.name}"
        try:
            with cluster_errors(f"read Secret {key}"):
                return await self._rest.dated(path)
        except GoneError:
            _log.warning("the Secret of the webhook's certificate is made", extra={"secret": str(key)})
        empty = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": key.name}, "type": "Opaque"}
        with cluster_errors(f"make Secret {key}"):
            await self._rest.patch(f"{path}?fieldManager={_MANAGER}", empty, APPLY_PATCH)
            return await self._rest.dated(path)

    async def _store(self, secret: Body, pair: pki.Pair) -> pki.Pair:
        """Put it into exactly this version of the Secret."""
        key = self._places.secret
        content = {_CERTIFICATE: pair.certificate, _KEY: pair.key, _BUNDLE: pair.bundle}
        change = {
            "metadata": {"resourceVersion": secret["metadata"]["resourceVersion"]},
            "data": {name: _base64(part) for name, part in content.items()},
        }
        with cluster_errors(f"write Secret {key}"):
            await self._rest.patch(f"/api/v1/namespaces/{key.namespace}/secrets/{key.name}", change)
        return pair

    async def _tell(self, configuration: Body, bundle: bytes) -> None:
        """Have the API server trust these authorities, and no others."""
        name = self._places.configuration
        client = {"caBundle": _base64(bundle)}
        change = {
            "metadata": {"resourceVersion": configuration["metadata"]["resourceVersion"]},
            "webhooks": [
                {"name": one["name"], "clientConfig": client} for one in configuration.get("webhooks", [])
            ],
        }
        with cluster_errors(f"write ValidatingWebhookConfiguration {name}"):
            await self._rest.patch(f"{CONFIGURATIONS}/{name}", change, STRATEGIC_PATCH)
        _log.info("the API server is told whom to trust", extra={"configuration": name})

    def _compare_clocks(self, now: datetime) -> None:
        skew = datetime.now(UTC) - now
        if abs(skew) < _SKEW:
            self._skew_told = False
        elif not self._skew_told:
            self._skew_told = True
            _log.warning(
                "this machine's clock differs from the API server's, whose time is used for certificates",
                extra={"seconds": round(skew.total_seconds())},
            )


def _pair(secret: Body, hosts: frozenset[str], now: datetime) -> tuple[pki.Pair | None, str]:
    """The Secret's pair, else why there is none that can be served; nothing is said of an empty Secret."""
    data = secret.get("data") or {}
    if not any(data.get(name) for name in (_CERTIFICATE, _KEY, _BUNDLE)):
        return None, ""
    try:
        pair = pki.read(*(_plain(data.get(name)) for name in (_CERTIFICATE, _KEY, _BUNDLE)))
    except pki.UnusableError as error:
        return None, str(error)
    trouble = flaw(pair.held, hosts, now)
    return (None, trouble) if trouble else (pair, "")


def _bundles(configuration: Body) -> list[bytes]:
    """What each webhook of the configuration trusts now."""
    webhooks = configuration.get("webhooks") or []
    return [_plain(one.get("clientConfig", {}).get("caBundle")) for one in webhooks]


def _authorities(bundles: Iterable[bytes]) -> list[Authority]:
    return [authority for bundle in bundles for authority in pki.authorities_in(bundle)]


def _asked_at(configuration: Body) -> Iterator[str]:
    """The hosts as whom the API server asks."""
    for webhook in configuration.get("webhooks") or []:
        client: Mapping[str, Any] = webhook.get("clientConfig", {})
        if service := client.get("service"):
            yield f"{service['name']}.{service['namespace']}.svc"
        elif host := urlsplit(client.get("url", "")).hostname:
            yield host


def _plain(text: str | None) -> bytes:
    """Decoded; what is no base64 is nothing."""
    try:
        return base64.b64decode(text or "")
    except ValueError:
        return b""


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
