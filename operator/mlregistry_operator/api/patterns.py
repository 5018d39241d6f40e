"""The alphabets of names, once for CEL (RE2) and Python alike: only what both engines read the same way."""

import re
from typing import Final

REGISTRY_NAME: Final = (
    "^[a-zA-Z0-9][a-zA-Z0-9_-]{1,31}$"  # Source: the rules for names of Azure ML registries
)
REGION: Final = "^[a-z0-9]+$"
GUID: Final = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_LETTERS = "a-zA-Z\u00c0-\ud7ff"  # Azure allows letters of any script in a group's name
RESOURCE_GROUP: Final = f"^[{_LETTERS}0-9_().-]{{0,89}}[{_LETTERS}0-9_()-]$"
ASSET_WORD: Final = "^[a-zA-Z0-9]([a-zA-Z0-9_.-]*[a-zA-Z0-9])?$"
# Source: OCI distribution specification, repository names (upper case is folded before it gets there).
REPOSITORY_WORD: Final = "^[a-zA-Z0-9]+((\\.|_|__|-+)[a-zA-Z0-9]+)*$"
DIGEST: Final = "^sha256:[a-f0-9]{64}$"
_PORT = "([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
# A name in ASCII or an IPv4 address: what no two readers of URLs take for different hosts.
_LABEL = "[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
HOST: Final = f"{_LABEL}(\\.{_LABEL})*(:{_PORT})?"
# Without control characters, which readers of URLs leave out, and backslashes, which some take for slashes.
BLOB_URL: Final = f"^https://{HOST}/[^?#\\\\\\x00-\\x20\\x7f]+$"
# What comes before anything else in a source's URL, ending at the border of a part.
SOURCE_PREFIX: Final = f"^https://{HOST}(/[^/?#%\\\\\\x00-\\x20\\x7f]+)*/$"
DOT_SEGMENT: Final = "/[.][.]?/"
# A part of a path that clients take away, with the part before it, before anybody can judge it.
DOTTED_PATH: Final = "(?i)(/|%2f|%5c|\\\\)([.]|%2e)([.]|%2e)?(/|%2f|%5c|\\\\|$)"
# Other spellings of a blob's address.
LAKE_URL: Final = "(?i)^https://[^/]*[.]dfs[.]"
HADOOP_URL: Final = "(?i)^(wasbs?|abfss?)://"
AZUREML_URL: Final = "(?i)^azureml:"
_IMAGE_HOST = "(localhost|[a-zA-Z0-9-]+(\\.[a-zA-Z0-9-]+)+|[a-zA-Z0-9-]+:[0-9]+)(:[0-9]+)?"
_IMAGE_TAG = "(:[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127})?"
_IMAGE_PART_OF_ANY_CASE = REPOSITORY_WORD[1:-1]  # so that none is `.` or `..`, or empty
_IMAGE_PART = _IMAGE_PART_OF_ANY_CASE.replace("a-zA-Z", "a-z")
IMAGE: Final = f"^{_IMAGE_HOST}/{_IMAGE_PART}(/{_IMAGE_PART})*{_IMAGE_TAG}(@sha256:[a-f0-9]{{64}})?$"
# The same with a repository in whatever case and a digest of whatever algorithm: what is said of these is
# more than that the form is wrong.
IMAGE_OF_ANY_CASE: Final = (
    f"^{_IMAGE_HOST}/{_IMAGE_PART_OF_ANY_CASE}(/{_IMAGE_PART_OF_ANY_CASE})*{_IMAGE_TAG}(@[^@]*)?$"
)
UPPER_CASE_REPOSITORY: Final = "^[^/]+/[^:@]*[A-Z]"
SHA256_AT_END: Final = "^[^@]*(@sha256:[a-f0-9]{64})?$"
CONTAINER_REGISTRY_ID: Final = (
    f"^/(?i:subscriptions)/{GUID[1:-1]}/(?i:resourceGroups)/{RESOURCE_GROUP[1:-1]}"
    "/providers/(?i:Microsoft\\.ContainerRegistry/registries)/[a-zA-Z0-9]{5,50}$"
)


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text has the form of a pattern above; a trailing line break is not forgiven."""
    return re.fullmatch(pattern.removesuffix("$"), text) is not None


def begins_with(pattern: str, text: str) -> bool:
    """Whether the text begins with what a pattern without an end describes."""
    return re.match(pattern, text) is not None


def in_cel(pattern: str) -> str:
    """The pattern as a CEL string literal."""
    return "'" + pattern.replace("\\", "\\\\") + "'"
