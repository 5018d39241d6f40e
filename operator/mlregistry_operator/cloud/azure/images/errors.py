"""What the registry client raises, turned into what it means for us.

A registry names its code in the body, `{"errors": [{"code", "message"}]}`, which the client at times
leaves unread.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError

from mlregistry_operator.cloud.azure.errors import azure_errors, retry_after
from mlregistry_operator.cloud.azure.unexpected import nothing_else
from mlregistry_operator.cloud.ports import CloudError
from mlregistry_operator.domain.arm import ArmId
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.image_meanings import DAMAGED, registry_meaning

_TEXT_LIMIT: Final = 300


@asynccontextmanager
async def registry_errors(endpoint: str, doing: str) -> AsyncIterator[None]:
    """Raise `CloudError` for whatever the SDK raises; `doing` completes "Could not …"."""
    with nothing_else(ArmId(endpoint), f"The attempt to {doing} in {endpoint}"):
        try:
            yield
        except HttpResponseError as error:
            code, text = await said(error)
            if not code and isinstance(error, ClientAuthenticationError):
                # Entra refused the token, before the registry was asked.
                with azure_errors(ArmId(endpoint), f"{doing}, on behalf of"):
                    raise
            raise CloudError(_answered(endpoint, doing, error, code, text)) from error
        except (AzureError, TimeoutError, OSError):
            with azure_errors(ArmId(endpoint), f"{doing} in"):
                raise


async def said(error: HttpResponseError) -> tuple[str, str]:
    """Code and sentence of a registry's answer; empty where it has none."""
    response: Any = error.response
    try:
        if hasattr(response, "read"):  # the lists are of the SDK's older kind, which have been read already
            await response.read()
        first = json.loads(response.text())["errors"][0]
        return str(first["code"]), str(first.get("message", ""))
    except (AttributeError, AzureError, IndexError, KeyError, TypeError, ValueError):
        return "", ""


def damaged(endpoint: str, image: str, expected: str, arrived: str) -> CloudError:
    """The bytes of a manifest are not those of its digest."""
    message = f"{endpoint} gave {image} as {arrived} instead of {expected}"
    return CloudError(
        Failure(ArmId(endpoint), DAMAGED.reason, DAMAGED.severity, message, remedy=DAMAGED.remedy)
    )


def _answered(endpoint: str, doing: str, error: HttpResponseError, code: str, text: str) -> Failure:
    status = error.status_code
    meaning = registry_meaning(code, status)
    words = " ".join((text or error.reason or "no reason given").split())[:_TEXT_LIMIT]
    return Failure(
        target=ArmId(endpoint),
        reason=meaning.reason,
        severity=meaning.severity,
        message=f"Could not {doing} in {endpoint}: {words}",
        code=code or (f"HTTP {status}" if status else ""),
        remedy=meaning.remedy,
        retry_after=retry_after(getattr(error.response, "headers", {})),
    )
