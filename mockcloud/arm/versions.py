"""Which `api-version`s are served, by provider. An unknown one is refused, as Azure does."""

from __future__ import annotations

from typing import Final

_STORAGE: Final = (
    "2026-09-01 2026-04-01 2025-08-01 2025-06-01 2025-01-01 2024-01-01 2023-05-01 2023-04-01 "
    "2023-01-01 2022-09-01 "
    "2022-05-01 2021-09-01 2021-08-01 2021-06-01 2021-04-01 2021-02-01 2021-01-01 2019-06-01"
)
_REGISTRY: Final = (
    "2026-11-01 2026-09-01-preview 2026-03-01-preview 2025-11-01 2025-06-01-preview "
    "2025-05-01-preview 2025-04-01 "
    "2024-11-01-preview 2023-11-01-preview 2023-08-01-preview 2023-07-01 2023-06-01-preview "
    "2023-01-01-preview "
    "2022-12-01 2022-02-01-preview 2021-12-01-preview 2021-09-01 2021-08-01-preview "
    "2021-06-01-preview 2019-05-01"
)
_RESOURCES: Final = (
    "2025-04-01 2025-03-01 2024-11-01 2024-07-01 2024-03-01 2023-07-01 2022-12-01 2022-09-01 "
    "2022-01-01 2021-04-01 "
    "2021-01-01 2020-10-01 2020-08-01 2020-06-01 2020-01-01 2019-10-01 2019-08-01 2019-06-01 "
    "2019-05-10 2019-05-01 "
    "2018-05-01 2018-02-01 2016-09-01 2016-06-01 2016-02-01"
)
_AUTHORIZATION: Final = (
    "2022-04-01 2022-01-01-preview 2021-04-01-preview 2020-10-01-preview 2020-08-01-preview "
    "2020-04-01-preview "
    "2020-03-01-preview 2018-09-01-preview 2018-01-01-preview 2015-07-01"
)

VERSIONS: Final[dict[str, tuple[str, ...]]] = {
    "Microsoft.Storage": tuple(_STORAGE.split()),
    "Microsoft.ContainerRegistry": tuple(_REGISTRY.split()),
    "Microsoft.Resources": tuple(_RESOURCES.split()),
    "Microsoft.Authorization": tuple(_AUTHORIZATION.split()),
}
