{{/*
Values that contradict one another are refused with a sentence. What a single value may be, values.schema.json says.
*/}}
{{- define "mlregistry.contradictions" -}}
{{- $identity := .Values.identity -}}
{{- $certificates := .Values.webhook.certificates -}}
{{- if and (eq $identity.type "WorkloadIdentity") (not (and $identity.clientId $identity.tenantId)) -}}
{{- fail "identity.type is WorkloadIdentity, which needs identity.clientId and identity.tenantId: give both." -}}
{{- end -}}
{{- if and (eq $identity.type "ClientSecret") (not $identity.existingSecret) -}}
{{- fail "identity.type is ClientSecret, which needs identity.existingSecret: name a Secret of this namespace with AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET." -}}
{{- end -}}
{{- if and $identity.existingSecret (ne $identity.type "ClientSecret") -}}
{{- fail (printf "identity.existingSecret is given, which identity.type %s does not use: set identity.type to ClientSecret, or leave the Secret out." $identity.type) -}}
{{- end -}}
{{- if and $identity.clientId (has $identity.type (list "None" "ClientSecret")) -}}
{{- fail (printf "identity.clientId is given, which identity.type %s does not use: set identity.type to WorkloadIdentity or ManagedIdentity, or leave the id out." $identity.type) -}}
{{- end -}}
{{- if and $identity.tenantId (ne $identity.type "WorkloadIdentity") -}}
{{- fail (printf "identity.tenantId is given, which identity.type %s does not use: set identity.type to WorkloadIdentity, or leave the tenant out." $identity.type) -}}
{{- end -}}
{{- if and (eq $certificates.mode "Given") (not $certificates.existingSecret) -}}
{{- fail "webhook.certificates.mode is Given, which needs webhook.certificates.existingSecret: name a Secret with tls.crt and tls.key." -}}
{{- end -}}
{{- if and (eq $certificates.mode "Given") (not $certificates.caBundle) (not .Values.webhook.annotations) -}}
{{- fail "webhook.certificates.mode is Given, and nothing says whom the API server is to trust: give webhook.certificates.caBundle, or webhook.annotations by which it is injected." -}}
{{- end -}}
{{- range $field := list "existingSecret" "caBundle" -}}
{{- if and (index $certificates $field) (ne $certificates.mode "Given") -}}
{{- fail (printf "webhook.certificates.%s is given, which mode %s does not use: set webhook.certificates.mode to Given, or leave it out." $field $certificates.mode) -}}
{{- end -}}
{{- end -}}
{{- if and $certificates.issuerRef (ne $certificates.mode "CertManager") -}}
{{- fail (printf "webhook.certificates.issuerRef is given, which mode %s does not use: set webhook.certificates.mode to CertManager, or leave it out." $certificates.mode) -}}
{{- end -}}
{{- if and (not .Values.leaderElection.enabled) (gt (int .Values.replicaCount) 1) -}}
{{- fail "leaderElection.enabled is false, so that every replica would reconcile: set replicaCount to 1, or elect a leader." -}}
{{- end -}}
{{- if ge (int .Values.webhook.drainSeconds) (int .Values.terminationGracePeriodSeconds) -}}
{{- fail "webhook.drainSeconds takes the whole of terminationGracePeriodSeconds, so that the operator would be killed: give less." -}}
{{- end -}}
{{- if le (float64 .Values.leaderElection.leaseSeconds) (float64 .Values.leaderElection.renewSeconds) -}}
{{- fail "leaderElection.renewSeconds is not shorter than leaseSeconds, so that two replicas could reconcile at once: give less than leaseSeconds." -}}
{{- end -}}
{{- if le (float64 .Values.leaderElection.renewSeconds) (float64 .Values.leaderElection.retrySeconds) -}}
{{- fail "leaderElection.retrySeconds is not shorter than renewSeconds, so that the lease would be lost for want of a try: give less than renewSeconds." -}}
{{- end -}}
{{- if and (not .Values.serviceAccount.create) (not .Values.serviceAccount.name) -}}
{{- fail "serviceAccount.create is false: name one that is there in serviceAccount.name." -}}
{{- end -}}
{{- if and .Values.tracing.endpoint (not .Values.tracing.enabled) -}}
{{- fail "tracing.endpoint is given while tracing.enabled is false: enable it, or leave the endpoint out." -}}
{{- end -}}
{{- $namespaces := list -}}
{{- range .Values.secretAccess -}}
{{- if has .namespace $namespaces -}}
{{- fail (printf "secretAccess names the namespace %s twice: put its Secrets into one item." .namespace) -}}
{{- end -}}
{{- $namespaces = append $namespaces .namespace -}}
{{- if and $.Values.watchNamespaces (not (has .namespace $.Values.watchNamespaces)) -}}
{{- fail (printf "secretAccess names the namespace %s, which watchNamespaces leaves out: add it there, or take it away here." .namespace) -}}
{{- end -}}
{{- end -}}
{{- end -}}
