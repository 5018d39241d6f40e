"""What is worth telling of an asset as it happens."""

from collections.abc import Iterator

from mlregistry_operator.api.asset_status import MLAssetStatus
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.events import EventNote, event, readiness


def asset_transitions(before: MLAssetStatus, after: MLAssetStatus, caution: str = "") -> Iterator[EventNote]:
    """What has changed between two statuses: readiness, and that the version came into being.

    `caution` is what is to be said of its files then.
    """
    yield from readiness(before.conditions, after.conditions)
    if before.digest is None and after.digest is not None:
        yield event("Normal", Reason.PUBLISHED, "Publish", f"{after.asset_id} is {after.digest}.")
        if caution:
            yield event("Warning", Reason.UNPORTABLE_NAMES, "Publish", caution)
