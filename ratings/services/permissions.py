"""The groups of people who work in the admin, one per role, and what each may do."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from ratings.choices import StudyRole

RATER_MANAGER = StudyRole.RATER_MANAGER.value
RESEARCHER = StudyRole.RESEARCHER.value
ADMIN = "admin"
ROLES = (RATER_MANAGER, RESEARCHER, ADMIN)  # from the least rights to the most
OUR_APPS = ("ratings", "scoring")
PEOPLE = ("user", "group")
SCHEDULE = ("periodictask", "crontabschedule", "intervalschedule")
TOKENS = ("add_apitoken", "delete_apitoken")  # of one's own
MANAGEMENT = (
    "change_qualityflag",  # confirm or dismiss a flag
    "delete_rater",  # withdraw somebody who asks for it
)
RESEARCH = (
    "add_study",  # create
    "change_study",  # edit, open, pause, close
    "add_image",  # upload
    "change_image",
    "add_dump",  # export
    "change_qualityflag",  # confirm or dismiss a flag
    "add_delivery",  # upload pictures and ratings
    "change_dataset",  # its weight in joint training
    "add_trainingrun",  # retrain
    "change_trainingrun",  # cancel
    "change_modelversion",  # promote, roll back
    "add_steeringrun",
    "change_steeringrun",  # cancel, resume
    "add_prolificstudy",  # which study there belongs to one of ours, and what may be done there
    "change_prolificstudy",
    "add_steeringoffer",  # whether raters may have pictures made for them
    "change_steeringoffer",
    "add_invitation",  # to one's own studies, with no more rights than one's own
    "change_invitation",  # withdraw
    "add_subscription",  # have what happens in a study sent to an address
    "change_subscription",
    "delete_subscription",
)


def view_permissions() -> Q:
    """Match the permissions to look at everything but the people who work here."""
    return Q(content_type__app_label__in=OUR_APPS, codename__startswith="view_")


@transaction.atomic
def ensure_groups() -> None:
    """Create one group per role with its permissions; harmless to repeat.

    Needs the permission rows, which exist once the migrations have run.
    """
    ours = Q(content_type__app_label__in=OUR_APPS)
    people = Q(content_type__app_label="auth", content_type__model__in=PEOPLE)
    schedule = Q(content_type__app_label="django_celery_beat", content_type__model__in=SCHEDULE)
    grant_permissions(group=RATER_MANAGER, permissions=view_permissions() | (ours & Q(codename__in=MANAGEMENT)))
    grant_permissions(group=RESEARCHER, permissions=view_permissions() | (ours & Q(codename__in=RESEARCH + TOKENS)))
    grant_permissions(group=ADMIN, permissions=ours | people | schedule)


def grant_permissions(*, group: str, permissions: Q) -> None:
    """Let a group do exactly what matches."""
    row, _ = Group.objects.get_or_create(name=group)
    row.permissions.set(Permission.objects.filter(permissions))
