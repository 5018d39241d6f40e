"""Microsoft.Storage: accounts, their blob service, containers and lifecycle rules."""
