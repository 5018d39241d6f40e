module mlregistry.io/hack/kind/pause
go 1.26.0
