"""The blob service: path style, one account at `/<account>/`, as `primaryEndpoints.blob` says."""
