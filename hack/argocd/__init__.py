"""A real Argo CD on this machine: built from its Go module, run as processes against the local API server."""
