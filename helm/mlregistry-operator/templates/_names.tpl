{{/*
The name of everything in the release. Kubernetes wants a Service's name to be a DNS label that begins with a letter;
a release's name may be longer, begin with a digit or have dots, and gets a hash then, so that no two meet.
*/}}
{{- define "mlregistry.fullname" -}}
{{- $wanted := .Values.fullnameOverride | default (contains .Chart.Name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name)) -}}
{{- if regexMatch "^[a-z]([-a-z0-9]{0,47}[a-z0-9])?$" $wanted -}}
{{- $wanted -}}
{{- else -}}
{{- printf "mlregistry-%s-%s" ($wanted | replace "." "-" | trunc 30 | trimSuffix "-") ($wanted | sha256sum | trunc 8) -}}
{{- end -}}
{{- end -}}

{{- define "mlregistry.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "mlregistry.fullname" .) -}}
{{- end -}}

{{- define "mlregistry.certificateSecret" -}}
{{- .Values.webhook.certificates.existingSecret | default (printf "%s-webhook" (include "mlregistry.fullname" .)) -}}
{{- end -}}

{{- define "mlregistry.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: operator
{{- end -}}

{{/* Labels of every object. */}}
{{- define "mlregistry.labels" -}}
{{- with .Values.commonLabels }}
{{- toYaml . }}
{{ end -}}
{{ include "mlregistry.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: mlregistry
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "mlregistry.metadata" -}}
name: {{ include "mlregistry.fullname" . }}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "mlregistry.labels" . | nindent 2 }}
{{- end -}}

{{- define "mlregistry.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository ($image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{- define "mlregistry.pullPolicy" -}}
{{- .Values.image.pullPolicy | default (empty .Values.image.digest | ternary "Always" "IfNotPresent") -}}
{{- end -}}
