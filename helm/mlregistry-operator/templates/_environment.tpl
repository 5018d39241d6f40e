{{/* The operator's settings, each as a variable that it knows; docs/settings.md has them all. */}}
{{- define "mlregistry.environment" -}}
{{- $name := include "mlregistry.fullname" . -}}
- {name: MLREGISTRY_NAMESPACE, value: {{ .Release.Namespace | quote }}}
{{- with .Values.watchNamespaces }}
- {name: MLREGISTRY_WATCH_NAMESPACES, value: {{ join "," . | quote }}}
{{- end }}
{{- with .Values.leaderElection }}
- {name: MLREGISTRY_LEADER_ELECTION__ENABLED, value: {{ .enabled | quote }}}
- {name: MLREGISTRY_LEADER_ELECTION__LEASE_NAME, value: {{ $name | quote }}}
- {name: MLREGISTRY_LEADER_ELECTION__DEPLOYMENT, value: {{ $name | quote }}}
- {name: MLREGISTRY_LEADER_ELECTION__IDENTITY, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
- {name: MLREGISTRY_LEADER_ELECTION__LEASE_SECONDS, value: {{ .leaseSeconds | quote }}}
- {name: MLREGISTRY_LEADER_ELECTION__RENEW_SECONDS, value: {{ .renewSeconds | quote }}}
- {name: MLREGISTRY_LEADER_ELECTION__RETRY_SECONDS, value: {{ .retrySeconds | quote }}}
{{- end }}
{{- if .Values.webhook.enabled }}
- {name: MLREGISTRY_WEBHOOK__DRAIN_SECONDS, value: {{ .Values.webhook.drainSeconds | quote }}}
{{- if eq .Values.webhook.certificates.mode "SelfManaged" }}
- {name: MLREGISTRY_WEBHOOK__CERTIFICATES, value: SelfManaged}
- {name: MLREGISTRY_WEBHOOK__SECRET_NAME, value: {{ include "mlregistry.certificateSecret" . | quote }}}
- {name: MLREGISTRY_WEBHOOK__VALIDITY_SECONDS, value: {{ .Values.webhook.certificates.validitySeconds | int64 | quote }}}
- {name: MLREGISTRY_WEBHOOK__SERVICE_NAME, value: {{ $name | quote }}}
- {name: MLREGISTRY_WEBHOOK__CONFIGURATION_NAME, value: {{ $name | quote }}}
{{- else }}
- {name: MLREGISTRY_WEBHOOK__CERTIFICATES, value: Files}
- {name: MLREGISTRY_WEBHOOK__CERT_FILE, value: /etc/mlregistry/webhook/tls.crt}
- {name: MLREGISTRY_WEBHOOK__KEY_FILE, value: /etc/mlregistry/webhook/tls.key}
{{- end }}
{{- end }}
- {name: MLREGISTRY_LOG__LEVEL, value: {{ .Values.log.level | quote }}}
- {name: MLREGISTRY_LOG__FORMAT, value: {{ .Values.log.format | quote }}}
{{- with .Values.cloud }}
{{- with .authorityHost }}
- {name: MLREGISTRY_CLOUD__AUTHORITY_HOST, value: {{ . | quote }}}
{{- end }}
{{- with .armEndpoint }}
- {name: MLREGISTRY_CLOUD__ARM_ENDPOINT, value: {{ . | quote }}}
{{- end }}
{{- with .armScope }}
- {name: MLREGISTRY_CLOUD__ARM_SCOPE, value: {{ . | quote }}}
{{- end }}
{{- if .caConfigMap }}
- {name: MLREGISTRY_CLOUD__CA_FILE, value: {{ printf "/etc/mlregistry/ca/%s" .caKey | quote }}}
{{- end }}
{{- end }}
{{- range $section, $fields := .Values.settings }}
{{- range $field, $value := $fields }}
- {name: {{ printf "MLREGISTRY_%s__%s" (snakecase $section | upper) (snakecase $field | upper) }}, value: {{ include "mlregistry.number" $value | quote }}}
{{- end }}
{{- end }}
{{- if not (kindIs "invalid" .Values.identity.allowed) }}
- {name: MLREGISTRY_IDENTITY__ALLOWED, value: {{ toJson .Values.identity.allowed | quote }}}
{{- end }}
{{- if .Values.tracing.enabled }}
- {name: MLREGISTRY_TRACING__ENABLED, value: "true"}
{{- with .Values.tracing.endpoint }}
- {name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }}}
{{- end }}
{{- end }}
{{- include "mlregistry.identity" . }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* A setting as text: a list with commas; Helm reads large whole numbers as fractions, and would write 6.7108864e+07. */}}
{{- define "mlregistry.number" -}}
{{- if kindIs "slice" . }}{{ join "," . }}{{ else if and (kindIs "float64" .) (eq (floor .) .) }}{{ int64 . }}{{ else }}{{ . }}{{ end -}}
{{- end -}}

{{/*
The identity, by the variables of Azure's own tools. The federated token is there in any case, for registries that
bring a workload identity of their own.
*/}}
{{- define "mlregistry.identity" }}
- {name: AZURE_FEDERATED_TOKEN_FILE, value: /var/run/secrets/azure/tokens/azure-identity-token}
{{- with .Values.identity }}
{{- if eq .type "ClientSecret" }}
{{- $secret := .existingSecret }}
{{- range list "AZURE_TENANT_ID" "AZURE_CLIENT_ID" "AZURE_CLIENT_SECRET" }}
- {name: {{ . }}, valueFrom: {secretKeyRef: {name: {{ $secret | quote }}, key: {{ . }}}}}
{{- end }}
{{- else }}
{{- with .clientId }}
- {name: AZURE_CLIENT_ID, value: {{ . | quote }}}
{{- end }}
{{- with .tenantId }}
- {name: AZURE_TENANT_ID, value: {{ . | quote }}}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
