#!/usr/bin/env bash
# Writes go.mod for building Argo CD's one program as a Go tool: a dependent must repeat Argo CD's own replace block.
# 3.2.11 is chosen with care: 3.2.12 as published does not compile, and later lines replace gitops-engine by a
# relative path that a dependent cannot resolve.
set -euo pipefail
V=${1:-3.2.11}
cd "$(dirname "$0")"
M=$(cd / && go mod download -json "github.com/argoproj/argo-cd/v3@v$V" | sed -n 's/.*"GoMod": "\(.*\)",/\1/p')
{
  printf 'module mlregistry.io/hack/argocd\n\n'
  sed -n 's/^go /go /p' "$M"
  printf '\ntool github.com/argoproj/argo-cd/v3/cmd\n\nrequire github.com/argoproj/argo-cd/v3 v%s\n\n' "$V"
  sed -n '/^replace (/,/^)/p' "$M"
} > go.mod
GOFLAGS=-mod=mod go mod tidy
