"""Every environment variable that Pamela reads: its name, its default and what it means, declared once."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Variable:
    """One setting; `shown` stands for the default in the documentation where the value alone would not explain it."""

    name: str
    meaning: str
    default: str = ""
    shown: str = ""
    is_required_in_production: bool = False


INSTALLATION = (
    Variable(
        name="PAMELA_MODE",
        default="local",
        meaning="`local`, or `production`, which makes the values marked * required, makes cookies secure, and starts"
        " no embedded services",
    ),
    Variable(name="PORT", default="8000", meaning="port of the web process under `make run`"),
    Variable(
        name="HOST",
        default="127.0.0.1",
        meaning="address that the web process listens on; `0.0.0.0` lets other machines in",
    ),
    Variable(
        name="WEB_THREADS",
        default="4",
        meaning="requests that a web process answers at once; each takes a connection to the database",
    ),
    Variable(
        name="DATA_DIR",
        shown="`var` in the project's folder",
        meaning="folder for everything made at run time; two folders and two ports make two installations",
    ),
    Variable(
        name="STATIC_ROOT",
        shown="`static` in `DATA_DIR`",
        meaning="folder of the collected scripts, styles and icons; the image of the containers holds its own",
    ),
    Variable(
        name="SECRET_KEY",
        shown="random, kept",
        is_required_in_production=True,
        meaning="signs sessions and tokens; at least 32 characters in production",
    ),
    Variable(
        name="SECRET_KEY_FALLBACKS",
        shown="none",
        meaning="former keys, with commas between: what they signed stays valid while SECRET_KEY is replaced",
    ),
    Variable(
        name="PSEUDONYM_KEY",
        shown="SECRET_KEY",
        meaning="keys the pseudonyms of dumps: the former SECRET_KEY, when that is replaced, keeps them the same",
    ),
    Variable(
        name="HSTS_SECONDS",
        default="31536000",
        meaning="in production, how long a browser that came once asks for this site by HTTPS only; 0: not at all",
    ),
    Variable(
        name="ALLOWED_HOSTS",
        shown="any",
        is_required_in_production=True,
        meaning="host names that the site is visited by; comma-separated",
    ),
    Variable(
        name="DATABASE_URL",
        shown="embedded",
        is_required_in_production=True,
        meaning="`postgres://user:password@host:port/name`, with pgvector",
    ),
    Variable(
        name="CELERY_BROKER_URL",
        shown="embedded",
        is_required_in_production=True,
        meaning="`redis://…` (then also the cache) or `amqp://…`",
    ),
    Variable(
        name="CACHE_URL",
        shown="the broker, where that is one of Redis",
        meaning="`redis://…` of a cache of its own: with RabbitMQ and without it, limits and signs of workers are kept"
        " per process",
    ),
    Variable(
        name="ADMIN_PASSWORD",
        shown="random, kept",
        meaning="first password of the user `admin` that `run` makes outside production",
    ),
    Variable(
        name="CSRF_TRUSTED_ORIGINS",
        meaning="addresses with their scheme, when a proxy ends HTTPS, such as `https://pamela.example.org`;"
        " comma-separated",
    ),
    Variable(
        name="NUM_PROXIES", default="0", meaning="number of proxies in front whose `X-Forwarded-*` headers are believed"
    ),
    Variable(
        name="DATABASE_REPLICA_URL",
        shown="none",
        meaning="`postgres://…` of a read replica, which dumps and training read from once it has caught up; while it"
        " is away or more than 30 s behind, they read from the main database",
    ),
    Variable(
        name="DATABASE_POOL_SIZE",
        default="0",
        meaning="connections in each process's pool, for servers with more threads than that; `0` keeps one per thread",
    ),
    Variable(
        name="DATABASE_POOLER",
        default="session",
        meaning="`transaction` where a pooler such as PgBouncer gives a connection for one transaction at a time: no"
        " cursor then outlives one",
    ),
    Variable(
        name="DATABASE_PREPARED",
        default="yes",
        meaning="`no` behind a pooler of transactions that cannot keep prepared statements, such as PgBouncer before"
        " 1.21",
    ),
    Variable(
        name="MIGRATION_LOCK_SECONDS",
        default="5",
        meaning="how long a migration waits for a table that is in use, before it gives way to raters and is tried"
        " again; `0`: for ever",
    ),
    Variable(
        name="ON_DEMAND_QUEUES",
        shown="none",
        meaning="queues whose workers an autoscaler starts when work waits, such as `steer,train`: nobody misses them"
        " before something has waited for five minutes; comma-separated",
    ),
    Variable(
        name="S3_BUCKET",
        meaning="keep pictures, checkpoints, dumps and uploads in this bucket, not in the data folder; credentials,"
        " region and endpoint as [boto3](https://boto3.amazonaws.com/v1/documentation/api/latest/guide/configuration.html)"
        " reads them",
    ),
    Variable(
        name="S3_FILES_BUCKET",
        shown="`S3_BUCKET`",
        meaning="another bucket for all but the pictures, where these may be read by everybody",
    ),
    Variable(
        name="S3_ADDRESSING_STYLE",
        default="auto",
        meaning="`path` or `virtual`, for servers that know only one way to name a bucket in an address",
    ),
    Variable(
        name="IMAGES_BASE_URL",
        meaning="address that everybody may fetch the pictures of `S3_BUCKET` under, such as a CDN's; without it,"
        " addresses are signed and change every three days",
    ),
    Variable(
        name="KEEP_VERSIONS",
        default="0",
        meaning="how many model versions of a study keep their data beside the live one and the one before; `0`: all",
    ),
    Variable(
        name="KEEP_DUMPS_DAYS",
        default="0",
        meaning="after how many days dumps are deleted, but for the newest of each study; `0`: never",
    ),
    Variable(
        name="IMAGE_HOSTS",
        meaning="further hosts that pages may show images from, such as the bucket's; comma-separated",
    ),
)

MODELS = (
    Variable(
        name="ENCODER",
        default="offline-lite0-lite1-lite2-v2",
        meaning="[encoder](../research.md#encoders-and-a-gpu) of studies that name none",
    ),
    Variable(
        name="IMAGES_API_BASE",
        default="https://api.openai.com/v1",
        meaning="image endpoint of the generator `openai`: any that speaks OpenAI's protocol",
    ),
    Variable(name="IMAGES_API_MODEL", meaning="model that this endpoint is asked for"),
    Variable(name="IMAGES_API_KEY", meaning="key of this endpoint, where it needs one"),
    Variable(name="GEMINI_API_KEY", meaning="key of the generator `gemini` (Nano Banana)"),
    Variable(name="GEMINI_MODEL", default="gemini-2.5-flash-image", meaning="model that Gemini is asked for"),
    Variable(name="GEMINI_API_BASE", shown="Google's", meaning="another address for Gemini, such as a proxy"),
    Variable(
        name="DIFFUSION_MODEL",
        meaning="folder or Hugging Face name of a `diffusers` pipeline, for the generator `diffusers`",
    ),
    Variable(
        name="WRITER_API_BASE", meaning="chat endpoint of the prompt writer `chat` (vLLM, Ollama, or a hosted one)"
    ),
    Variable(name="WRITER_MODEL", meaning="model that the chat endpoint is asked for"),
    Variable(name="WRITER_API_KEY", meaning="key of the chat endpoint, where it needs one"),
    Variable(
        name="TRAINING_LAUNCHER",
        default="local",
        meaning="where several processes [train one network](../research.md#over-several-machines): `local`, on each"
        " GPU of the machine that asks, or `jobset`, in pods of a JobSet on Kubernetes",
    ),
    Variable(
        name="TRAINING_JOBSET",
        default="/etc/pamela/jobset.json",
        meaning="file that describes this JobSet: its pods, their number and what each gets; the chart writes it",
    ),
    Variable(
        name="KUBERNETES_API",
        shown="of the cluster around it",
        meaning="address of the Kubernetes API that makes the JobSet",
    ),
    Variable(
        name="KUBERNETES_ACCOUNT",
        default="/var/run/secrets/kubernetes.io/serviceaccount",
        meaning="folder with `token`, `ca.crt` and `namespace` of the service account that may make it",
    ),
    Variable(
        name="HF_TOKEN",
        meaning="token of the Hugging Face Hub, by which dumps and models are"
        " [pushed there](../dumps.md#the-hugging-face-hub)",
    ),
    Variable(name="HF_ENDPOINT", default="https://huggingface.co", meaning="address of that Hub, or of a mirror"),
    Variable(
        name="MLFLOW_TRACKING_URI",
        shown="none: nothing is logged there",
        meaning="tracking server of MLflow that ended training runs are [logged to](../research.md#trackers), such as"
        " `https://mlflow.example.org`; user, password and token as MLflow reads them, from `MLFLOW_TRACKING_USERNAME`,"
        " `MLFLOW_TRACKING_PASSWORD` and `MLFLOW_TRACKING_TOKEN`",
    ),
    Variable(name="MLFLOW_EXPERIMENT_NAME", default="pamela", meaning="experiment there, made unless there is one"),
    Variable(
        name="WANDB_PROJECT",
        shown="none: nothing is logged there",
        meaning="project of Weights & Biases that ended training runs are [logged to](../research.md#trackers); key,"
        " entity and address as its library reads them, from `WANDB_API_KEY`, `WANDB_ENTITY` and `WANDB_BASE_URL`",
    ),
    Variable(
        name="WANDB_MODE",
        default="online",
        meaning="`offline` writes runs into the folder `wandb` of `DATA_DIR`, from where `wandb sync` sends them",
    ),
    Variable(
        name="PICTURES_PER_MINUTE",
        default="0",
        meaning="most pictures asked of a remote generator in a minute; `0` for no limit",
    ),
    Variable(
        name="PICTURES_PER_RUN",
        default="0",
        meaning="most pictures that one steering run may have drawn, sketches apart; `0` for no limit",
    ),
)

REWARD = (
    Variable(
        name="REWARD_URL",
        shown="the socket of `make run`",
        meaning="address of the [reward server](../reward.md) that the web process passes pictures on to, such as"
        " `http://reward:8001`",
    ),
    Variable(
        name="REWARD_FETCH_HOSTS",
        meaning="hosts that pictures to score may be fetched from, with the port where it is not the usual one;"
        " comma-separated",
    ),
    Variable(name="REWARD_BODY_MIB", default="128", meaning="most MiB of one request for scores"),
    Variable(name="REWARD_QUEUE", default="1024", meaning="most pictures that wait to be embedded"),
)

LIMITS = (
    Variable(
        name="ENROL_RATE", default="300/hour", meaning="enrolments per address and study; a class shares an address"
    ),
    Variable(name="ENROL_PERSON_RATE", default="30/hour", meaning="enrolments per person of a platform and study"),
    Variable(name="ENROL_STUDY_RATE", default="3000/hour", meaning="enrolments per study from all addresses together"),
    Variable(
        name="PROLIFIC_TOKEN",
        meaning="token of the API of Prolific: approves submissions and gives back places of studies that name theirs",
    ),
    Variable(name="PROLIFIC_URL", default="https://api.prolific.com/api/v1", meaning="address of that API"),
    Variable(
        name="WEBHOOK_HOSTS",
        shown="none",
        meaning="hosts that [webhooks](../notifications.md) may reach although they are private or speak plain HTTP,"
        " with the port where it is not the usual one; comma-separated",
    ),
    Variable(name="LOGIN_RATE", default="30/hour", meaning="attempts to sign in per address"),
    Variable(name="TIME_ZONE", default="UTC", meaning="time zone of the admin"),
    Variable(name="LOG_LEVEL", default="INFO", meaning="least level of log lines that are written"),
    Variable(
        name="METRICS_TOKEN",
        shown="none: there are no metrics",
        meaning="token that `/metrics` asks for, as `Authorization: Bearer …`: [metrics](../operating.md#metrics) for"
        " Prometheus",
    ),
    Variable(
        name="LOG_FORMAT",
        default="line",
        meaning="`line`, or `json`: an object a line, with the id of its request and the rater's name in dumps",
    ),
    Variable(
        name="SLOW_QUERY_MS",
        default="0",
        meaning="milliseconds after which a query of the database is logged, without its values; `0`: never",
    ),
    Variable(
        name="SENTRY_DSN",
        shown="none: errors are only logged",
        meaning="address of a project of [Sentry](../operating.md#traces-and-errors), or of what speaks its protocol",
    ),
    Variable(
        name="OTEL_EXPORTER_OTLP_ENDPOINT",
        shown="none: there are no traces",
        meaning="collector that takes [traces](../operating.md#traces-and-errors) by OTLP over HTTP, such as"
        " `http://collector:4318`",
    ),
    Variable(name="TRACED_PERCENT", default="5", meaning="share of the traces that are kept"),
    Variable(name="DEBUG", default="no", meaning="Django's debug pages; never in production"),
)

MAIL = (
    Variable(
        name="MAIL_HOST",
        shown="none: no mail is sent",
        meaning="server that takes mail by SMTP: invitations are sent, and people reset their passwords by mail",
    ),
    Variable(name="MAIL_PORT", default="587", meaning="its port"),
    Variable(
        name="MAIL_SECURITY",
        default="starttls",
        meaning="`starttls`, `tls` from the first byte (usually port 465), or `none`",
    ),
    Variable(name="MAIL_USER", shown="none", meaning="name to sign in with there"),
    Variable(name="MAIL_PASSWORD", shown="none", meaning="password to sign in with there"),
    Variable(name="MAIL_FROM", default="pamela@localhost", meaning="address that mail comes from"),
)

GROUPS = {
    "Installation": INSTALLATION,
    "Models and generators": MODELS,
    "Reward server": REWARD,
    "Limits, time and logs": LIMITS,
    "Mail": MAIL,
}
VARIABLES = {variable.name: variable for group in GROUPS.values() for variable in group}
