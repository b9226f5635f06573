{{- define "assay.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "assay.labels" -}}
app.kubernetes.io/name: assay
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- /* What chooses the pods of a component: (dict "root" . "component" "worker"). */ -}}
{{- define "assay.selector" -}}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "assay.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default .Release.Name }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end }}
{{- end }}

{{- define "assay.environment" -}}
- name: ASSAY_STORE_URL
  valueFrom: {secretKeyRef: {name: {{ .root.Values.existingSecret }}, key: storeUrl}}
- name: ASSAY_QUEUE_URL
  valueFrom: {secretKeyRef: {name: {{ .root.Values.existingSecret }}, key: queueUrl}}
{{- if .values.tls.secretName }}
- {name: {{ .tlsVariables }}_CERTIFICATE, value: /tls/tls.crt}
- {name: {{ .tlsVariables }}_KEY, value: /tls/tls.key}
{{- end }}
{{- with .root.Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* The key file must be readable by its owner alone, which a mounted Secret is not: it is copied. */ -}}
{{- define "assay.directory" -}}
- name: directory
  image: {{ include "assay.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  command: [sh, -c, "umask 077 && cp /secret/assay.key /secret/assay.toml /assay/"]
  resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {memory: 64Mi}}
  securityContext: {{- include "assay.security" . | nindent 4 }}
  volumeMounts:
    - {name: secret, mountPath: /secret, readOnly: true}
    - {name: assay, mountPath: /assay}
{{- end }}

{{- define "assay.volumeMounts" -}}
- {name: assay, mountPath: /assay}
{{- if .values.tls.secretName }}
- {name: tls, mountPath: /tls, readOnly: true}
{{- end }}
{{- with .root.Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "assay.volumes" -}}
- name: secret
  secret:
    secretName: {{ .root.Values.existingSecret }}
    items: [{key: assay.key, path: assay.key}, {key: assay.toml, path: assay.toml}]
- name: assay
  emptyDir: {medium: Memory}
{{- if .values.tls.secretName }}
- name: tls
  secret: {secretName: {{ .values.tls.secretName }}}
{{- end }}
{{- with .root.Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- /* The user of the image. Who copies the key file and who reads it must be the same. */ -}}
{{- define "assay.podSecurity" -}}
{{- $image := dict "runAsNonRoot" true "runAsUser" 10001 "runAsGroup" 10001 "fsGroup" 10001 -}}
{{ toYaml (mergeOverwrite $image (deepCopy .Values.podSecurityContext)) }}
{{- end }}

{{- define "assay.security" -}}
{{- $least := dict "allowPrivilegeEscalation" false "readOnlyRootFilesystem" true "capabilities" (dict "drop" (list "ALL")) -}}
{{ toYaml (mergeOverwrite $least (deepCopy .Values.securityContext)) }}
{{- end }}

{{- define "assay.podAnnotations" -}}
{{- $scrape := dict "prometheus.io/scrape" "true" "prometheus.io/port" (toString .port)
    "prometheus.io/scheme" (ternary "https" "http" .values.tls.enabled) -}}
{{ toYaml (mergeOverwrite $scrape (deepCopy .values.podAnnotations)) }}
{{- end }}

{{- define "assay.probe" -}}
httpGet: {path: {{ .path }}, port: http, scheme: {{ ternary "HTTPS" "HTTP" .values.tls.enabled }}}
timeoutSeconds: 5
{{- end }}

{{- /* Constraints without a labelSelector are about the component's own pods. */ -}}
{{- define "assay.spread" -}}
{{- $own := dict "labelSelector" (dict "matchLabels" (include "assay.selector" . | fromYaml)) -}}
{{- $all := list -}}
{{- range .values.topologySpreadConstraints }}{{ $all = append $all (merge (deepCopy .) $own) }}{{ end -}}
{{ toYaml $all }}
{{- end }}

{{- /* The Deployment of a component, and its PodDisruptionBudget when it has one: (dict "root" . "component" "worker"
"values" .Values.worker "port" 8766 "args" (list ...) "graceSeconds" 90 "tlsVariables" "ASSAY_WORKER_TLS"). */ -}}
{{- define "assay.deployment" -}}
{{- $values := .values -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .root.Release.Name }}-{{ .component }}
  labels: {{- include "assay.labels" .root | nindent 4 }}
spec:
  {{- if .root.Values.stopped }}
  replicas: 0
  {{- else if not .scaled }}
  replicas: {{ $values.replicas }}
  {{- end }}
  {{- with $values.strategy }}
  strategy: {{- toYaml . | nindent 4 }}
  {{- end }}
  selector:
    matchLabels: {{- include "assay.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "assay.labels" .root | nindent 8 }}
        app.kubernetes.io/component: {{ .component }}
        {{- with $values.podLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      annotations: {{- include "assay.podAnnotations" . | nindent 8 }}
    spec:
      serviceAccountName: {{ include "assay.serviceAccountName" .root }}
      # Nothing here speaks to Kubernetes. Roles of clouds have tokens of their own.
      automountServiceAccountToken: false
      {{- with .root.Values.imagePullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
      terminationGracePeriodSeconds: {{ .graceSeconds }}
      {{- with $values.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      {{- with $values.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $values.affinity }}
      affinity: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- if $values.topologySpreadConstraints }}
      topologySpreadConstraints: {{- include "assay.spread" . | nindent 8 }}
      {{- end }}
      securityContext: {{- include "assay.podSecurity" .root | nindent 8 }}
      initContainers: {{- include "assay.directory" .root | nindent 8 }}
      containers:
        - name: {{ .component }}
          image: {{ include "assay.image" .root }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          args: {{- toYaml .args | nindent 12 }}
          env: {{- include "assay.environment" . | nindent 12 }}
          {{- with .root.Values.extraEnvFrom }}
          envFrom: {{- toYaml . | nindent 12 }}
          {{- end }}
          ports: [{name: http, containerPort: {{ .port }}}]
          # Until it answers for the first time it may be changing the database's schema, which can take long.
          startupProbe:
            {{- include "assay.probe" (dict "path" "/healthz" "values" $values) | nindent 12 }}
            periodSeconds: 5
            failureThreshold: {{ max 1 (div (int $values.startupSeconds) 5) }}
          livenessProbe: {{- include "assay.probe" (dict "path" "/healthz" "values" $values) | nindent 12 }}
          readinessProbe: {{- include "assay.probe" (dict "path" "/readyz" "values" $values) | nindent 12 }}
          resources: {{- toYaml $values.resources | nindent 12 }}
          securityContext: {{- include "assay.security" .root | nindent 12 }}
          volumeMounts: {{- include "assay.volumeMounts" . | nindent 12 }}
      volumes: {{- include "assay.volumes" . | nindent 8 }}
{{- with $values.podDisruptionBudget.maxUnavailable }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $.root.Release.Name }}-{{ $.component }}
  labels: {{- include "assay.labels" $.root | nindent 4 }}
spec:
  maxUnavailable: {{ . }}
  selector:
    matchLabels: {{- include "assay.selector" $ | nindent 6 }}
{{- end }}
{{- end }}
