"""Edits on which every rule is tried, each with the rules that it breaks.

One table for the API server, which asks CEL, and for the webhook, which asks Python.
"""

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]

GUID = "00000000-0000-0000-0000-000000000000"
OTHER_GUID = "11111111-1111-1111-1111-111111111111"
DIGEST = "sha256:" + "0" * 64
_REGISTRY_ID = (
    f"/subscriptions/{GUID}/resourceGroups/g/providers/Microsoft.ContainerRegistry/registries/images01"
)


@dataclass(frozen=True, slots=True)
class RuleCase:
    """An edit: what stood there (nothing: a create), what is to stand there, and the rules that it breaks."""

    because: str
    new: Body
    old: Body | None = None
    breaks: frozenset[str] = field(default_factory=frozenset)

    def __str__(self) -> str:
        return self.because.replace(" ", "-")


def registry(name: str = "demo", **spec: Any) -> Body:
    """A registry with one region, with fields of the spec replaced; None removes one."""
    return _body(
        "MLRegistry",
        name,
        {
            "location": "eastus",
            "replicationLocations": [{"location": "eastus"}],
            "azure": {"subscriptionId": GUID, "resourceGroup": "ml-registries"},
        },
        spec,
    )


def asset(name: str = "taxi-fare-3", **spec: Any) -> Body:
    """A model from a blob, with fields of the spec replaced; None removes one."""
    return _body(
        "MLAsset",
        name,
        {
            "registryRef": {"name": "demo"},
            "type": "Model",
            "assetName": "taxi-fare",
            "version": "3",
            "source": {"blob": {"url": "https://account.blob.core.windows.net/container/prefix"}},
        },
        spec,
    )


def environment(**spec: Any) -> Body:
    """An environment from an image."""
    source = {"image": {"reference": "mcr.example/azureml/sklearn:1.5"}}
    return asset(**{"type": "Environment", "source": source, "assetName": "sklearn"} | spec)


def pulled(**how: Any) -> Body:
    """The source of an environment: an image, and by whose right it is pulled."""
    return {"image": {"reference": "images01.azurecr.io/base/sklearn:1"} | how}


def _body(kind: str, name: str, base: Body, spec: Body) -> Body:
    merged = {key: value for key, value in (base | spec).items() if value is not None}
    return {
        "apiVersion": "mlregistry.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "default"},
        "spec": deepcopy(merged),
    }


def azure(**fields: Any) -> Body:
    """The block of a registry, with fields replaced; None removes one."""
    merged = {"subscriptionId": GUID, "resourceGroup": "ml-registries"} | fields
    return {key: value for key, value in merged.items() if value is not None}


def regions(*locations: str) -> list[Body]:
    return [{"location": location} for location in locations]


def stored_as(account_type: str | None = None, *, hns: bool | None = None) -> Body:
    """A registry whose only region has this storage configuration; both None is an empty one."""
    config: Body = {}
    if account_type is not None:
        config["storageAccountType"] = account_type
    if hns is not None:
        config["storageAccountHns"] = hns
    return registry(replicationLocations=[{"location": "eastus", "storageConfig": config}])


def fine(because: str, new: Body, old: Body | None = None) -> RuleCase:
    return RuleCase(because, new, old)


def broken(rules: str, because: str, new: Body, old: Body | None = None) -> RuleCase:
    return RuleCase(because, new, old, frozenset(rules.split()))


NAMES = [
    fine("two characters are enough for a name", registry(registryName="ab")),
    fine("thirty two characters are allowed", registry(registryName="a" * 32)),
    fine("a name may hold upper case, digits, underscore and hyphen", registry(registryName="9Demo_R-1")),
    fine("an object name of 32 characters serves", registry("a" * 32)),
    fine("a dotted object name does not matter beside a registryName", registry("a.b", registryName="ab")),
    broken("registry-name-form", "one character is too short", registry(registryName="a")),
    broken("registry-name-form", "thirty three characters are too long", registry(registryName="a" * 33)),
    broken("registry-name-form", "a name cannot start with an underscore", registry(registryName="_ab")),
    broken("registry-name-form", "a name cannot start with a hyphen", registry(registryName="-ab")),
    broken("registry-name-form", "a name cannot hold a space", registry(registryName="Demo Registry")),
    broken("registry-name-form", "a name cannot hold a dot", registry(registryName="demo.registry")),
    broken(
        "registry-name-form", "a line break at the end is no part of a name", registry(registryName="ab\n")
    ),
    broken("registry-name-from-object", "an object name with a dot cannot serve", registry("a.b")),
    broken("registry-name-from-object", "an object name of 33 characters cannot serve", registry("a" * 33)),
    broken("registry-name-from-object", "an object name of one character cannot serve", registry("a")),
    fine(
        "an unchanged name passes", registry(registryName="Demo", suspend=True), registry(registryName="Demo")
    ),
    broken("registry-name-fixed", "a name cannot be set later", registry(registryName="demo"), registry()),
    broken("registry-name-fixed", "a name cannot be unset", registry(), registry(registryName="demo")),
    broken(
        "registry-name-fixed",
        "a name cannot change",
        registry(registryName="Demo2"),
        registry(registryName="Demo1"),
    ),
]

REGIONS = [
    fine("regions are spelled short", registry(replicationLocations=regions("eastus", "westus3"))),
    broken(
        "primary-form region-form",
        "a display name is no region",
        registry(location="East US", replicationLocations=regions("East US")),
    ),
    broken(
        "region-form", "upper case is no region", registry(replicationLocations=regions("eastus", "WestUS"))
    ),
    broken(
        "primary-listed", "the primary has to be listed", registry(replicationLocations=regions("westus"))
    ),
    broken(
        "primary-listed",
        "the primary cannot be removed",
        registry(replicationLocations=regions("westus")),
        registry(replicationLocations=regions("eastus", "westus")),
    ),
    broken(
        "primary-fixed",
        "the primary cannot move to another listed region",
        registry(location="westus", replicationLocations=regions("eastus", "westus")),
        registry(replicationLocations=regions("eastus", "westus")),
    ),
    broken(
        "primary-fixed primary-listed",
        "a primary that moves without being listed breaks two rules",
        registry(location="westus"),
        registry(),
    ),
    fine(
        "regions come and go and change places",
        registry(replicationLocations=regions("westus", "eastus")),
        registry(replicationLocations=regions("eastus", "eastus2", "northeurope")),
    ),
]

AZURE = [
    fine("a group's name may hold these", registry(azure=azure(resourceGroup="a_(b)-c.d1"))),
    fine("a group's name may hold letters of any script", registry(azure=azure(resourceGroup="größe-群"))),
    broken(
        "resource-group-form", "a group's name ends without dot", registry(azure=azure(resourceGroup="ab."))
    ),
    broken(
        "resource-group-form",
        "an id is no group's name",
        registry(azure=azure(resourceGroup="/subscriptions/x")),
    ),
    broken(
        "subscription-form",
        "a subscription is named by its id",
        registry(azure=azure(subscriptionId="Pay-as-you-go")),
    ),
    broken(
        "subscription-form",
        "an ARM id is no subscription's id",
        registry(azure=azure(subscriptionId=f"/subscriptions/{GUID}")),
    ),
    broken(
        "subscription-fixed",
        "the subscription cannot change",
        registry(azure=azure(subscriptionId=OTHER_GUID)),
        registry(),
    ),
    broken(
        "resource-group-fixed",
        "the group cannot change",
        registry(azure=azure(resourceGroup="other")),
        registry(),
    ),
    fine(
        "credentials may come, and the group may be made",
        registry(azure=azure(credentials={"secretRef": {"name": "sp"}}, createResourceGroup=True)),
        registry(),
    ),
    broken("one-credential", "credentials without a kind say nothing", registry(azure=azure(credentials={}))),
    broken(
        "one-credential",
        "two kinds of credentials are one too many",
        registry(
            azure=azure(
                credentials={
                    "secretRef": {"name": "sp"},
                    "workloadIdentity": {"clientId": GUID, "tenantId": GUID},
                }
            )
        ),
    ),
    broken(
        "client-form tenant-form",
        "identities are named by GUIDs",
        registry(
            azure=azure(credentials={"workloadIdentity": {"clientId": "me", "tenantId": "contoso.com"}})
        ),
    ),
    fine(
        "a workload identity has two GUIDs",
        registry(azure=azure(credentials={"workloadIdentity": {"clientId": GUID, "tenantId": OTHER_GUID}})),
    ),
    fine(
        "a principal may have two roles",
        registry(
            access=[
                {"principalId": GUID, "principalType": "Group", "role": "AssetUser"},
                {"principalId": GUID, "principalType": "Group", "role": "RegistryManager"},
            ]
        ),
    ),
    *(
        broken("subscription-form", f"an id {how}", registry(azure=azure(subscriptionId=spelt)))
        for how, spelt in (
            ("in braces", f"{{{GUID}}}"),
            ("without hyphens", GUID.replace("-", "")),
            ("with a space behind it", f"{GUID} "),
            ("as a path", f"/subscriptions/{GUID}"),
        )
    ),
    fine(
        "a GUID may be in upper case",
        registry(azure=azure(subscriptionId="ABCDEF00-0000-4000-8000-000000000000")),
    ),
    broken(
        "principal-form",
        "a principal is named by its object id",
        registry(access=[{"principalId": "team-a", "principalType": "Group", "role": "AssetUser"}]),
    ),
]

TAGS = [
    fine("forty tags are allowed", registry(tags={f"t{number}": "" for number in range(40)})),
    fine("mlregistry without the hyphen is free", registry(tags={"mlregistry": "x"})),
    fine("a tag's name may have 128 characters", registry(tags={"a" * 128: "x"})),
    broken("tag-name-length", "a tag's name cannot have 129 characters", registry(tags={"a" * 129: "x"})),
    broken("tag-name-length", "a tag has a name", registry(tags={"": "x"})),
    *(
        broken("tag-reserved", f"{name} is Azure's", registry(tags={name: "x"}))
        for name in ("azure", "azure-env", "Microsoft.team", "WINDOWS", "windows10")
    ),
    fine("a tag's name may have Azure's word in it", registry(tags={"my-azure": "x", "az": "y"})),
    broken("tag-prefix", "the prefix is the operator's", registry(tags={"mlregistry-owner": "me"})),
    broken("tag-prefix", "the prefix is the operator's in capitals", registry(tags={"MLREGISTRY-x": "me"})),
]

STORAGE = [
    fine("saying the default changes nothing", stored_as("Standard_LRS", hns=False), registry()),
    fine("an empty configuration is the default", stored_as(), registry()),
    fine("leaving the default out changes nothing", registry(), stored_as("Standard_LRS", hns=False)),
    fine("a redundancy that Azure changes in place", stored_as("Standard_RAGRS"), registry()),
    fine("zone redundancy keeps to itself", stored_as("Standard_RAGZRS"), stored_as("Standard_ZRS")),
    fine("premium accounts may have a namespace", stored_as("Premium_ZRS", hns=True)),
    fine(
        "a region that comes brings its own settings",
        registry(
            replicationLocations=[
                {"location": "eastus"},
                {"location": "westus", "storageConfig": {"storageAccountType": "Premium_ZRS"}},
            ]
        ),
        registry(),
    ),
    fine(
        "regions that change places are not mixed up",
        registry(
            replicationLocations=[
                {"location": "westus", "storageConfig": {"storageAccountHns": True}},
                {"location": "eastus"},
            ]
        ),
        registry(
            replicationLocations=[
                {"location": "eastus"},
                {"location": "westus", "storageConfig": {"storageAccountHns": True}},
            ]
        ),
    ),
    broken("hns-fixed", "a namespace cannot be added", stored_as(hns=True), registry()),
    broken("hns-fixed", "a namespace cannot be left out", registry(), stored_as(hns=True)),
    broken("hns-fixed", "a namespace cannot be taken", stored_as(hns=False), stored_as(hns=True)),
    broken("performance-tier-fixed", "standard cannot become premium", stored_as("Premium_LRS"), registry()),
    broken(
        "performance-tier-fixed", "premium cannot become the default", registry(), stored_as("Premium_LRS")
    ),
    broken("zone-redundancy-fixed", "zones cannot be added", stored_as("Standard_ZRS"), registry()),
    broken(
        "zone-redundancy-fixed",
        "zones cannot be taken",
        stored_as("Standard_GRS"),
        stored_as("Standard_GZRS"),
    ),
    broken(
        "performance-tier-fixed zone-redundancy-fixed hns-fixed",
        "everything at once is told at once",
        stored_as("Premium_ZRS", hns=True),
        registry(),
    ),
]

RETENTION = [
    fine("retention may come", registry(immutability={"retentionDays": 1}), registry()),
    fine(
        "retention may grow",
        registry(immutability={"retentionDays": 31}),
        registry(immutability={"retentionDays": 30}),
    ),
    broken(
        "retention-only-grows",
        "retention cannot shrink",
        registry(immutability={"retentionDays": 29}),
        registry(immutability={"retentionDays": 30}),
    ),
    broken(
        "retention-only-grows",
        "retention cannot go",
        registry(),
        registry(immutability={"retentionDays": 30}),
    ),
]


def allowing(source: str | None, selector: Body | None = None) -> Body:
    """A registry with these allowed namespaces."""
    allowed: Body = {} if source is None else {"from": source}
    return registry(allowedNamespaces=allowed | ({} if selector is None else {"selector": selector}))


def requiring(operator: str, *values: str) -> Body:
    """A registry whose selector has one requirement."""
    requirement: Body = {"key": "team", "operator": operator} | ({"values": list(values)} if values else {})
    return allowing("Selector", {"matchExpressions": [requirement]})


NAMESPACES = [
    fine("every namespace may be allowed", allowing("All")),
    fine("nothing said is the own namespace", allowing(None)),
    fine("a selector comes with Selector", allowing("Selector", {"matchLabels": {"team": "a"}})),
    fine("an empty selector selects all", allowing("Selector", {})),
    broken("selector-only-when-asked", "Selector needs a selector", allowing("Selector")),
    broken("selector-only-when-asked", "a selector beside All is a mistake", allowing("All", {})),
    broken("selector-only-when-asked", "a selector alone is a mistake", allowing(None, {})),
    broken(
        "label-name-length",
        "a label's name is bounded",
        allowing("Selector", {"matchLabels": {"a" * 318: "x"}}),
    ),
    fine("In has values", requiring("In", "a")),
    fine("Exists has none", requiring("Exists")),
    broken("selector-values", "NotIn without values says nothing", requiring("NotIn")),
    broken("selector-values", "Exists with values contradicts itself", requiring("DoesNotExist", "a")),
]


def sourced(url: str, **fields: Any) -> Body:
    """A registry with one allowed source."""
    return registry(allowedSources=[{"url": url, **fields}])


_FOLDER = "https://team.blob.core.windows.net/models/"
ALLOWED_SOURCES = [
    fine("a folder of an account", sourced(_FOLDER)),
    fine("an account in a path", sourced("https://127.0.0.1:18443/teamaccount/")),
    fine("a registry of images", sourced("https://mcr.microsoft.com/azureml/", namespaces={"from": "All"})),
    fine("nothing at all may be read", registry(allowedSources=[])),
    broken("source-url-form", "it could end within a name", sourced("https://a.example/models")),
    broken("source-url-form", "content travels by HTTPS", sourced("http://a.example/models/")),
    broken("source-url-form", "it climbs", sourced("https://a.example/models/../other/")),
    broken("source-url-form", "it stays where it is", sourced("https://a.example/./models/")),
    broken("source-url-form", "an escape is read in two ways", sourced("https://a.example/mod%65ls/")),
    broken("source-url-form", "an empty part is no border", sourced("https://a.example//models/")),
    broken("source-url-form", "a signature is a secret", sourced("https://a.example/models/?sig=x/")),
    broken("source-url-form", "nobody is named in it", sourced("https://me@a.example/models/")),
    broken(
        "source-selector-only-when-asked",
        "who is selected?",
        sourced(_FOLDER, namespaces={"from": "Selector"}),
    ),
    broken(
        "source-label-name-length",
        "a label's name is bounded here too",
        sourced(_FOLDER, namespaces={"from": "Selector", "selector": {"matchLabels": {"a" * 318: "x"}}}),
    ),
    broken(
        "source-selector-values",
        "In without values says nothing here either",
        sourced(
            _FOLDER,
            namespaces={
                "from": "Selector",
                "selector": {"matchExpressions": [{"key": "team", "operator": "In"}]},
            },
        ),
    ),
]


def source(**kinds: Any) -> Body:
    """A model with this source."""
    return asset(source=kinds)


ORIGIN = {"registryRef": {"name": "dev"}, "assetName": "taxi-fare", "version": "3"}


def promoted(**fields: Any) -> Body:
    """A model that comes from another registry."""
    return asset(source={"asset": ORIGIN | fields})


ASSETS = [
    fine("a name of one character", asset(assetName="a", version="1")),
    fine("a name may hold all of its alphabet", asset(assetName="Taxi_fare-2.x", version="1.0.0-rc_1")),
    broken("asset-name-form", "a name ends with a letter or digit", asset(assetName="taxi-")),
    broken("asset-name-form", "a name is no path", asset(assetName="taxi/fare")),
    broken("asset-version-form", "a version is no path", asset(version="../1")),
    broken("asset-version-form", "a version starts with a letter or digit", asset(version=".1")),
    fine("an environment names a repository", environment(assetName="Sk-learn__1.5")),
    broken(
        "environment-name-form", "a repository has no two dots in a row", environment(assetName="sklearn..1")
    ),
    fine("only a repository is so particular", asset(assetName="taxi..fare")),
    fine("a digest may be pinned", asset(digest=DIGEST)),
    broken("digest-form", "a digest says its algorithm", asset(digest="0" * 64)),
    broken("digest-form", "a digest is in lower case", asset(digest="sha256:" + "A" * 64)),
    fine("a tag's name may have 128 characters here", asset(tags={"a" * 128: "x"})),
    broken("asset-tag-name-length", "a tag has a bounded name here too", asset(tags={"a" * 129: "x"})),
]

SOURCES = [
    broken("one-source", "a version comes from somewhere", source()),
    broken(
        "one-source",
        "a version does not come from two places",
        source(blob={"url": "https://a/b"}, inline="a: b"),
    ),
    fine("an inline document", source(inline="a: b")),
    fine("a document of exactly 64 KiB", source(inline="x" * 65536)),
    broken("inline-size", "a document is measured in bytes", source(inline="é" * 40000)),
    fine("a container alone", source(blob={"url": "https://127.0.0.1:18443/teamaccount/c"})),
    broken("blob-url-without-query", "a SAS is a secret", source(blob={"url": "https://a/b?sv=1&sig=x"})),
    broken("blob-url-form", "plain http is not read", source(blob={"url": "http://a/b"})),
    broken(
        "blob-url-form", "an account alone has no content", source(blob={"url": "https://account.blob.host/"})
    ),
    broken("blob-url-form", "a URL carries no user", source(blob={"url": "https://me@a/b"})),
    broken("blob-url-form", "a fragment is not read", source(blob={"url": "https://a/b#c"})),
    broken("blob-url-form", "a bracket that is not closed", source(blob={"url": "https://[::1/c/b"})),
    broken("blob-url-form", "no account has an IPv6 address", source(blob={"url": "https://[::1]/c/b"})),
    broken("blob-url-form", "a full-width slash in a host", source(blob={"url": "https://a\uff0fb/c/d"})),
    broken("blob-url-form", "a host that is no ASCII", source(blob={"url": "https://\u212a.blob.host/c"})),
    broken("blob-url-form", "a port beyond the last", source(blob={"url": "https://a.blob.host:65536/c"})),
    broken("blob-url-form", "a host with an empty label", source(blob={"url": "https://a..host/c"})),
    broken("blob-url-form", "a label that is too long", source(blob={"url": f"https://{'a' * 64}.host/c"})),
    broken("blob-url-form", "a port without a number", source(blob={"url": "https://a.blob.host:/c"})),
    broken("blob-url-form", "a backslash is a slash to some", source(blob={"url": "https://a/c\\d"})),
    broken("blob-url-form", "a line break is nothing to some", source(blob={"url": "https://a/c/\nd"})),
    broken(
        "blob-url-lake", "a lake's own address", source(blob={"url": "https://a.dfs.core.windows.net/c/p"})
    ),
    broken("blob-url-lake", "in any case", source(blob={"url": "https://A.DFS.core.windows.net/C/P"})),
    broken("blob-url-lake", "a zone's", source(blob={"url": "https://a.z20.dfs.storage.azure.net/c"})),
    broken("blob-url-lake", "a lake alone", source(blob={"url": "https://a.dfs.core.windows.net"})),
    fine("a part of a path may be called so", source(blob={"url": "https://a.blob.host/c/x.dfs.y"})),
    broken(
        "blob-url-hadoop",
        "what Spark writes",
        source(blob={"url": "abfss://c@a.dfs.core.windows.net/p/q"}),
    ),
    broken(
        "blob-url-hadoop", "what Hadoop wrote", source(blob={"url": "wasbs://c@a.blob.core.windows.net/p"})
    ),
    broken("blob-url-hadoop", "a container alone", source(blob={"url": "wasb://c@A.blob.core.windows.net"})),
    broken("blob-url-hadoop", "without an account", source(blob={"url": "abfs://c/p"})),
    broken("blob-url-hadoop", "with two", source(blob={"url": "abfs://c@a@b/p"})),
    broken(
        "blob-url-azureml",
        "a datastore of a workspace",
        source(blob={"url": "azureml://subscriptions/s/workspaces/w/datastores/d/paths/rides/1.csv"}),
    ),
    broken("blob-url-azureml", "another datastore", source(blob={"url": "azureml://datastores/d"})),
    broken("blob-url-azureml", "a version", source(blob={"url": "azureml:taxi-rides:7"})),
    broken("blob-url-form", "another cloud's address", source(blob={"url": "s3://bucket/key"})),
    broken("blob-url-without-query", "no address is a secret", source(blob={"url": "abfss://c@a/p?sig=x"})),
    fine("the last port", source(blob={"url": "https://a.blob.host:65535/c"})),
    fine("a path in any script", source(blob={"url": "https://a.blob.host/c/\u5b57"})),
    fine("a name may begin with a dot", source(blob={"url": "https://a/b/.git/...x"})),
    broken("blob-url-plain", "a client goes up there", source(blob={"url": "https://a/b/c/../d"})),
    broken("blob-url-plain", "an escape hides nothing", source(blob={"url": "https://a/b/c%2F%2e%2E"})),
    broken("blob-url-plain", "a single dot is taken away", source(blob={"url": "https://a/b/./d"})),
    fine("an image by digest", environment(source={"image": {"reference": f"mcr.example/a/b@{DIGEST}"}})),
    fine("an image on a port", environment(source={"image": {"reference": "localhost:5000/a:1"}})),
    broken("image-form", "an image has a host", environment(source={"image": {"reference": "python:3.11"}})),
    broken(
        "image-form",
        "an image is no URL",
        environment(source={"image": {"reference": "https://mcr.example/a"}}),
    ),
    fine(
        "one, two or many signs",
        environment(source={"image": {"reference": "mcr.example/a_b/c__d/e---f.g:1"}}),
    ),
    *(
        broken(
            "image-form",
            "a path that leads elsewhere names another image than it shows",
            environment(source={"image": {"reference": f"mcr.example/{path}:1"}}),
        )
        for path in ("training/../hidden/a", "training/./a", "training//a", "training/..", "a/b..c", "a/-b")
    ),
    fine("an image of a private registry by its id", environment(source=pulled(registryId=_REGISTRY_ID))),
    fine(
        "an id in another case",
        environment(source=pulled(registryId=_REGISTRY_ID.replace("resourceGroups", "resourcegroups"))),
    ),
    fine("an image with credentials", environment(source=pulled(pullSecretRef={"name": "ghcr"}))),
    broken(
        "image-one-right",
        "it is pulled in one way",
        environment(source=pulled(registryId=_REGISTRY_ID, pullSecretRef={"name": "ghcr"})),
    ),
    broken(
        "image-registry-id",
        "an account holds no images",
        environment(
            source=pulled(
                registryId=f"/subscriptions/{GUID}/resourceGroups/g"
                "/providers/Microsoft.Storage/storageAccounts/images01"
            )
        ),
    ),
    broken(
        "image-registry-id",
        "a replication is no registry",
        environment(source=pulled(registryId=f"{_REGISTRY_ID}/replications/westus")),
    ),
    broken(
        "image-registry-id",
        "a login server is no id",
        environment(source=pulled(registryId="images01.azurecr.io")),
    ),
    broken(
        "image-lower-case",
        "repositories are in lower case",
        environment(source={"image": {"reference": "ghcr.example/Team/svc:1"}}),
    ),
    broken(
        "image-lower-case",
        "the last part of a repository, too",
        environment(source={"image": {"reference": f"ghcr.example:444/team/Svc@{DIGEST}"}}),
    ),
    fine("a host and a tag in any case", environment(source={"image": {"reference": "GHCR.example/a:V1"}})),
    broken(
        "image-digest",
        "Azure has digests of one algorithm",
        environment(source={"image": {"reference": "ghcr.example/team/svc@sha512:" + "0" * 128}}),
    ),
    broken(
        "image-digest",
        "a digest is whole",
        environment(source={"image": {"reference": "ghcr.example/team/svc:1@sha256:00"}}),
    ),
    broken(
        "image-digest",
        "a digest is in lower case",
        environment(source={"image": {"reference": "ghcr.example/svc@sha256:" + "A" * 64}}),
    ),
    broken(
        "image-only-for-environments",
        "a model is no image",
        source(image={"reference": "mcr.example/a/b:1"}),
    ),
    fine("a promotion", promoted(digest=DIGEST)),
    fine("a rename in the same registry", promoted(registryRef={"name": "demo"}, assetName="old-name")),
    broken(
        "rewrite-only-for-components",
        "a model refers to nothing in its text",
        promoted(rewriteReferences=True),
    ),
    fine("a text that stays as it is", promoted(rewriteReferences=False)),
    fine(
        "a component written for its registry",
        asset(type="Component", source={"asset": {**ORIGIN, "rewriteReferences": True}}),
    ),
    broken("source-asset-name-form", "the source has a proper name", promoted(assetName="a/b")),
    broken("source-asset-version-form", "the source has a proper version", promoted(version="@latest")),
    broken("source-asset-digest-form", "the source has a proper digest", promoted(digest="latest")),
    broken("source-is-another", "a version is not its own source", promoted(registryRef={"name": "demo"})),
    broken(
        "source-is-another",
        "names are compared without case",
        promoted(registryRef={"name": "demo"}, assetName="Taxi-Fare"),
    ),
    fine(
        "the same name in another namespace is another registry",
        promoted(registryRef={"name": "demo", "namespace": "elsewhere"}),
    ),
]

BLOCKS = [
    fine("a model's block", asset(model={"format": "MLflow", "flavors": [{"name": "sklearn"}]})),
    broken("model-block", "data is no model", asset(type="Data", model={"format": "Custom"})),
    broken("environment-block", "a model is no environment", asset(environment={"osType": "Linux"})),
    broken("component-block", "a model is no component", asset(component={})),
    broken("data-block", "a model is no data", asset(data={"format": "UriFile"})),
    fine("a component's block", asset(type="Component", component={})),
    fine("a data set's block", asset(type="Data", data={"format": "MLTable"})),
    fine("an environment's block", environment(environment={"osType": "Linux"})),
    broken(
        "flavor-property-length",
        "a flavor's property has a bounded name",
        asset(model={"format": "MLflow", "flavors": [{"name": "f", "properties": {"a" * 64: "x"}}]}),
    ),
    broken(
        "environment-ref-name-form environment-ref-version-form",
        "a component's environment is pinned",
        asset(
            type="Component", component={"environmentRef": {"assetName": "sk/learn", "version": "@latest"}}
        ),
    ),
    fine(
        "a component's environment by name and version",
        asset(type="Component", component={"environmentRef": {"assetName": "sklearn", "version": "12"}}),
    ),
]


def needing(*references: tuple[str, str, str]) -> Body:
    """A model that needs these."""
    listed = [{"type": kind, "assetName": name, "version": version} for kind, name, version in references]
    return asset(references=listed)


REFERENCES = [
    fine("a model may need an environment", needing(("Environment", "sklearn", "12"))),
    fine("a model may need its former version", needing(("Model", "taxi-fare", "2"))),
    broken("reference-name-form", "what is needed has a proper name", needing(("Model", "a/b", "1"))),
    broken("reference-version-form", "what is needed is pinned", needing(("Model", "a", "@latest"))),
    broken("references-are-others", "nothing needs itself", needing(("Model", "Taxi-Fare", "3"))),
]

IMMUTABLE_ASSETS = [
    fine(
        "words, policies and switches may change",
        asset(
            description="new",
            tags={"stage": "production"},
            archived=True,
            suspend=True,
            deletionPolicy="Delete",
            digest=DIGEST,
        ),
        asset(digest=DIGEST, tags={"stage": "candidate"}),
    ),
    fine(
        "references may change places",
        needing(("Model", "b", "1"), ("Model", "a", "1")),
        needing(("Model", "a", "1"), ("Model", "b", "1")),
    ),
    broken("asset-registryref-fixed", "the registry stays", asset(registryRef={"name": "prod"}), asset()),
    broken(
        "asset-registryref-fixed",
        "the registry's namespace cannot be added",
        asset(registryRef={"name": "demo", "namespace": "default"}),
        asset(),
    ),
    broken("asset-type-fixed", "the type stays", asset(type="Data"), asset()),
    broken("asset-assetname-fixed", "the name stays", asset(assetName="other"), asset()),
    broken("asset-version-fixed", "the version stays", asset(version="4"), asset()),
    broken("asset-source-fixed", "the source stays", source(inline="a: b"), asset()),
    broken("asset-digest-fixed", "a pin cannot be set later", asset(digest=DIGEST), asset()),
    broken("asset-digest-fixed", "a pin cannot be removed", asset(), asset(digest=DIGEST)),
    broken(
        "asset-model-fixed",
        "a format stays",
        asset(model={"format": "MLflow"}),
        asset(model={"format": "Custom"}),
    ),
    broken("asset-model-fixed", "a block cannot be added", asset(model={"format": "MLflow"}), asset()),
    broken(
        "asset-environment-fixed",
        "an environment's block cannot be added",
        environment(environment={"osType": "Linux"}),
        environment(),
    ),
    broken(
        "asset-component-fixed",
        "a component's block cannot be removed",
        asset(type="Component"),
        asset(type="Component", component={}),
    ),
    broken(
        "asset-data-fixed",
        "a data set's format stays",
        asset(type="Data", data={"format": "UriFile"}),
        asset(type="Data", data={"format": "UriFolder"}),
    ),
    broken(
        "asset-references-fixed",
        "what is needed stays",
        needing(("Model", "a", "1")),
        needing(("Model", "a", "1"), ("Model", "b", "1")),
    ),
    broken("asset-references-fixed", "an empty list counts as said", asset(references=[]), asset()),
    broken(
        "asset-lineage-fixed",
        "lineage stays",
        asset(lineage={"jobName": "a", "workspace": "w"}),
        asset(lineage={"jobName": "a"}),
    ),
]

CASES = [
    *NAMES,
    *REGIONS,
    *AZURE,
    *TAGS,
    *STORAGE,
    *RETENTION,
    *NAMESPACES,
    *ALLOWED_SOURCES,
    *ASSETS,
    *SOURCES,
    *BLOCKS,
    *REFERENCES,
    *IMMUTABLE_ASSETS,
]


def labels(key: str, value: str, count: int = 1) -> Body:
    """A registry for namespaces that carry, or do not carry, many labels."""
    return allowing(
        "Selector",
        {
            "matchLabels": {f"{key}-{number}": value for number in range(count)},
            "matchExpressions": [{"key": key, "operator": "In", "values": [value]} for _ in range(count)],
        },
    )


def flavors(count: int, text: str, properties: int) -> Body:
    """A model's block with flavors that say much."""
    said = {f"key-{number}": text for number in range(properties)}
    return {
        "format": "MLflow",
        "flavors": [{"name": f"f{number}", "properties": said} for number in range(count)],
    }


def sources(count: int, length: int, labels: int) -> list[Body]:
    """Sources with URLs of that length, and so many labels and requirements that select namespaces."""
    selector = {
        "matchLabels": {f"label-{number}": "value" for number in range(labels)},
        "matchExpressions": [
            {"key": f"key-{number}", "operator": "In", "values": ["a", "b"]} for number in range(labels)
        ],
    }
    selected = {"namespaces": {"from": "Selector", "selector": selector}} if labels else {}
    return [
        {"url": f"https://a{number}.blob.core.windows.net/c".ljust(length - 1, "x") + "/", **selected}
        for number in range(count)
    ]


def routes(path: str) -> Body:
    """An environment's block with this path three times."""
    route = {"path": path, "port": 8080}
    names = ("livenessRoute", "readinessRoute", "scoringRoute")
    return {"osType": "Linux", "inferenceConfig": dict.fromkeys(names, route)}


def needs(count: int, length: int) -> list[Body]:
    """References to so many versions with names of that length."""
    return [{"type": "Data", "assetName": f"a{n}".ljust(length, "x"), "version": "1"} for n in range(count)]


LINEAGE = ("workspace", "jobName", "experiment", "gitCommit", "dataset", "createdBy")
FOUR = "\U00010348"  # a character that takes four bytes, and counts as one
LARGE = [
    fine("forty tags in ASCII fit", registry(tags={f"{n:03}" + "t" * 125: "v" * 256 for n in range(40)})),
    broken(
        "registry-tags-size",
        "tags are measured in bytes, names too",
        registry(tags={f"{n:03}" + "é" * 97: "v" * 256 for n in range(40)}),
    ),
    broken(
        "registry-description-size", "a description is measured in bytes", registry(description=FOUR * 1537)
    ),
    fine("a description in four-byte characters", registry(description=FOUR * 1536)),
    broken("selector-size", "labels are bounded together", labels("a" * 200, "v" * 60, 16)),
    fine("a dozen labels", labels("a" * 60, "v" * 60, 12)),
    fine("thirty-two sources with short selectors", registry(allowedSources=sources(32, 100, 1))),
    fine("a few sources with many labels", registry(allowedSources=sources(4, 100, 8))),
    broken("sources-size", "sources are bounded together", registry(allowedSources=sources(32, 600, 0))),
    broken("sources-size", "what selects namespaces counts too", registry(allowedSources=sources(32, 40, 4))),
    fine("forty tags of a version fit", asset(tags={f"{n:03}" + "t" * 125: "v" * 256 for n in range(40)})),
    broken(
        "asset-tags-size", "values are measured in bytes", asset(tags={str(n): FOUR * 256 for n in range(20)})
    ),
    broken("asset-description-size", "so is a version's description", asset(description=FOUR * 1537)),
    broken(
        "blob-url-size",
        "a URL is measured in bytes",
        source(blob={"url": "https://account.blob.host/c/" + FOUR * 600}),
    ),
    fine("flavors with some properties", asset(model=flavors(8, "p" * 100, 6))),
    broken("flavors-size", "flavors are bounded together", asset(model=flavors(16, "p" * 1000, 1))),
    fine("three routes in ASCII", environment(environment=routes("/" + "r" * 1023))),
    broken("routes-size", "routes are measured in bytes", environment(environment=routes("/" + "é" * 600))),
    fine("references with names of a hundred characters", asset(references=needs(64, 100))),
    broken("references-size", "references are bounded together", asset(references=needs(64, 200))),
    fine("lineage in ASCII fits", asset(lineage=dict.fromkeys(LINEAGE, "l" * 1024))),
    broken("lineage-size", "lineage is measured in bytes", asset(lineage=dict.fromkeys(LINEAGE, "é" * 520))),
]
CASES += LARGE
