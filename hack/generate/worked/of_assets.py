"""The worked examples of an MLAsset: version 3 of the model taxi-fare, and what it is made of."""

from typing import Final

from hack.generate.worked.asset_troubles import TROUBLES
from hack.generate.worked.cases import Case, failed, found
from mlregistry_operator.api.conditions import ConditionType
from mlregistry_operator.api.metadata import ObjectKey
from mlregistry_operator.api.reasons import Reason
from mlregistry_operator.domain.assets.names import caution
from mlregistry_operator.domain.conditions import Verdict
from mlregistry_operator.domain.failures import Severity
from mlregistry_operator.domain.usage import asset_in_use_sentence

_REFERENCES: Final = ConditionType.REFERENCES_RESOLVED
_PUBLISHED: Final = ConditionType.PUBLISHED
_REPLICATED: Final = ConditionType.REPLICATED
_DIGEST: Final = f"sha256:{'3f' * 32}"
_SHARED: Final = (
    f"{_DIGEST} is published: 3 files, 2MiB. It shares the content that MLAsset team-b/taxi-fare-3 published."
    " Its own source was not read, and it counts nowhere as an owner."
)
_HALF: Final = "1 of 3 regions have the version. In progress: eastus2, westus."

_STATES: Final = (
    Case(
        Reason.SUCCEEDED,
        "The version is published, and every region has it.",
        "Nothing.",
        (
            Verdict(ConditionType.READY, "True", Reason.SUCCEEDED, "3 of 3 regions have the version."),
            Verdict(
                _REFERENCES,
                "True",
                Reason.SUCCEEDED,
                "Published: mlregistry://DemoRegistry1/environments/sklearn/versions/12.",
            ),
            Verdict(_PUBLISHED, "True", Reason.SUCCEEDED, f"{_DIGEST} is published: 3 files, 2MiB."),
            Verdict(_REPLICATED, "True", Reason.SUCCEEDED, "3 of 3 regions have the version."),
        ),
    ),
    Case(
        Reason.SHARED,
        "Another object published the version, and this one pins its digest: its own source was never read."
        " It can be used as any other; its deletion leaves the content, and its publisher's does not wait for"
        " it.",
        "Nothing. To keep the content whatever the publisher does, leave `spec.digest` out in a new MLAsset:"
        " then the source is read and compared.",
        (Verdict(_PUBLISHED, "True", Reason.SHARED, _SHARED),),
    ),
    Case(
        Reason.NOT_DECLARED,
        "The version refers to no other.",
        "Nothing.",
        (Verdict(_REFERENCES, "True", Reason.NOT_DECLARED, "The version needs no other."),),
    ),
    Case(
        Reason.PROGRESSING,
        "The version is published, and the storage service copies it to two regions.",
        "Wait. `status.progress` and the rows tell how far it is.",
        (
            Verdict(ConditionType.READY, "Unknown", Reason.PROGRESSING, _HALF),
            Verdict(ConditionType.RECONCILING, "True", Reason.PROGRESSING, _HALF),
            Verdict(_REPLICATED, "False", Reason.PROGRESSING, _HALF),
        ),
    ),
    Case(
        Reason.SUSPENDED,
        "`suspend: true` on an object that was never looked at. One that was keeps its conditions.",
        "Set `suspend: false`.",
        (
            Verdict(
                ConditionType.READY,
                "Unknown",
                Reason.SUSPENDED,
                "spec.suspend is true; nothing was looked at yet.",
            ),
        ),
    ),
    Case(
        Reason.IN_USE,
        "The object is deleted while another version refers to it, and the webhook was not asked.",
        "Delete first what refers to it, or detach the object by force.",
        failed(
            None,
            "",
            found(
                Reason.IN_USE,
                Severity.SLOW_RETRY,
                "Deletion waits: " + asset_in_use_sentence((ObjectKey("team-a", "train-taxi-1.2.0"),)),
            ),
        ),
    ),
)

_EVENTS: Final = (
    Case(
        Reason.PUBLISHED,
        "The version has come into being.",
        "Nothing.",
        event=f"mlregistry://DemoRegistry1/models/taxi-fare/versions/3 is {_DIGEST}.",
    ),
    Case(
        Reason.UNPORTABLE_NAMES,
        "Storage compares names with case, and whoever downloads the version to a Mac or to Windows gets one"
        " of two files. The condition `Published` says the same for as long as the version is there.",
        "Nothing, where everybody reads it on Linux; else rename the files, and publish another version.",
        event=caution(("README.md", "readme.md", "model.bin")),
    ),
    Case(
        Reason.RETAINED,
        "The object has gone, and left its content.",
        "Nothing; apply the object again to have it back.",
        event="The content stays in Azure.",
    ),
)

ASSET_CASES: Final[tuple[Case, ...]] = (*_STATES, *TROUBLES, *_EVENTS)
