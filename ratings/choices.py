"""The enumerations of the records."""

from django.db import models
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as staff_gettext_lazy


class PayBasis(models.TextChoices):
    """What a rater's pay is paid for."""

    HOUR = "hour", staff_gettext_lazy("per hour")
    FLAT = "flat", staff_gettext_lazy("in total")


class StudyState(models.TextChoices):
    """Where a study stands; only an open one hands out images."""

    DRAFT = "draft", staff_gettext_lazy("Draft")
    OPEN = "open", staff_gettext_lazy("Open")
    PAUSED = "paused", staff_gettext_lazy("Paused")
    CLOSED = "closed", staff_gettext_lazy("Closed")


class Design(models.TextChoices):
    """What a study asks of its raters."""

    RATING = "rating", staff_gettext_lazy("Rate one picture at a time")
    SCALES = "scales", staff_gettext_lazy("Rate one picture at a time, on several scales")
    PAIRWISE = "pairwise", staff_gettext_lazy("Choose between two pictures")
    BEST_WORST = "best-worst", staff_gettext_lazy("Choose the best and the worst of several pictures")


class DeviceInput(models.TextChoices):
    """With what raters of a study point and press."""

    ANY = "any", staff_gettext_lazy("Anything")
    TOUCH = "touch", staff_gettext_lazy("A touch screen")
    MOUSE = "mouse", staff_gettext_lazy("A mouse or touchpad")


class PlateKind(models.TextChoices):
    """For whom a plate of the check of colour vision and screen is hard to read."""

    CONTROL = "control", staff_gettext_lazy("Nobody")
    PROTAN = "protan", staff_gettext_lazy("Without red cones")
    DEUTAN = "deutan", staff_gettext_lazy("Without green cones")
    DARK = "dark", staff_gettext_lazy("On a screen that shows no dark greys")
    LIGHT = "light", staff_gettext_lazy("On a screen that shows no light greys")


class VisionFailing(models.TextChoices):
    """What becomes of a rater who does not pass the check of colour vision and screen."""

    RECORD = "record", staff_gettext_lazy("Record it only")
    SCREEN_OUT = "screen_out", staff_gettext_lazy("End their part")


class TokenScope(models.TextChoices):
    """What a token of the API is good for."""

    API = "api", staff_gettext_lazy("Everything its person may do")
    SCORE = "score", staff_gettext_lazy("Ask for scores only")


class KnownDetails(models.TextChoices):
    """What becomes of details that a study knows where a list says something else."""

    KEEP = "keep", staff_gettext_lazy("Keep what is known")
    REPLACE = "replace", staff_gettext_lazy("Replace it by the list")


class Side(models.TextChoices):
    """Which picture stands first; the others follow in the order of their conditions, and the first after the last."""

    A = "a", staff_gettext_lazy("First condition left")
    B = "b", staff_gettext_lazy("Second condition left")
    C = "c", staff_gettext_lazy("Third condition first")
    D = "d", staff_gettext_lazy("Fourth condition first")
    E = "e", staff_gettext_lazy("Fifth condition first")


class Answer(models.TextChoices):
    """What a rater says of two pictures side by side."""

    LEFT = "left", staff_gettext_lazy("Left")
    RIGHT = "right", staff_gettext_lazy("Right")
    TIE = "tie", staff_gettext_lazy("Tie")


class ScaleKind(models.TextChoices):
    """How a rater answers."""

    LIKERT = "likert", staff_gettext_lazy("Steps (Likert)")
    SLIDER = "slider", staff_gettext_lazy("Continuous slider")


class CardPictures(models.TextChoices):
    """Which pictures stand on a study's card: people see them before they rate."""

    PRACTICE = "practice", staff_gettext_lazy("Those chosen for it, else practice pictures if the study is listed")
    CHOSEN = "chosen", staff_gettext_lazy("Only those chosen for it")
    NONE = "none", staff_gettext_lazy("No pictures")


class ParticipationState(models.TextChoices):
    """Where a rater stands in a study."""

    ACTIVE = "active", staff_gettext_lazy("Active")
    COMPLETE = "complete", staff_gettext_lazy("Complete")
    LEFT = "left", staff_gettext_lazy("Left")


class End(models.TextChoices):
    """How a part in a study ends."""

    COMPLETE = "complete", staff_gettext_lazy("Complete")
    PARTIAL = "partial", staff_gettext_lazy("Partial")
    FULL = "full", staff_gettext_lazy("Study full")
    SCREENED_OUT = "screened_out", staff_gettext_lazy("Screened out")
    DEVICE = "device", staff_gettext_lazy("Device not allowed")
    VISION = "vision", staff_gettext_lazy("Colour or screen check not passed")
    DECLINED = "declined", staff_gettext_lazy("Consent declined")
    FAILED_ATTENTION = "failed_attention", staff_gettext_lazy("Attention checks missed")
    TIMED_OUT = "timed_out", staff_gettext_lazy("Timed out")


class AssignmentState(models.TextChoices):
    """The life of one image put to one rater; an offered one waits on a page of its own and never runs out."""

    QUEUED = "queued", staff_gettext_lazy("Queued")
    LEASED = "leased", staff_gettext_lazy("Leased")
    OFFERED = "offered", staff_gettext_lazy("Offered")
    RATED = "rated", staff_gettext_lazy("Rated")
    SKIPPED = "skipped", staff_gettext_lazy("Skipped")
    RELEASED = "released", staff_gettext_lazy("Released")


class AssignmentKind(models.TextChoices):
    """What an assignment is for; only a fresh one takes one of the image's slots."""

    FRESH = "fresh", staff_gettext_lazy("Fresh")
    PRACTICE = "practice", staff_gettext_lazy("Practice")
    REPEAT = "repeat", staff_gettext_lazy("Repeat")
    ATTENTION = "attention", staff_gettext_lazy("Attention check")
    STEERED = "steered", staff_gettext_lazy("Made for the rater")


class Policy(models.TextChoices):
    """How an assignment was chosen."""

    PRACTICE = "practice", staff_gettext_lazy("Practice")
    BURN_IN = "burn-in", staff_gettext_lazy("Burn-in")
    ACTIVE = "active", staff_gettext_lazy("Active")
    RANDOM = "random", staff_gettext_lazy("Random (test slice)")
    REPEAT = "repeat", staff_gettext_lazy("Repeat")
    COVERAGE = "coverage", staff_gettext_lazy("Coverage first")
    ATTENTION = "attention", staff_gettext_lazy("Attention check")
    STEERING = "steering", staff_gettext_lazy("Steering")


class SkipReason(models.TextChoices):
    """Why a rater gave an image back."""

    NOT_LOADING = "not-loading", gettext_lazy("The picture does not load")
    UNCOMFORTABLE = "uncomfortable", gettext_lazy("I would rather not look at it")
    SEEN_BEFORE = "seen-before", gettext_lazy("I know this picture")
    CANNOT_JUDGE = "cannot-judge", gettext_lazy("I cannot judge it")
    OTHER = "other", gettext_lazy("Another reason")


class ConsentKind(models.TextChoices):
    """The rules that a ready consent text is written for."""

    GDPR = "gdpr", staff_gettext_lazy("GDPR (European Union)")
    IRB = "irb", staff_gettext_lazy("IRB (US Common Rule)")


class StudyTemplate(models.TextChoices):
    """The ready descriptions that a new study may start from."""

    PAMELA = "pamela", staff_gettext_lazy("PAMELA\u2019s own study")
    PAIRWISE = "pairwise", staff_gettext_lazy("Pairwise comparison")
    SCALES = "scales", staff_gettext_lazy("Several scales")
    BEST_WORST = "best-worst", staff_gettext_lazy("Best and worst")


class OffReason(models.TextChoices):
    """Why a picture was taken off a study; `UNTRUE_RATINGS` names those after which its ratings teach no model."""

    NOT_AS_DESCRIBED = "not-as-described", staff_gettext_lazy("Not what its description says")
    DAMAGED = "damaged", staff_gettext_lazy("Damaged, or shown wrongly")
    RIGHTS = "rights", staff_gettext_lazy("No right to show it, or somebody in it objects")
    ILLEGAL = "illegal", staff_gettext_lazy("Suspected to be illegal")
    HARMFUL = "harmful", staff_gettext_lazy("Harmful or offensive")
    DUPLICATE = "duplicate", staff_gettext_lazy("The same picture twice")
    UNRELATED = "unrelated", staff_gettext_lazy("Does not belong into this study")
    OTHER = "other", staff_gettext_lazy("Another reason")


# After these, ratings of the picture are left out of training: they are not about what the records say it is, or it may
# not be used. After any other reason the ratings are as true as before, and go on teaching.
UNTRUE_RATINGS = (OffReason.NOT_AS_DESCRIBED, OffReason.DAMAGED, OffReason.RIGHTS, OffReason.ILLEGAL)


class PurgedRatings(models.TextChoices):
    """What becomes of what was said of a picture that is purged."""

    KEEP = "keep", staff_gettext_lazy("Keep ratings and choices, without the picture")
    DELETE = "delete", staff_gettext_lazy("Delete ratings and choices of it as well")


class JobState(models.TextChoices):
    """The life of long work; it ends well as ready where somebody fetches what it made, else as succeeded."""

    QUEUED = "queued", staff_gettext_lazy("Queued")
    RUNNING = "running", staff_gettext_lazy("Running")
    READY = "ready", staff_gettext_lazy("Ready")
    SUCCEEDED = "succeeded", staff_gettext_lazy("Succeeded")
    FAILED = "failed", staff_gettext_lazy("Failed")
    CANCELLED = "cancelled", staff_gettext_lazy("Cancelled")
    SKIPPED = "skipped", staff_gettext_lazy("Skipped")


ACTIVE_JOB_STATES = (JobState.QUEUED, JobState.RUNNING)


class DumpFormat(models.TextChoices):
    """The file formats of a dump."""

    CSV = "csv", "CSV"
    JSONL = "jsonl", staff_gettext_lazy("JSON lines")
    PARQUET = "parquet", staff_gettext_lazy("Parquet")
    HF = "hf", staff_gettext_lazy("Hugging Face dataset")


class DeliveryKind(models.TextChoices):
    """What somebody uploaded."""

    PICTURES = "pictures", staff_gettext_lazy("Pictures")
    RATINGS = "ratings", staff_gettext_lazy("Ratings")


class FlagReason(models.TextChoices):
    """Why a rater's answers are flagged; disagreeing with others is no reason, since taste is the subject."""

    FAST = "fast", staff_gettext_lazy("Answers too fast")
    STRAIGHT_LINING = "straight-lining", staff_gettext_lazy("Same answer again and again")
    INCONSISTENT = "inconsistent", staff_gettext_lazy("Repeats disagree")
    INATTENTIVE = "inattentive", staff_gettext_lazy("Attention checks missed")
    MACHINE = "machine", staff_gettext_lazy("Perhaps a machine")


class FlagState(models.TextChoices):
    """What a person made of a flag."""

    RAISED = "raised", staff_gettext_lazy("To be decided")
    CONFIRMED = "confirmed", staff_gettext_lazy("Confirmed")
    DISMISSED = "dismissed", staff_gettext_lazy("Dismissed")


class LinkFaultKind(models.TextChoices):
    """Why a platform's link does not say who its visitor is."""

    UNFILLED = "unfilled", staff_gettext_lazy("Placeholder not filled in")
    PREVIEW = "preview", staff_gettext_lazy("Preview")
    MALFORMED = "malformed", staff_gettext_lazy("No id")
    AMBIGUOUS = "ambiguous", staff_gettext_lazy("Two ids")


class ArenaAccess(models.TextChoices):
    """Who finds the ranking of what a study compares."""

    OFF = "off", staff_gettext_lazy("Off")
    UNLISTED = "unlisted", staff_gettext_lazy("Unlisted")
    PUBLIC = "public", staff_gettext_lazy("Public")


class StudyRole(models.TextChoices):
    """What somebody is in one study; each is the name of the group whose rights it gives there."""

    RATER_MANAGER = "rater manager", staff_gettext_lazy("Rater manager")
    RESEARCHER = "researcher", staff_gettext_lazy("Researcher")


class Event(models.TextChoices):
    """What a study lets other programs and people know of; the values are the types of the messages."""

    RUN_FINISHED = "run.finished", staff_gettext_lazy("Training run finished")
    RUN_FAILED = "run.failed", staff_gettext_lazy("Training run failed")
    STEERING_FINISHED = "steering.finished", staff_gettext_lazy("Steering run finished")
    STEERING_FAILED = "steering.failed", staff_gettext_lazy("Steering run failed")
    DUMP_READY = "dump.ready", staff_gettext_lazy("Dump ready")
    DUMP_FAILED = "dump.failed", staff_gettext_lazy("Dump failed")
    STUDY_FULL = "study.full", staff_gettext_lazy("Study full")
    RATERS_FLAGGED = "raters.flagged", staff_gettext_lazy("Raters flagged")
    TEST = "test", staff_gettext_lazy("Test")


EVENTS = tuple(event.value for event in Event if event != Event.TEST)  # that one can subscribe to
EVENT_CHOICES = [(event.value, event.label) for event in Event if event != Event.TEST]


class Channel(models.TextChoices):
    """By which way a message is sent."""

    WEBHOOK = "webhook", staff_gettext_lazy("Webhook")
    MAIL = "mail", staff_gettext_lazy("Mail")


class NotificationState(models.TextChoices):
    """The life of a message."""

    WAITING = "waiting", staff_gettext_lazy("Waiting")
    DELIVERED = "delivered", staff_gettext_lazy("Delivered")
    FAILED = "failed", staff_gettext_lazy("Failed")
