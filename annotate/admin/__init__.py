"""The admin: what researchers and admins see and do. Django imports this package, which registers every page."""

from django.contrib import admin

from annotate.admin.collect import answers, assignments, images, pairs, quality_flags, raters
from annotate.admin.learn import runs, steering, versions
from annotate.admin.operate import api_tokens, audit, invitations, people, schedule, study_members, subscriptions
from annotate.admin.parts.signs import DASH
from annotate.admin.share import datasets, deliveries, dumps
from annotate.admin.studies import prolific, study_admin

admin.site.empty_value_display = DASH  # as our own columns write what has no value

__all__ = [
    "answers",
    "api_tokens",
    "assignments",
    "audit",
    "datasets",
    "deliveries",
    "dumps",
    "images",
    "invitations",
    "pairs",
    "people",
    "prolific",
    "quality_flags",
    "raters",
    "runs",
    "schedule",
    "steering",
    "study_admin",
    "study_members",
    "subscriptions",
    "versions",
]
