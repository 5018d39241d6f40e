"""The cluster: objects, status, Secrets and events. The only package that imports the Kubernetes client."""
