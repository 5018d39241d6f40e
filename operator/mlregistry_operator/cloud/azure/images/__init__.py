"""Images in container registries of Azure: imported through the control plane, looked at in the registry."""
