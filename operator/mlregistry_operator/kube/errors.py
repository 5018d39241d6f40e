"""What the client raises, as the errors that the ports promise."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import aiohttp
from kubernetes.aio import client

from mlregistry_operator.kube.ports import ClusterError, ConflictError, ForbiddenError, GoneError

_ERRORS: Final = {403: ForbiddenError, 404: GoneError, 409: ConflictError}


@contextmanager
def cluster_errors(doing: str) -> Iterator[None]:
    """Raise whatever goes wrong at the API server as a `ClusterError` that says what could not be done."""
    try:
        yield
    except client.ApiException as error:
        kind = _ERRORS.get(error.status, ClusterError)
        raise kind(f"could not {doing}: {error.status} {error.reason}") from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise ClusterError(f"could not {doing}: {error!r}") from error
