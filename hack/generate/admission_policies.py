"""The chart's ValidatingAdmissionPolicies: what authors must be allowed, and what the operator may write.

Names and the operator's account are those of the local world; the chart puts its release's in their place.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

import yaml

from mlregistry_operator.api.author_rules import (
    NAME,
    PLURALS,
    Obeyed,
    SecretField,
    secret_fields_of,
    verbs_of,
)
from mlregistry_operator.api.group import ASSET_KIND, GROUP, REGISTRY_KIND, VERSION

ACCOUNT: Final = "system:serviceaccount:mlregistry-system:mlregistry-operator"
LINE: Final = 80
ADMISSION: Final = "admissionregistration.k8s.io"
# Every field of a webhook but clientConfig.caBundle. Source: Kubernetes API, admissionregistration.k8s.io/v1.
WEBHOOK_FIELDS: Final = (
    "name",
    "clientConfig.service",
    "clientConfig.url",
    "rules",
    "failurePolicy",
    "matchPolicy",
    "namespaceSelector",
    "objectSelector",
    "sideEffects",
    "timeoutSeconds",
    "admissionReviewVersions",
    "matchConditions",
)
OWN_OBJECTS: Final = "metadata: the operator's account may change finalizers and nothing else here"
OWN_WEBHOOK: Final = "webhooks: the operator's account may change clientConfig.caBundle and nothing else here"

Manifest = dict[str, Any]


def documents() -> Iterator[Manifest]:
    """Each policy with its binding; the one of the webhook is last, and an installer waits for it."""
    yield from _policy("registry-authors", _authors(REGISTRY_KIND))
    yield from _policy("asset-authors", _authors(ASSET_KIND))
    yield from _policy("own-objects", _own_objects())
    yield from _policy("own-webhook", _own_webhook())


def text() -> str:
    """All of them as one file, long expressions folded."""
    return "---\n".join(
        yaml.dump(one, Dumper=_Folding, sort_keys=False, allow_unicode=True, width=110) for one in documents()
    )


class _Folding(yaml.SafeDumper):
    """Writes what does not fit into a line without quotes and escapes."""


_Folding.add_representer(
    str,
    lambda dumper, plain: dumper.represent_scalar(
        "tag:yaml.org,2002:str", plain, style=">" if len(plain) > LINE else None
    ),
)


def _policy(name: str, spec: Manifest) -> Iterator[Manifest]:
    api, metadata = f"{ADMISSION}/v1", {"name": f"mlregistry-{name}"}
    kind = "ValidatingAdmissionPolicy"
    # Nothing of this stands in the way of status, finalizers or deletions, so that it may fail closed.
    spec = {"failurePolicy": "Fail", **spec}
    yield {"apiVersion": api, "kind": kind, "metadata": metadata, "spec": spec}
    bound = {"policyName": metadata["name"], "validationActions": ["Deny"]}
    yield {"apiVersion": api, "kind": f"{kind}Binding", "metadata": dict(metadata), "spec": bound}


def _authors(kind: str) -> Manifest:
    secrets, verbs = secret_fields_of(kind), verbs_of(kind)
    spec_changes = "request.operation == 'CREATE' || object.?spec != oldObject.?spec"
    return {
        "matchConstraints": _written(GROUP, VERSION, [PLURALS[kind]], "CREATE", "UPDATE"),
        "matchConditions": [
            {
                "name": "something-of-the-author",
                "expression": f"{spec_changes} || {_annotations(verbs)}.exists(a, {_IS_SET})",
            }
        ],
        "variables": [
            {"name": "specChanges", "expression": spec_changes},
            {"name": "annotations", "expression": f"{_annotations(verbs)}.filter(a, {_IS_SET})"},
            *({"name": _variable(one), "expression": _secret_named_at(one)} for one in secrets),
        ],
        "validations": [*map(_may_get, secrets), *map(_has_verb, verbs)],
    }


def _annotations(verbs: Iterable[Obeyed]) -> str:
    return f"[{', '.join(_text(one.annotation) for one in verbs)}]"


_IS_SET: Final = (
    "object.metadata.?annotations[?a].hasValue() && (request.operation == 'CREATE'"
    " || object.metadata.?annotations[?a] != oldObject.metadata.?annotations[?a])"
)


def _may_get(one: SecretField) -> Manifest:
    name = f"variables.{_variable(one)}"
    asked = f"authorizer.group('').resource('secrets').namespace(request.namespace).name({name})"
    before, _, after = f"{one.field}: {one.sentence}".partition(NAME)
    return {
        "expression": f"!variables.specChanges || {name} == '' || {asked}.check('get').allowed()",
        "messageExpression": f"{_text(before)} + {name} + {_text(after)}",
        "reason": "Forbidden",
    }


def _has_verb(one: Obeyed) -> Manifest:
    asked = (
        f"authorizer.group({_text(GROUP)}).resource({_text(PLURALS[one.kind])}).namespace(request.namespace)"
        f".name(object.metadata.?name.orValue('')).check({_text(str(one.verb))}).allowed()"
    )
    return {
        "expression": f"!({_text(one.annotation)} in variables.annotations) || {asked}",
        "message": f"{one.field}: {one.sentence}",
        "reason": "Forbidden",
    }


def _own_objects() -> Manifest:
    kept = ["spec", *(f"metadata.{name}" for name in ("labels", "annotations", "ownerReferences"))]
    return {
        "matchConstraints": _written(GROUP, VERSION, list(PLURALS.values()), "UPDATE"),
        "matchConditions": [_by_the_operator()],
        "validations": [_refused_unless(_same(kept), OWN_OBJECTS)],
    }


def _own_webhook() -> Manifest:
    kept = [f"metadata.{name}" for name in ("labels", "annotations", "ownerReferences", "finalizers")]
    webhooks = "object.?webhooks.orValue([])", "oldObject.?webhooks.orValue([])"
    was_so = f"{webhooks[1]}.exists(old, {_same(WEBHOOK_FIELDS, 'new', 'old')})"  # names are unique
    same = f"size({webhooks[0]}) == size({webhooks[1]}) && {webhooks[0]}.all(new, {was_so})"
    return {
        "matchConstraints": _written(ADMISSION, "v1", ["validatingwebhookconfigurations"], "UPDATE"),
        "matchConditions": [_by_the_operator()],
        "validations": [_refused_unless(f"{_same(kept)} && {same}", OWN_WEBHOOK)],
    }


def _by_the_operator() -> Manifest:
    return {"name": "by-the-operator", "expression": f"request.userInfo.username == {_text(ACCOUNT)}"}


def _refused_unless(expression: str, message: str) -> Manifest:
    return {"expression": expression, "message": message, "reason": "Forbidden"}


def _same(fields: Iterable[str], new: str = "object", old: str = "oldObject") -> str:
    return " && ".join(f"{_optional(new, one)} == {_optional(old, one)}" for one in fields)


def _written(group: str, version: str, resources: list[str], *operations: str) -> Manifest:
    rule = {
        "apiGroups": [group],
        "apiVersions": [version],
        "operations": list(operations),
        "resources": resources,
    }
    return {"matchPolicy": "Equivalent", "resourceRules": [rule]}


def _secret_named_at(one: SecretField) -> str:
    return f"{_optional('object', f'{one.field}.name')}.orValue('')"


def _optional(whole: str, path: str) -> str:
    """CEL for what stands at a path, where anything on the way may be absent."""
    return whole + "".join(f".?{step}" for step in path.split("."))


def _variable(one: SecretField) -> str:
    """A name for the field in CEL: `spec.source.blob.sasSecretRef` is `source_blob_sasSecretRef`."""
    return one.field.removeprefix("spec.").replace(".", "_")


def _text(plain: str) -> str:
    """A text as CEL writes it: as JSON does, in single quotes where that needs no escape."""
    return json.dumps(plain, ensure_ascii=False) if "'" in plain or "\\" in plain else f"'{plain}'"
