{{- define "mlregistry.pod" -}}
metadata:
  annotations:
    kubectl.kubernetes.io/default-container: operator
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  labels:
    {{- $labels := include "mlregistry.labels" . | fromYaml }}
    {{- toYaml (merge $labels .Values.podLabels) | nindent 4 }}
    {{- if eq .Values.identity.type "WorkloadIdentity" }}
    azure.workload.identity/use: "true"
    {{- end }}
spec:
  serviceAccountName: {{ include "mlregistry.serviceAccount" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . | quote }}
    {{- end }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: {type: RuntimeDefault}
  containers:
    - name: operator
      image: {{ include "mlregistry.image" . | quote }}
      imagePullPolicy: {{ include "mlregistry.pullPolicy" . }}
      command: [mlregistry-operator]
      args: [run]
      env:
        {{- include "mlregistry.environment" . | nindent 8 }}
      ports:
        - {name: http, containerPort: 8080}
        {{- if .Values.webhook.enabled }}
        - {name: webhook, containerPort: 9443}
        {{- end }}
      startupProbe:
        httpGet: {path: /healthz, port: http}
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: {path: /healthz, port: http}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      readinessProbe:
        httpGet: {path: /readyz, port: http}
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 2
      resources:
        {{- toYaml .Values.resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        runAsNonRoot: true
        runAsUser: 65532
        capabilities: {drop: [ALL]}
        seccompProfile: {type: RuntimeDefault}
      volumeMounts:
        - {name: api-access, mountPath: /var/run/secrets/kubernetes.io/serviceaccount, readOnly: true}
        - {name: azure-identity-token, mountPath: /var/run/secrets/azure/tokens, readOnly: true}
        - {name: tmp, mountPath: /tmp}
        {{- if include "mlregistry.certificateFiles" . }}
        - {name: webhook-certificate, mountPath: /etc/mlregistry/webhook, readOnly: true}
        {{- end }}
        {{- if .Values.cloud.caConfigMap }}
        - {name: ca, mountPath: /etc/mlregistry/ca, readOnly: true}
        {{- end }}
  volumes:
    {{- include "mlregistry.volumes" . | nindent 4 }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  affinity:
    {{- with .Values.affinity }}
    {{- toYaml . | nindent 4 }}
    {{- else }}
    podAntiAffinity:
      preferredDuringSchedulingIgnoredDuringExecution:
        - weight: 100
          podAffinityTerm:
            topologyKey: kubernetes.io/hostname
            labelSelector:
              matchLabels:
                {{- include "mlregistry.selector" . | nindent 16 }}
    {{- end }}
  topologySpreadConstraints:
    {{- with .Values.topologySpreadConstraints }}
    {{- toYaml . | nindent 4 }}
    {{- else }}
    {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - topologyKey: {{ . }}
      maxSkew: 1
      whenUnsatisfiable: ScheduleAnyway
      matchLabelKeys: [pod-template-hash]
      labelSelector:
        matchLabels:
          {{- include "mlregistry.selector" $ | nindent 10 }}
    {{- end }}
    {{- end }}
{{- end -}}

{{- define "mlregistry.certificateFiles" -}}
{{- if and .Values.webhook.enabled (ne .Values.webhook.certificates.mode "SelfManaged") }}yes{{ end -}}
{{- end -}}

{{- define "mlregistry.volumes" -}}
# The token of the ServiceAccount, mounted where clients look for it, into the one container that needs it.
- name: api-access
  projected:
    defaultMode: 0440
    sources:
      - serviceAccountToken: {path: token, expirationSeconds: 3607}
      - configMap: {name: kube-root-ca.crt, items: [{key: ca.crt, path: ca.crt}]}
      - downwardAPI: {items: [{path: namespace, fieldRef: {fieldPath: metadata.namespace}}]}
# Named and placed as Azure's workload identity webhook does it, so that it finds its work done where it runs.
- name: azure-identity-token
  projected:
    defaultMode: 0440
    sources:
      - serviceAccountToken:
          path: azure-identity-token
          audience: api://AzureADTokenExchange
          expirationSeconds: 3600
- name: tmp
  emptyDir: {sizeLimit: 64Mi}
{{- if include "mlregistry.certificateFiles" . }}
- name: webhook-certificate
  secret: {secretName: {{ include "mlregistry.certificateSecret" . | quote }}, defaultMode: 0440}
{{- end }}
{{- with .Values.cloud.caConfigMap }}
- name: ca
  configMap: {name: {{ . | quote }}, defaultMode: 0444}
{{- end }}
{{- end -}}
