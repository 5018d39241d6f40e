{{/* A role of ours with its binding to the operator. Takes `root`, `kind`, `name`, `namespace` (of a Role), `annotations`,
`rules`. */}}
{{- define "mlregistry.bound" }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}
metadata:
  {{- include "mlregistry.roleMetadata" . | nindent 2 }}
rules:
  {{- toYaml .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}Binding
metadata:
  {{- include "mlregistry.roleMetadata" . | nindent 2 }}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: {{ .kind }}, name: {{ .name }}}
subjects:
  - kind: ServiceAccount
    name: {{ include "mlregistry.serviceAccount" .root }}
    namespace: {{ .root.Release.Namespace }}
{{- end }}

{{- define "mlregistry.roleMetadata" -}}
name: {{ .name }}
{{- with .annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if eq .kind "Role" }}
namespace: {{ .namespace }}
{{- end }}
labels:
  {{- include "mlregistry.labels" .root | nindent 2 }}
{{- end -}}
