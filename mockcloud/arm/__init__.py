"""Azure Resource Manager: the gateway's own rules, and the resource providers behind it."""
