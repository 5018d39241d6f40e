"""Microsoft.ContainerRegistry: registries, their replications, and imports."""
