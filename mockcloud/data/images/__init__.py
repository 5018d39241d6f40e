"""The container registries' data plane: OCI manifests, tags and blobs, with a store for each region."""
