"""Which namespaces a registry opens itself to."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from mlregistry_operator.api.base import ApiModel

LabelKey = Annotated[str, Field(min_length=1, max_length=317)]
LabelValue = Annotated[str, Field(max_length=63)]


class NamespacesFrom(StrEnum):
    """How the namespaces are told."""

    SAME = "Same"
    ALL = "All"
    SELECTOR = "Selector"


class SelectorOperator(StrEnum):
    """How a label relates to the values of a requirement."""

    IN = "In"
    NOT_IN = "NotIn"
    EXISTS = "Exists"
    DOES_NOT_EXIST = "DoesNotExist"


class LabelRequirement(ApiModel):
    """One requirement on one label."""

    key: LabelKey = Field(description="Label that the requirement is about.")
    operator: SelectorOperator = Field(description="How the label relates to the values.")
    values: Annotated[tuple[LabelValue, ...], Field(max_length=64)] = Field(
        default=(),
        description="Values for In and NotIn; none for Exists and DoesNotExist.",
        json_schema_extra={"x-kubernetes-list-type": "set"},
    )

    def matches(self, labels: dict[str, str]) -> bool:
        """Whether these labels meet the requirement, as `metav1.LabelSelector` defines it."""
        match self.operator:
            case SelectorOperator.IN:
                return labels.get(self.key) in self.values
            case SelectorOperator.NOT_IN:
                return labels.get(self.key) not in self.values
            case SelectorOperator.EXISTS:
                return self.key in labels
            case SelectorOperator.DOES_NOT_EXIST:
                return self.key not in labels


class LabelSelector(ApiModel):
    """`metav1.LabelSelector`: every part has to match; an empty one matches everything."""

    match_labels: Annotated[dict[str, LabelValue], Field(max_length=16)] = Field(
        default_factory=dict,
        description="Labels that a namespace must carry with these values.",
    )
    match_expressions: Annotated[tuple[LabelRequirement, ...], Field(max_length=16)] = Field(
        default=(),
        description="Requirements that a namespace's labels must meet.",
        json_schema_extra={"x-kubernetes-list-type": "atomic"},
    )

    def matches(self, labels: dict[str, str]) -> bool:
        """Whether these labels are selected."""
        return self.match_labels.items() <= labels.items() and all(
            requirement.matches(labels) for requirement in self.match_expressions
        )


class AllowedNamespaces(ApiModel):
    """The namespaces that a registry opens itself, or a source, to."""

    from_: NamespacesFrom = Field(
        default=NamespacesFrom.SAME,
        alias="from",
        description="Same: the registry's own namespace. All: every namespace. Selector: those that the"
        " selector matches. Absent means Same.",
    )
    selector: LabelSelector | None = Field(
        default=None,
        description="Labels of the namespaces; only with Selector.",
    )

    def allows(self, namespace: str, labels: dict[str, str], *, home: str) -> bool:
        """Whether a namespace with these labels may hold assets of a registry that lives in `home`."""
        return namespace == home or self.names(namespace, labels, home=home)

    def names(self, namespace: str, labels: dict[str, str], *, home: str) -> bool:
        """Whether a namespace with these labels is among them, `home` only where it is told, too."""
        match self.from_:
            case NamespacesFrom.SAME:
                return namespace == home
            case NamespacesFrom.ALL:
                return True
            case NamespacesFrom.SELECTOR:
                return self.selector is not None and self.selector.matches(labels)
