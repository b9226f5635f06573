{{- define "assay.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "assay.labels" -}}
app.kubernetes.io/name: assay
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "assay.environment" -}}
- name: ASSAY_STORE_URL
  valueFrom: {secretKeyRef: {name: {{ .Values.existingSecret }}, key: storeUrl}}
- name: ASSAY_QUEUE_URL
  valueFrom: {secretKeyRef: {name: {{ .Values.existingSecret }}, key: queueUrl}}
{{- end }}

{{- /* The key file must be readable by its owner alone, which a mounted Secret is not: it is copied. */ -}}
{{- define "assay.directory" -}}
- name: directory
  image: {{ include "assay.image" . }}
  command: [sh, -c, "umask 077 && cp /secret/assay.key /secret/assay.toml /assay/"]
  securityContext: {{- include "assay.security" . | nindent 4 }}
  volumeMounts:
    - {name: secret, mountPath: /secret, readOnly: true}
    - {name: assay, mountPath: /assay}
{{- end }}

{{- define "assay.volumes" -}}
- name: secret
  secret:
    secretName: {{ .Values.existingSecret }}
    items: [{key: assay.key, path: assay.key}, {key: assay.toml, path: assay.toml}]
- name: assay
  emptyDir: {medium: Memory}
{{- end }}

{{- /* The user of the image. Who copies the key file and who reads it must be the same. */ -}}
{{- define "assay.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
{{- end }}

{{- define "assay.security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
