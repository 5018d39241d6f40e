"""One Azure subscription, as the port that reconciliation knows."""

from collections.abc import Mapping
from typing import Any, Final

from azure.core.exceptions import HttpResponseError
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.mgmt.containerregistry.models import ImportImageParameters, Registry

from mlregistry_operator.cloud.azure import assignments, containers, sightings, translate
from mlregistry_operator.cloud.azure.clients import RESOURCES_API_VERSION, Clients
from mlregistry_operator.cloud.azure.errors import code_of, retry_after
from mlregistry_operator.cloud.azure.paging import listed
from mlregistry_operator.cloud.azure.regions import Regions
from mlregistry_operator.cloud.azure.spelling import region, spelled
from mlregistry_operator.cloud.azure.started import start
from mlregistry_operator.cloud.azure.transport import ARM_CONNECTIONS
from mlregistry_operator.cloud.azure.turns import Turns
from mlregistry_operator.cloud.azure.writes import DOING, WRITES
from mlregistry_operator.cloud.images import SeenRegistry
from mlregistry_operator.cloud.ports import CloudError, Started
from mlregistry_operator.domain.access import explained
from mlregistry_operator.domain.arm import ArmId, group_of, name_of, parent_of
from mlregistry_operator.domain.containers import ObservedContainer, ObservedStagingRule
from mlregistry_operator.domain.failures import Failure
from mlregistry_operator.domain.grants import ObservedAssignment
from mlregistry_operator.domain.meanings import is_redirect, meaning_of
from mlregistry_operator.domain.plan import Action, Settings
from mlregistry_operator.domain.resources import (
    ObservedAccount,
    ObservedContainerRegistry,
    ObservedGroup,
    ObservedReplication,
    OperationPhase,
    OperationState,
)

_NOT_THERE: Final = frozenset({"ResourceNotFound", "ParentResourceNotFound", "NotFound", ""})
_GONE: Final = frozenset(
    {
        "ResourceNotFound",
        "ParentResourceNotFound",
        "ResourceGroupNotFound",
        "RoleAssignmentNotFound",
        "NotFound",
        "",
    }
)
_NOT_REGISTERED: Final = frozenset({"MissingSubscriptionRegistration", "MissingRegistrationForLocation"})
_VERSION_REFUSED: Final = frozenset({"NoRegisteredProviderFound", "InvalidApiVersionParameter"})
_FAILED_STATUS: Final = frozenset({"failed", "canceled"})


class AzureSubscription:
    """Implements `Cloud` with Azure's management clients."""

    def __init__(self, subscription_id: str, clients: Clients, regions: Regions) -> None:
        self._subscription_id = subscription_id
        self._clients = clients
        self._regions = regions
        self._reads, self._writes = Turns(ARM_CONNECTIONS), Turns(ARM_CONNECTIONS)

    async def storage_account(self, target: ArmId, location: str = "") -> ObservedAccount | None:
        self._regions.learn(target, location)
        async with self._reads.take(target, "read storage account"):
            try:
                found = await self._clients.storage.storage_accounts.get_properties(
                    group_of(target).name, name_of(target)
                )
            except HttpResponseError as error:
                if _missing(error):
                    return None
                raise
            account = translate.observed_account(found)
            self._regions.learn(account.id, account.location)
            return account

    async def container_registry(self, target: ArmId, location: str = "") -> ObservedContainerRegistry | None:
        self._regions.learn(target, location)
        async with self._reads.take(target, "read container registry"):
            try:
                found = await self._registry(target)
            except HttpResponseError as error:
                if _missing(error):
                    return None
                raise
            registry = translate.observed_container_registry(found)
            self._regions.learn(registry.id, registry.location)
            return registry

    async def replications(self, registry: ArmId) -> tuple[ObservedReplication, ...]:
        async with self._reads.take(registry, "list the replications of"):
            try:
                pages = self._clients.registry.replications.list(group_of(registry).name, name_of(registry))
                found = [translate.observed_replication(one) async for one in listed(pages)]
            except HttpResponseError as error:
                if _missing(error):
                    return ()
                raise
            for one in found:
                self._regions.learn(one.id, one.location)
            return tuple(sorted(found, key=lambda one: one.location))

    async def replication(self, target: ArmId) -> ObservedReplication | None:
        group, registry = group_of(target).name, name_of(parent_of(target))
        async with self._reads.take(target, "read the replication to"):
            try:
                found = await self._clients.registry.replications.get(group, registry, name_of(target))
            except HttpResponseError as error:
                if _missing(error):
                    return None
                raise
            return translate.observed_replication(found)

    async def resource_group(self, target: ArmId) -> ObservedGroup | None:
        async with self._reads.take(target, "read resource group"):
            answer = await self._get(target)
            if answer.status_code == 404:  # noqa: PLR2004 - the status is the word for it
                return None
            answer.raise_for_status()
            contents = await self._get(f"{target}/resources", {"$top": "1"})
            contents.raise_for_status()
            body = answer.json()
            return ObservedGroup(
                id=target,
                location=region(body.get("location")),
                tags=dict(body.get("tags") or {}),
                provisioning_state=spelled((body.get("properties") or {}).get("provisioningState")) or "",
                empty=not contents.json().get("value"),
            )

    async def role_assignments(self, scope: ArmId) -> tuple[ObservedAssignment, ...]:
        async with self._reads.take(scope, "list the role assignments of"):
            return await assignments.listed(self._clients, scope)

    async def containers(self, account: ArmId, *, retained: bool) -> tuple[ObservedContainer, ...]:
        async with self._reads.take(account, "list the containers of"):
            return await containers.listed(self._clients, account, retained=retained)

    async def staging_rule(self, account: ArmId) -> ObservedStagingRule | None:
        async with self._reads.take(account, "read the lifecycle policy of"):
            return await containers.staging_rule(self._clients, account)

    async def operation(self, url: str, target: ArmId) -> OperationState:
        """One look; what cannot be read says nothing, and the resource itself is then the truth."""
        try:
            async with self._reads.take(target, "look at the operation on"):
                answer = await self._clients.storage.send_request(HttpRequest("GET", url))
                if answer.status_code == 429:  # noqa: PLR2004
                    answer.raise_for_status()
        except CloudError as error:
            return OperationState(OperationPhase.UNREADABLE, error.failure, error.failure.retry_after)
        return _phase(answer, target)

    async def perform(self, action: Action) -> Started:
        if isinstance(action.settings, Settings):
            self._regions.learn(action.target, action.settings.location)
        try:
            return await self._sent(action)
        except CloudError as error:
            raise CloudError(explained(action.kind, error.failure)) from error

    async def _sent(self, action: Action) -> Started:
        async with self._writes.take(action.target, DOING[action.kind]):
            try:
                return await WRITES[action.kind](self._clients, action)
            except HttpResponseError as error:
                code = code_of(error)
                if code in _NOT_REGISTERED:
                    await self._register(action.target)
                if action.kind.startswith("Delete") and error.status_code == 404 and code in _GONE:  # noqa: PLR2004
                    return Started()
                raise

    async def import_image(self, registry: ArmId, parameters: ImportImageParameters) -> Started:
        """Start an import into a container registry and let it go."""
        async with self._writes.take(registry, "import an image into"):
            begin = self._clients.registry.registries.begin_import_image
            return await start(begin, group_of(registry).name, name_of(registry), parameters)

    async def seen_registry(self, target: ArmId) -> SeenRegistry | None:
        """A container registry of any subscription."""
        async with self._reads.take(target, "read container registry"):
            try:
                return await sightings.registry(self._clients, target)
            except HttpResponseError as error:
                if error.status_code == 404:  # noqa: PLR2004 - a group or a subscription is missing, too
                    return None
                raise

    async def seen_registries(self) -> tuple[SeenRegistry, ...]:
        """Every container registry that the identity sees, in all of its subscriptions."""
        async with self._reads.take(ArmId("/subscriptions"), "list the container registries in"):
            return await sightings.registries(self._clients, self._subscription_id)

    async def _registry(self, target: ArmId) -> Registry:
        """Read under the preview version, or under the SDK's own where the cloud does not serve that one."""
        group, name = group_of(target).name, name_of(target)
        try:
            return await self._clients.registries.get(group, name)
        except HttpResponseError as error:
            if self._clients.preview is None or code_of(error) not in _VERSION_REFUSED:
                raise
            self._clients.preview = None
        return await self._clients.registries.get(group, name)

    async def _register(self, target: ArmId) -> None:
        """Ask Azure to register the resource provider; the write is tried again by a later pass."""
        provider = target.partition("/providers/")[2].partition("/")[0]
        path = f"/subscriptions/{self._subscription_id}/providers/{provider}/register"
        request = HttpRequest("POST", path, params={"api-version": RESOURCES_API_VERSION})
        await self._clients.storage.send_request(request)

    async def _get(self, path: str, query: Mapping[str, str] | None = None) -> AsyncHttpResponse:
        params = {"api-version": RESOURCES_API_VERSION, **(query or {})}
        answer: AsyncHttpResponse = await self._clients.storage.send_request(
            HttpRequest("GET", path, params=params)
        )
        return answer


def _missing(error: HttpResponseError) -> bool:
    """Whether the answer says "not there". A missing group is another matter, with another remedy."""
    return error.status_code == 404 and code_of(error) in _NOT_THERE  # noqa: PLR2004


def _phase(answer: Any, target: ArmId) -> OperationState:
    """What an operation's own URL told: by status code (`Location`), or by a status document.

    An error answer means that the status could not be read, except where the URL stands for the result and
    reports why the operation failed.
    """
    wait = retry_after(answer.headers)
    body = _json(answer)
    if is_redirect(answer.status_code):
        return OperationState(OperationPhase.UNREADABLE, _why(body, target, answer.status_code), wait)
    if answer.status_code >= 400:  # noqa: PLR2004
        return _error_phase(answer.status_code, body, target, wait)
    if answer.status_code == 202:  # noqa: PLR2004
        return OperationState(OperationPhase.RUNNING, retry_after=wait)
    status = str(body.get("status") or "Succeeded").casefold() if "properties" not in body else "succeeded"
    if status == "succeeded":
        return OperationState(OperationPhase.SUCCEEDED)
    if status in _FAILED_STATUS:
        return OperationState(OperationPhase.FAILED, _why(body, target))
    return OperationState(OperationPhase.RUNNING, retry_after=wait)


def _error_phase(status: int, body: dict[str, Any], target: ArmId, wait: float | None) -> OperationState:
    failure = _why(body, target, status)
    if status in (401, 403, 404, 408, 429) or status >= 500 or not failure.code:  # noqa: PLR2004
        return OperationState(OperationPhase.UNREADABLE, failure, wait)
    return OperationState(OperationPhase.FAILED, failure)


def _why(body: dict[str, Any], target: ArmId, status: int | None = 409) -> Failure:
    said = body.get("error")
    error = said if isinstance(said, dict) else {}
    code, text = str(error.get("code", "")), str(error.get("message", "Azure gave no reason"))
    meaning = meaning_of(code, status)
    message = f"The operation on {name_of(target)} failed: {' '.join(text.split())[:600]}"
    return Failure(target, meaning.reason, meaning.severity, message, code=code, remedy=meaning.remedy)


def _json(answer: Any) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:  # an empty or foreign body says nothing more than the status
        return {}
    return body if isinstance(body, dict) else {}
