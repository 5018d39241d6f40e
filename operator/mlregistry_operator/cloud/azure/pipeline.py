"""How requests go to ARM: with our throttle in front, and without the SDK's retries.

The SDK sleeps in its retries, without bound and unseen, and waits without end for a resource provider to be
registered. Both are decisions of a pass, so neither policy is in the list.
"""

from typing import Any

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline import policies
from azure.mgmt.core.policies import ARMHttpLoggingPolicy, AsyncARMChallengeAuthenticationPolicy

from mlregistry_operator import __version__
from mlregistry_operator.cloud.azure.bound import BoundTransport
from mlregistry_operator.cloud.azure.endpoints import Endpoints
from mlregistry_operator.cloud.azure.throttling import Throttle, ThrottlePolicy
from mlregistry_operator.cloud.azure.transport import Connections


def management_policies(
    credential: AsyncTokenCredential, endpoints: Endpoints, throttle: Throttle
) -> list[Any]:
    """The policies of a management client, in order."""
    return [
        policies.RequestIdPolicy(),
        policies.HeadersPolicy(),
        policies.UserAgentPolicy(base_user_agent=f"mlregistry-operator/{__version__}"),
        policies.ContentDecodePolicy(),
        ThrottlePolicy(throttle),
        AsyncARMChallengeAuthenticationPolicy(credential, endpoints.arm_scope),
        policies.CustomHookPolicy(),
        policies.DistributedTracingPolicy(),
        ARMHttpLoggingPolicy(),
    ]


def client_options(
    credential: AsyncTokenCredential, endpoints: Endpoints, throttle: Throttle, connections: Connections
) -> dict[str, Any]:
    """What every management client is made with."""
    return {
        "base_url": endpoints.arm_endpoint,
        "credential_scopes": [endpoints.arm_scope],
        "policies": management_policies(credential, endpoints, throttle),
        "transport": BoundTransport(connections.transport(), endpoints.arm_endpoint),
    }
