"""The bounded types that the fields of both kinds are made of: nothing is without an end."""

from typing import Annotated, Final

from pydantic import Field

MAX_REGIONS: Final = 32
MAX_TAGS: Final = 40

MAX_INTEGER: Final = 2**53  # what JSON numbers carry exactly

RegionName = Annotated[str, Field(min_length=1, max_length=64)]
_SUBDOMAIN: Final = "^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"
ObjectName = Annotated[str, Field(min_length=1, max_length=253, pattern=_SUBDOMAIN)]
NamespaceName = Annotated[str, Field(min_length=1, max_length=63, pattern="^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")]
SecretKey = Annotated[str, Field(min_length=1, max_length=253, pattern="^[a-zA-Z0-9._-]+$")]
ArmId = Annotated[str, Field(max_length=2048)]
# Wider than they can be, so that a rule's sentence is heard instead of a bare "too long".
Guid = Annotated[str, Field(min_length=1, max_length=64)]
Digest = Annotated[str, Field(min_length=1, max_length=128)]

Url = Annotated[str, Field(max_length=2048)]
Word = Annotated[str, Field(max_length=64)]
Sentence = Annotated[str, Field(max_length=1024)]
Text = Annotated[str, Field(max_length=4096)]
Message = Annotated[str, Field(max_length=8192)]
Count = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
Generation = Annotated[int, Field(ge=-1, le=MAX_INTEGER)]

# Azure allows 512 characters in a tag's name, but 128 on a storage account, where every tag of a registry
# stands. The schema language cannot bound a map's keys: a rule does. Source: Azure resource tags.
MAX_TAG_NAME: Final = 128
TagValue = Annotated[str, Field(max_length=256)]
Tags = Annotated[dict[str, TagValue], Field(max_length=MAX_TAGS)]

AssetName = Annotated[str, Field(min_length=1, max_length=255)]
AssetVersion = Annotated[str, Field(min_length=1, max_length=30)]
