"""Azure's regions as far as this version knows them: new ones appear, so not being here only earns a warning.

Source: Azure, list of regions, and its sovereign clouds.
"""

from typing import Final

KNOWN_REGIONS: Final = frozenset(
    """
    eastus eastus2 centralus northcentralus southcentralus westcentralus westus westus2 westus3
    canadacentral canadaeast mexicocentral brazilsouth brazilsoutheast chilecentral
    northeurope westeurope francecentral francesouth germanywestcentral germanynorth italynorth
    norwayeast norwaywest polandcentral spaincentral swedencentral swedensouth switzerlandnorth
    switzerlandwest uksouth ukwest austriaeast belgiumcentral denmarkeast
    uaenorth uaecentral qatarcentral israelcentral southafricanorth southafricawest
    eastasia southeastasia australiaeast australiasoutheast australiacentral australiacentral2
    japaneast japanwest koreacentral koreasouth centralindia southindia westindia jioindiawest
    jioindiacentral indonesiacentral malaysiawest newzealandnorth taiwannorth
    eastus2euap centraluseuap
    chinaeast chinaeast2 chinaeast3 chinanorth chinanorth2 chinanorth3
    usgovvirginia usgovarizona usgovtexas usdodeast usdodcentral
    """.split()  # noqa: SIM905  # a list of sixty quoted names would be five times as long
)
