"""What the client raises, as the errors that the ports promise."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import aiohttp
from kubernetes.aio import client

from mlregistry_operator.kube.ports import ClusterError, ConflictError, ForbiddenError, GoneError

_ERRORS: Final = {403: ForbiddenError, 404: GoneError, 409: ConflictError}


def _told(error: client.ApiException) -> str:
    """The API server's own sentence: it names the account and the right that it lacks."""
    try:
        return str(json.loads(error.body or "")["message"])
    except (KeyError, TypeError, ValueError):
        return str(error.reason)


@contextmanager
def cluster_errors(doing: str) -> Iterator[None]:
    """Raise whatever goes wrong at the API server as a `ClusterError` that says what could not be done."""
    try:
        yield
    except client.ApiException as error:
        kind = _ERRORS.get(error.status, ClusterError)
        told = _told(error) if kind is ForbiddenError else str(error.reason)
        raise kind(f"could not {doing}: {error.status} {told}") from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise ClusterError(f"could not {doing}: {error!r}") from error
