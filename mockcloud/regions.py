"""Azure's public regions by name, with the names people read and the region each is paired with.

A region without a pair still takes geo-redundant accounts here; the secondary is then the region itself's
geography neighbour in this table's order, since which one it is never matters to a caller.
"""

from __future__ import annotations

from typing import Final

_TABLE: Final = """
eastus|East US|westus
eastus2|East US 2|centralus
southcentralus|South Central US|northcentralus
westus2|West US 2|westcentralus
westus3|West US 3|eastus
australiaeast|Australia East|australiasoutheast
southeastasia|Southeast Asia|eastasia
northeurope|North Europe|westeurope
swedencentral|Sweden Central|swedensouth
uksouth|UK South|ukwest
westeurope|West Europe|northeurope
centralus|Central US|eastus2
southafricanorth|South Africa North|southafricawest
centralindia|Central India|southindia
eastasia|East Asia|southeastasia
indonesiacentral|Indonesia Central|southeastasia
japaneast|Japan East|japanwest
japanwest|Japan West|japaneast
koreacentral|Korea Central|koreasouth
malaysiawest|Malaysia West|southeastasia
newzealandnorth|New Zealand North|australiaeast
canadacentral|Canada Central|canadaeast
austriaeast|Austria East|germanywestcentral
belgiumcentral|Belgium Central|westeurope
francecentral|France Central|francesouth
germanywestcentral|Germany West Central|germanynorth
italynorth|Italy North|westeurope
norwayeast|Norway East|norwaywest
polandcentral|Poland Central|westeurope
spaincentral|Spain Central|francecentral
switzerlandnorth|Switzerland North|switzerlandwest
mexicocentral|Mexico Central|southcentralus
chilecentral|Chile Central|brazilsouth
uaenorth|UAE North|uaecentral
brazilsouth|Brazil South|southcentralus
israelcentral|Israel Central|italynorth
qatarcentral|Qatar Central|uaenorth
northcentralus|North Central US|southcentralus
westus|West US|eastus
westcentralus|West Central US|westus2
southafricawest|South Africa West|southafricanorth
australiacentral|Australia Central|australiacentral2
australiacentral2|Australia Central 2|australiacentral
australiasoutheast|Australia Southeast|australiaeast
koreasouth|Korea South|koreacentral
southindia|South India|centralindia
westindia|West India|southindia
canadaeast|Canada East|canadacentral
francesouth|France South|francecentral
germanynorth|Germany North|germanywestcentral
norwaywest|Norway West|norwayeast
swedensouth|Sweden South|swedencentral
switzerlandwest|Switzerland West|switzerlandnorth
ukwest|UK West|uksouth
uaecentral|UAE Central|uaenorth
brazilsoutheast|Brazil Southeast|brazilsouth
"""

DISPLAY_NAMES: Final[dict[str, str]] = {}
PAIRS: Final[dict[str, str]] = {}
for _row in _TABLE.split("\n"):
    if _row:
        _name, _display, _pair = _row.split("|")
        DISPLAY_NAMES[_name] = _display
        PAIRS[_name] = _pair


def canonical(location: str) -> str:
    """`East US 2` and `EastUS2` are `eastus2`, as Azure reads them; whether it exists is another question."""
    return location.replace(" ", "").lower()


def exists(location: str) -> bool:
    return canonical(location) in DISPLAY_NAMES
