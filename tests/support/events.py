"""What events have said about an object; an older object of the same name is another one."""

from collections.abc import Callable

from support.clusters import Cluster, Ref, Thing
from support.watches import History

Told = Callable[[Thing, str], str]


def told_by_events(cluster: Cluster, history: History, about: Thing, reason: str) -> str:
    """All that events of one reason have said about an object of this test, a line each."""
    mine = {version["metadata"]["uid"] for version in history.versions(about)}
    return "\n".join(
        event["message"]
        for event in cluster.events(Ref.of(about).namespace, about)
        if event["involvedObject"]["uid"] in mine and event["reason"] == reason
    )
