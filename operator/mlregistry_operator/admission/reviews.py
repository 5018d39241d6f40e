"""The conversation of `admission.k8s.io/v1` as far as the webhook takes part in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from mlregistry_operator.api.rule import FieldReason

Json = dict[str, Any]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True, extra="ignore")


class KindName(_Wire):
    """`metav1.GroupVersionKind`."""

    group: str = ""
    version: str = ""
    kind: str = ""


class AdmissionRequest(_Wire):
    """What is to be judged. Objects are kept as they came: a model is made of them only to be judged."""

    uid: str = Field(max_length=128)
    kind: KindName
    operation: str
    sub_resource: str = ""
    name: str = ""
    namespace: str = ""
    object: Json | None = None
    old_object: Json | None = None


class AdmissionReview(_Wire):
    """The envelope that the API server posts."""

    api_version: Literal["admission.k8s.io/v1"]
    kind: Literal["AdmissionReview"]
    request: AdmissionRequest


@dataclass(frozen=True, slots=True)
class Refusal:
    """One field that cannot pass, in the words that the API server uses for its own refusals."""

    field: str
    reason: FieldReason
    sentence: str

    def __str__(self) -> str:
        """The line that kubectl prints, for us as for a CEL rule."""
        return f"{self.field}: {self.told}"

    @property
    def told(self) -> str:
        return f"{SPOKEN[self.reason]}: {self.sentence}"

    def as_cause(self) -> Json:
        return {"reason": str(self.reason), "field": self.field, "message": self.told}


SPOKEN = {
    FieldReason.INVALID: "Invalid value",
    FieldReason.FORBIDDEN: "Forbidden",
    FieldReason.REQUIRED: "Required value",
}


def allowed(uid: str, warnings: Iterable[str] = ()) -> Json:
    """The edit may pass."""
    return _envelope({"uid": uid, "allowed": True} | _spoken(warnings))


def refused(request: AdmissionRequest, refusals: tuple[Refusal, ...], warnings: Iterable[str] = ()) -> Json:
    """The edit may not pass; every reason is named, not only the first."""
    lines = [str(refusal) for refusal in refusals]
    status = {
        "code": 422,
        "reason": "Invalid",
        "message": lines[0]
        if len(lines) == 1
        else "\n* ".join([f"{len(lines)} fields are refused:", *lines]),
        "details": {
            "group": request.kind.group,
            "kind": request.kind.kind,
            "name": request.name,
            "causes": [refusal.as_cause() for refusal in refusals],
        },
    }
    return _envelope({"uid": request.uid, "allowed": False, "status": status} | _spoken(warnings))


def unanswerable(code: int, reason: str, message: str) -> Json:
    """There is no verdict, because the question could not be read or judged."""
    status = {"code": code, "reason": reason, "message": message}
    return _envelope({"uid": "", "allowed": False, "status": status})


def _spoken(warnings: Iterable[str]) -> Json:
    spoken = list(warnings)
    return {"warnings": spoken} if spoken else {}


def _envelope(response: Json) -> Json:
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}
