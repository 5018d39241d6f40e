"""Access tokens of registries, remembered: a look is one request instead of four.

The SDK starts every request without a token, is challenged, exchanges an Azure token, asks for an access
token of that one scope, and sends the request again. It forgets the access token at once, and a refresh token
that has expired it would use for ever (azure-containerregistry 1.2.0), so that its clients are used once.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy

_UNAUTHORIZED: Final = 401
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "DELETE"})
_MOST: Final = 2048
# The registry, the interface and the repository, which the SDK writes as one segment.
_REPOSITORY: Final = re.compile(r"^https://[^?]+?/(?:v2|acr/v1)/[^/?]+")

_Scope = tuple[str, str]


@dataclass(slots=True)
class TokenMemory:
    """The last token for each repository and method, as one identity got them; the oldest are forgotten."""

    _tokens: OrderedDict[_Scope, str] = field(default_factory=OrderedDict)

    def get(self, scope: _Scope) -> str | None:
        return self._tokens.get(scope)

    def keep(self, scope: _Scope, token: str) -> None:
        self._tokens[scope] = token
        self._tokens.move_to_end(scope)
        if len(self._tokens) > _MOST:
            self._tokens.popitem(last=False)

    def forget(self, scope: _Scope) -> None:
        self._tokens.pop(scope, None)


class RememberedTokens(AsyncHTTPPolicy[Any, Any]):
    """Stands before the SDK's own authentication, which still answers every challenge."""

    def __init__(self, memory: TokenMemory) -> None:
        super().__init__()
        self._memory = memory

    async def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        sent = request.http_request
        found = _REPOSITORY.match(sent.url)
        if found is None:  # a request for a token
            return await self.next.send(request)
        scope = (found.group(), sent.method)
        known = self._memory.get(scope)
        if known is not None:
            sent.headers["Authorization"] = known
        response = await self._sent(request, scope)
        if response.http_response.status_code == _UNAUTHORIZED and sent.method in _WITHOUT_BODY:
            # Refused with a token that the registry gave a moment ago: another one tells a slip from a right
            # that is missing, which a person would have to give.
            await response.http_response.read()
            sent.headers.pop("Authorization", None)
            return await self._sent(request, scope)
        return response

    async def _sent(self, request: PipelineRequest[Any], scope: _Scope) -> PipelineResponse[Any, Any]:
        response = await self.next.send(request)
        used = request.http_request.headers.get("Authorization")
        if response.http_response.status_code == _UNAUTHORIZED or used is None:
            self._memory.forget(scope)
        else:
            self._memory.keep(scope, used)
        return response
