"""What the author of an object must be allowed himself. Only the API server knows who writes, and decides it.

The chart's ValidatingAdmissionPolicies are made from this table. They ask the API server's own authorizer,
need no webhook, and hold while the operator is down. They are asked when an object is made, when its spec
changes, and when an annotation of this table is set or changed; never about status, finalizers and deletions.
"""

from dataclasses import dataclass
from typing import Final

from mlregistry_operator.api.group import (
    ADOPT,
    ASSET_KIND,
    ASSET_PLURAL,
    CONFIRM_DELETE,
    FORCE_DETACH,
    GROUP,
    HOSTS,
    RECONCILE_AT,
    REGISTRY_KIND,
    REGISTRY_PLURAL,
    RESYNC_INTERVAL,
)

PLURALS: Final = {REGISTRY_KIND: REGISTRY_PLURAL, ASSET_KIND: ASSET_PLURAL}
NAME: Final = "{name}"  # of the Secret, in a sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretField:
    """A field by which an author has the operator read a Secret of the object's namespace, at `<field>.name`.

    The field is a path of single objects; a list has no place in it.
    """

    id: str
    kind: str
    field: str
    sentence: str = (
        f"you may not get Secret {NAME} yourself, and the operator reads no Secret for somebody who may not;"
        " have somebody write this who may get it, or be given that right by a Role that names the Secret"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Obeyed:
    """An annotation that the operator obeys on a kind, and the verb that its author needs, if any.

    `does` continues "it ...". Where no verb is needed, it says why `patch` is enough.
    """

    kind: str
    annotation: str
    does: str
    verb: str | None = None
    had_by: str = ""

    @property
    def id(self) -> str:
        """The rule's name: that of the annotation, unlike for an asset and a registry."""
        prefix = "asset-" if self.kind == ASSET_KIND else ""
        return f"{prefix}{self.annotation.removeprefix(f'{GROUP}/')}-verb"

    @property
    def field(self) -> str:
        """Where it stands, as rules on annotations say it."""
        return f"metadata.annotations[{self.annotation}]"

    @property
    def sentence(self) -> str:
        """What an author without the verb is told."""
        return (
            f"you do not have the verb {self.verb} on {PLURALS[self.kind]}.{GROUP}, which this annotation"
            f" needs because it {self.does}; have somebody set it who has the verb ({self.had_by} do),"
            " or leave it out"
        )


SECRET_FIELDS: Final = (
    SecretField(id="secret-of-the-author", kind=REGISTRY_KIND, field="spec.azure.credentials.secretRef"),
    SecretField(id="asset-secret-of-the-author", kind=ASSET_KIND, field="spec.source.blob.sasSecretRef"),
    SecretField(
        id="asset-pull-secret-of-the-author", kind=ASSET_KIND, field="spec.source.image.pullSecretRef"
    ),
)

_LEAVES_ALL: Final = "ends a deletion without waiting for anybody and leaves everything in Azure"
_LOOKS: Final = "has the object looked at once more, as every change of it does"
_HOW_OFTEN: Final = "says how often Azure is read, never more often than the operator's settings allow"
_WHERE_TO: Final = "says where the Secret's signature may be sent, for authors who may get the Secret"
_MANAGERS: Final = "registry managers"

OBEYED: Final = (
    Obeyed(
        kind=REGISTRY_KIND,
        annotation=ADOPT,
        verb="adopt",
        does="takes over resources that are in Azure already",
        had_by=_MANAGERS,
    ),
    Obeyed(
        kind=REGISTRY_KIND,
        annotation=CONFIRM_DELETE,
        verb="confirm-delete",
        does="lets a deletion take content that assets left on purpose",
        had_by=_MANAGERS,
    ),
    Obeyed(
        kind=REGISTRY_KIND,
        annotation=FORCE_DETACH,
        verb="force-detach",
        does=_LEAVES_ALL,
        had_by=_MANAGERS,
    ),
    Obeyed(
        kind=ASSET_KIND,
        annotation=FORCE_DETACH,
        verb="force-detach",
        does=_LEAVES_ALL,
        had_by="asset publishers",
    ),
    *(Obeyed(kind=kind, annotation=RECONCILE_AT, does=_LOOKS) for kind in PLURALS),
    *(Obeyed(kind=kind, annotation=RESYNC_INTERVAL, does=_HOW_OFTEN) for kind in PLURALS),
    Obeyed(kind="Secret", annotation=HOSTS, does=_WHERE_TO),
)


def secret_fields_of(kind: str) -> tuple[SecretField, ...]:
    """The fields of a kind that name Secrets."""
    return tuple(one for one in SECRET_FIELDS if one.kind == kind)


def verbs_of(kind: str) -> tuple[Obeyed, ...]:
    """The annotations of a kind that are rights of their own."""
    return tuple(one for one in OBEYED if one.kind == kind and one.verb is not None)
