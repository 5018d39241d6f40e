"""A registry's rows without what other objects put into them."""

from support.clusters import region
from support.manifests import Manifest


def infrastructure(thing: Manifest) -> list[Manifest]:
    """The rows of all regions, but for the count of assets, which comes and goes with those."""
    return [row_of(thing, row["location"]) for row in thing["status"]["regions"]]


def row_of(thing: Manifest, location: str) -> Manifest:
    """One of them."""
    return {name: value for name, value in region(thing, location).items() if name != "assets"}
