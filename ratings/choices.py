"""The enumerations of the records."""

from django.db import models
from django.utils.translation import gettext_lazy


class PayBasis(models.TextChoices):
    """What a rater's pay is paid for."""

    HOUR = "hour", "per hour"
    FLAT = "flat", "in total"


class StudyState(models.TextChoices):
    """Where a study stands; only an open one hands out images."""

    DRAFT = "draft", "Draft"
    OPEN = "open", "Open"
    PAUSED = "paused", "Paused"
    CLOSED = "closed", "Closed"


class Design(models.TextChoices):
    """What a study asks of its raters."""

    RATING = "rating", "Rate one picture at a time"
    SCALES = "scales", "Rate one picture at a time, on several scales"
    PAIRWISE = "pairwise", "Choose between two pictures"
    BEST_WORST = "best-worst", "Choose the best and the worst of several pictures"


class DeviceInput(models.TextChoices):
    """With what raters of a study point and press."""

    ANY = "any", "Anything"
    TOUCH = "touch", "A touch screen"
    MOUSE = "mouse", "A mouse or touchpad"


class PlateKind(models.TextChoices):
    """For whom a plate of the check of colour vision and screen is hard to read."""

    CONTROL = "control", "Nobody"
    PROTAN = "protan", "Without red cones"
    DEUTAN = "deutan", "Without green cones"
    DARK = "dark", "On a screen that shows no dark greys"
    LIGHT = "light", "On a screen that shows no light greys"


class VisionFailing(models.TextChoices):
    """What becomes of a rater who does not pass the check of colour vision and screen."""

    RECORD = "record", "Record it only"
    SCREEN_OUT = "screen_out", "End their part"


class TokenScope(models.TextChoices):
    """What a token of the API is good for."""

    API = "api", "Everything its person may do"
    SCORE = "score", "Ask for scores only"


class KnownDetails(models.TextChoices):
    """What becomes of details that a study knows where a list says something else."""

    KEEP = "keep", "Keep what is known"
    REPLACE = "replace", "Replace it by the list"


class Side(models.TextChoices):
    """Which picture stands first; the others follow in the order of their conditions, and the first after the last."""

    A = "a", "First condition left"
    B = "b", "Second condition left"
    C = "c", "Third condition first"
    D = "d", "Fourth condition first"
    E = "e", "Fifth condition first"


class Answer(models.TextChoices):
    """What a rater says of two pictures side by side."""

    LEFT = "left", "Left"
    RIGHT = "right", "Right"
    TIE = "tie", "Tie"


class ScaleKind(models.TextChoices):
    """How a rater answers."""

    LIKERT = "likert", "Steps (Likert)"
    SLIDER = "slider", "Continuous slider"


class CardPictures(models.TextChoices):
    """Which pictures stand on a study's card: people see them before they rate."""

    PRACTICE = "practice", "Those chosen for it, else practice pictures if the study is listed"
    CHOSEN = "chosen", "Only those chosen for it"
    NONE = "none", "No pictures"


class ParticipationState(models.TextChoices):
    """Where a rater stands in a study."""

    ACTIVE = "active", "Active"
    COMPLETE = "complete", "Complete"
    LEFT = "left", "Left"


class End(models.TextChoices):
    """How a part in a study ends."""

    COMPLETE = "complete", "Complete"
    PARTIAL = "partial", "Partial"
    FULL = "full", "Study full"
    SCREENED_OUT = "screened_out", "Screened out"
    DEVICE = "device", "Device not allowed"
    VISION = "vision", "Colour or screen check not passed"
    DECLINED = "declined", "Consent declined"
    FAILED_ATTENTION = "failed_attention", "Attention checks missed"
    TIMED_OUT = "timed_out", "Timed out"


class AssignmentState(models.TextChoices):
    """The life of one image put to one rater; an offered one waits on a page of its own and never runs out."""

    QUEUED = "queued", "Queued"
    LEASED = "leased", "Leased"
    OFFERED = "offered", "Offered"
    RATED = "rated", "Rated"
    SKIPPED = "skipped", "Skipped"
    RELEASED = "released", "Released"


class AssignmentKind(models.TextChoices):
    """What an assignment is for; only a fresh one takes one of the image's slots."""

    FRESH = "fresh", "Fresh"
    PRACTICE = "practice", "Practice"
    REPEAT = "repeat", "Repeat"
    ATTENTION = "attention", "Attention check"
    STEERED = "steered", "Made for the rater"


class Policy(models.TextChoices):
    """How an assignment was chosen."""

    PRACTICE = "practice", "Practice"
    BURN_IN = "burn-in", "Burn-in"
    ACTIVE = "active", "Active"
    RANDOM = "random", "Random (test slice)"
    REPEAT = "repeat", "Repeat"
    COVERAGE = "coverage", "Coverage first"
    ATTENTION = "attention", "Attention check"
    STEERING = "steering", "Steering"


class SkipReason(models.TextChoices):
    """Why a rater gave an image back."""

    NOT_LOADING = "not-loading", gettext_lazy("The picture does not load")
    UNCOMFORTABLE = "uncomfortable", gettext_lazy("I would rather not look at it")
    SEEN_BEFORE = "seen-before", gettext_lazy("I know this picture")
    CANNOT_JUDGE = "cannot-judge", gettext_lazy("I cannot judge it")
    OTHER = "other", gettext_lazy("Another reason")


class ConsentKind(models.TextChoices):
    """The rules that a ready consent text is written for."""

    GDPR = "gdpr", "GDPR (European Union)"
    IRB = "irb", "IRB (US Common Rule)"


class StudyTemplate(models.TextChoices):
    """The ready descriptions that a new study may start from."""

    PAMELA = "pamela", "PAMELA\u2019s own study"
    PAIRWISE = "pairwise", "Pairwise comparison"
    SCALES = "scales", "Several scales"
    BEST_WORST = "best-worst", "Best and worst"


class OffReason(models.TextChoices):
    """Why a picture was taken off a study; `UNTRUE_RATINGS` names those after which its ratings teach no model."""

    NOT_AS_DESCRIBED = "not-as-described", "Not what its description says"
    DAMAGED = "damaged", "Damaged, or shown wrongly"
    RIGHTS = "rights", "No right to show it, or somebody in it objects"
    ILLEGAL = "illegal", "Suspected to be illegal"
    HARMFUL = "harmful", "Harmful or offensive"
    DUPLICATE = "duplicate", "The same picture twice"
    UNRELATED = "unrelated", "Does not belong into this study"
    OTHER = "other", "Another reason"


# After these, ratings of the picture are left out of training: they are not about what the records say it is, or it may
# not be used. After any other reason the ratings are as true as before, and go on teaching.
UNTRUE_RATINGS = (OffReason.NOT_AS_DESCRIBED, OffReason.DAMAGED, OffReason.RIGHTS, OffReason.ILLEGAL)


class PurgedRatings(models.TextChoices):
    """What becomes of what was said of a picture that is purged."""

    KEEP = "keep", "Keep ratings and choices, without the picture"
    DELETE = "delete", "Delete ratings and choices of it as well"


class JobState(models.TextChoices):
    """The life of long work; it ends well as ready where somebody fetches what it made, else as succeeded."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    READY = "ready", "Ready"
    SUCCEEDED = "succeeded", "Succeeded"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"
    SKIPPED = "skipped", "Skipped"


ACTIVE_JOB_STATES = (JobState.QUEUED, JobState.RUNNING)


class DumpFormat(models.TextChoices):
    """The file formats of a dump."""

    CSV = "csv", "CSV"
    JSONL = "jsonl", "JSON lines"
    PARQUET = "parquet", "Parquet"
    HF = "hf", "Hugging Face dataset"


class DeliveryKind(models.TextChoices):
    """What somebody uploaded."""

    PICTURES = "pictures", "Pictures"
    RATINGS = "ratings", "Ratings"


class FlagReason(models.TextChoices):
    """Why a rater's answers are flagged; disagreeing with others is no reason, since taste is the subject."""

    FAST = "fast", "Answers too fast"
    STRAIGHT_LINING = "straight-lining", "Same answer again and again"
    INCONSISTENT = "inconsistent", "Repeats disagree"
    INATTENTIVE = "inattentive", "Attention checks missed"
    MACHINE = "machine", "Perhaps a machine"


class FlagState(models.TextChoices):
    """What a person made of a flag."""

    RAISED = "raised", "To be decided"
    CONFIRMED = "confirmed", "Confirmed"
    DISMISSED = "dismissed", "Dismissed"


class LinkFaultKind(models.TextChoices):
    """Why a platform's link does not say who its visitor is."""

    UNFILLED = "unfilled", "Placeholder not filled in"
    PREVIEW = "preview", "Preview"
    MALFORMED = "malformed", "No id"
    AMBIGUOUS = "ambiguous", "Two ids"


class ArenaAccess(models.TextChoices):
    """Who finds the ranking of what a study compares."""

    OFF = "off", "Off"
    UNLISTED = "unlisted", "Unlisted"
    PUBLIC = "public", "Public"


class StudyRole(models.TextChoices):
    """What somebody is in one study; each is the name of the group whose rights it gives there."""

    RATER_MANAGER = "rater manager", "Rater manager"
    RESEARCHER = "researcher", "Researcher"


class Event(models.TextChoices):
    """What a study lets other programs and people know of; the values are the types of the messages."""

    RUN_FINISHED = "run.finished", "Training run finished"
    RUN_FAILED = "run.failed", "Training run failed"
    STEERING_FINISHED = "steering.finished", "Steering run finished"
    STEERING_FAILED = "steering.failed", "Steering run failed"
    DUMP_READY = "dump.ready", "Dump ready"
    DUMP_FAILED = "dump.failed", "Dump failed"
    STUDY_FULL = "study.full", "Study full"
    RATERS_FLAGGED = "raters.flagged", "Raters flagged"
    TEST = "test", "Test"


EVENTS = tuple(event.value for event in Event if event != Event.TEST)  # that one can subscribe to
EVENT_CHOICES = [(event.value, event.label) for event in Event if event != Event.TEST]


class Channel(models.TextChoices):
    """By which way a message is sent."""

    WEBHOOK = "webhook", "Webhook"
    MAIL = "mail", "Mail"


class NotificationState(models.TextChoices):
    """The life of a message."""

    WAITING = "waiting", "Waiting"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"
