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

{{/* What a JobSet that trains a network is; who launches it completes the name and the containers' arguments. */}}
{{- define "pamela.jobset" -}}
{{- $training := .Values.training -}}
apiVersion: jobset.x-k8s.io/v1alpha2
kind: JobSet
metadata:
  name: {{ include "pamela.name" . | trunc 24 | trimSuffix "-" }}-network # 12 characters and the pods' numbers follow
  labels: {{- include "pamela.labels" (list . "training") | nindent 4 }}
spec:
  network: {enableDNSHostnames: true, publishNotReadyAddresses: true} # the first pod's name is known before it is ready
  failurePolicy: {maxRestarts: 0}
  ttlSecondsAfterFinished: {{ $training.keepSeconds }}
  replicatedJobs:
    - name: node
      replicas: 1
      template:
        spec:
          parallelism: {{ $training.nodes }}
          completions: {{ $training.nodes }}
          completionMode: Indexed
          backoffLimit: 0
          activeDeadlineSeconds: {{ $training.deadlineSeconds }}
          template:
            metadata:
              labels: {{- include "pamela.labels" (list . "training") | nindent 16 }}
            spec:
              restartPolicy: Never
              serviceAccountName: {{ include "pamela.name" . }}
              automountServiceAccountToken: false
              {{- with .Values.imagePullSecrets }}
              imagePullSecrets: {{- toYaml . | nindent 16 }}
              {{- end }}
              securityContext: {{- include "pamela.podSecurity" . | nindent 16 }}
              topologySpreadConstraints: {{- include "pamela.spread" (list . "training") | nindent 16 }}
              {{- with $training.nodeSelector }}
              nodeSelector: {{- toYaml . | nindent 16 }}
              {{- end }}
              {{- with concat (default list $training.tolerations) (ternary .Values.gpuTolerations list (gt (int $training.gpus) 0)) }}
              tolerations: {{- toYaml . | nindent 16 }}
              {{- end }}
              containers:
                - name: node
                  image: {{ include "pamela.image" (list . (ternary "gpu" "worker" (gt (int $training.gpus) 0))) }}
                  imagePullPolicy: {{ .Values.image.pullPolicy }}
                  securityContext: {{- include "pamela.security" . | nindent 20 }}
                  command: [python, manage.py, train_node]
                  args: [] # completed by who launches it
                  {{- include "pamela.environment" (list . "pooled") | nindent 18 }}
                    - name: POD_IP
                      valueFrom: {fieldRef: {fieldPath: status.podIP}}
                    - {name: OMP_NUM_THREADS, value: "1"}
                  resources:
                    requests: {{- toYaml $training.resources.requests | nindent 22 }}
                    limits: {{- toYaml $training.resources.limits | nindent 22 }}
                      {{- with $training.gpus }}
                      nvidia.com/gpu: {{ . }}
                      {{- end }}
                  volumeMounts: {{- include "pamela.mounts" . | nindent 20 }}
                    - {name: shared-memory, mountPath: /dev/shm}
              volumes: {{- include "pamela.volumes" . | nindent 16 }}
                - {name: shared-memory, emptyDir: {medium: Memory, sizeLimit: 2Gi}} # by which processes of one pod exchange
{{- end -}}
