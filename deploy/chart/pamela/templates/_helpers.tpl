{{/* The release's name, at most 40 characters, so that every part's name fits. */}}
{{- define "pamela.name" -}}
{{- if contains "pamela" .Release.Name -}}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else -}}{{ printf "%s-pamela" .Release.Name | trunc 40 | trimSuffix "-" }}{{- end -}}
{{- end -}}

{{/* What selects a part's pods: (list root part). */}}
{{- define "pamela.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: pamela
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "pamela.labels" -}}
{{- $root := index . 0 -}}
{{ include "pamela.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end -}}

{{/* An image's address: (list root kind). */}}
{{- define "pamela.image" -}}
{{- $root := index . 0 -}}{{- $kind := index . 1 -}}
{{- $digest := get $root.Values.image.digests $kind -}}
{{- if $digest -}}{{ printf "%s-%s@%s" $root.Values.image.repository $kind $digest }}
{{- else -}}{{ printf "%s-%s:%s" $root.Values.image.repository $kind (default $root.Chart.AppVersion $root.Values.image.tag) }}{{- end -}}
{{- end -}}

{{/* What every pod of ours keeps to. */}}
{{- define "pamela.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}
{{- define "pamela.security" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* Settings and secrets of every container of ours; with "direct" past the pooler: (list root how). */}}
{{- define "pamela.environment" -}}
{{- $root := index . 0 -}}{{- $how := index . 1 -}}
envFrom:
  - configMapRef: {name: {{ include "pamela.name" $root }}-settings}
  {{- with $root.Values.existingSecret }}
  - secretRef: {name: {{ . }}}
  {{- end }}
env:
  - {name: HOME, value: /tmp} # the root is read-only
  {{- if $root.Values.database.enabled }}
  - name: DATABASE_PASSWORD
    valueFrom: {secretKeyRef: {name: {{ include "pamela.name" $root }}-database-app, key: password}}
  - name: DATABASE_URL
    value: postgres://pamela:$(DATABASE_PASSWORD)@{{ include "pamela.name" $root }}-database-{{ eq $how "direct" | ternary "rw" "pooler" }}:5432/pamela
  {{- end }}
{{- end -}}

{{/* Scratch, and the files where no bucket holds them. */}}
{{- define "pamela.mounts" -}}
- {name: scratch, mountPath: /tmp}
- {name: data, mountPath: /data}
{{- end -}}
{{- define "pamela.volumes" -}}
- name: scratch
  emptyDir: {}
- name: data
  {{- if .Values.persistence.enabled }}
  persistentVolumeClaim: {claimName: {{ default (printf "%s-data" (include "pamela.name" .)) .Values.persistence.existingClaim }}}
  {{- else }}
  emptyDir: {}
  {{- end }}
{{- end -}}

{{/* Keep a part's pods on different nodes where that is possible: (list root part). */}}
{{- define "pamela.spread" -}}
- maxSkew: 1
  topologyKey: kubernetes.io/hostname
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels: {{- include "pamela.selector" . | nindent 6 }}
{{- end -}}
