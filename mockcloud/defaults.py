"""The world that the mock cloud opens with: who exists, and what they call themselves.

Nothing here is secret. Tests and the local world import these names instead of repeating the values.
"""

from __future__ import annotations

from typing import Final

TENANT_ID: Final = "11111111-1111-4111-8111-111111111111"
SUBSCRIPTION_ID: Final = "00000000-0000-0000-0000-000000000000"

OWNER_CLIENT_ID: Final = "22222222-2222-4222-8222-222222222222"
OWNER_CLIENT_SECRET: Final = "owner-secret-of-the-mock-cloud"
OWNER_PRINCIPAL_ID: Final = "33333333-3333-4333-8333-333333333333"

OPERATOR_CLIENT_ID: Final = "44444444-4444-4444-8444-444444444444"
OPERATOR_CLIENT_SECRET: Final = "operator-secret-of-the-mock-cloud"
OPERATOR_PRINCIPAL_ID: Final = "55555555-5555-4555-8555-555555555555"

HOST: Final = "127.0.0.1"
PORT: Final = 18443
