"""Filters of the list of images: by study, and by what its entries say."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.contrib.admin import ModelAdmin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy
from unfold.contrib.filters.admin import CheckboxFilter, DropdownFilter

from annotate.admin.parts.study_scope import person_of
from annotate.flows.access import studies_of, visible_rows
from ratings.models import Delivery, Image, StudyImage
from ratings.selectors.entries import entries_of_upload, words_stated

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

STUDY = "study_images__study__id__exact"
FILTERS = (STUDY, "role", "domain", "generator", "off", "upload")
# What is set aside says so first: by that a large study's index finds the few.
ROLES: Mapping[str, tuple["StrOrPromise", Q]] = {  # what a picture is for in its study
    "rate": (gettext_lazy("To rate"), Q(is_active=True, is_practice=False)),
    "practice": (gettext_lazy("Practice"), Q(is_practice=True, attention_value__isnull=True, is_made=False)),
    "check": (gettext_lazy("Attention check"), Q(is_practice=True, attention_value__isnull=False)),
    "made": (gettext_lazy("Made for a rater"), Q(is_practice=True, is_made=True)),
}
ASKED_FOR_ONLY = ("check", "made")  # the list of a study shows these to nobody who does not ask for them


def chosen_study(*, request: HttpRequest) -> int | None:
    """Give the study whose images are asked for, if it is one."""
    value = request.GET.get(STUDY, "")
    return int(value) if value.isascii() and value.isdecimal() else None


def chosen_upload(*, request: HttpRequest) -> Delivery | None:
    """Give the upload whose pictures are asked for, if there is one."""
    value = request.GET.get(UploadFilter.parameter_name, "")
    rows = visible_rows(Delivery.objects.select_related("study"), person=person_of(request))
    return rows.filter(pk=int(value)).first() if value.isascii() and value.isdecimal() else None


def asked_entries(*, request: HttpRequest) -> QuerySet[StudyImage]:
    """Give the entries that the filters ask for; without any, all."""
    entries = visible_rows(StudyImage.objects.order_by(), person=person_of(request))
    study = chosen_study(request=request)
    if study is not None:
        entries = entries.filter(study=study)
    if request.GET.get(OffFilter.parameter_name):
        entries = entries.filter(off_at__isnull=False)
    if request.GET.get(UploadFilter.parameter_name):
        entries = entries.filter(pk__in=entries_of_upload(chosen_upload(request=request)))
    roles = [ROLES[name][1] for name in request.GET.getlist(RoleFilter.parameter_name) if name in ROLES]
    if roles:
        entries = entries.filter(reduce(or_, roles))
    elif study is not None:
        entries = entries.exclude(reduce(or_, (ROLES[name][1] for name in ASKED_FOR_ONLY)))
    for column in (DomainFilter, GeneratorFilter):
        values = request.GET.getlist(column.parameter_name)
        entries = entries.filter(**{f"{column.parameter_name}__in": values}) if values else entries
    return entries


def with_entries(images: QuerySet[Image], *, entries: QuerySet[StudyImage]) -> QuerySet[Image]:
    """Keep the images that have one of these entries: all conditions hold for the same one."""
    return images.filter(Exists(entries.filter(image=OuterRef("pk"))))


def saying(word: str) -> Q:
    """Give the condition of entries whose name or prompt holds a word."""
    return Q(name__icontains=word) | Q(prompt__icontains=word)


def role_words(entry: StudyImage) -> str:
    """Say what a picture is for in a study."""
    if entry.is_made or entry.attention_value is not None:
        return str(ROLES["made" if entry.is_made else "check"][0])
    return str(ROLES["practice" if entry.is_practice else "rate"][0])


class StudyFilter(DropdownFilter):  # type: ignore[misc]  # Unfold has no types
    """By study; applies what the other filters ask for, too, so that all hold for one entry."""

    title = gettext_lazy("study")
    parameter_name = STUDY

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        """List the studies."""
        studies = studies_of(person=person_of(request)).order_by("title")
        return [(str(pk), title) for pk, title in studies.values_list("pk", "title")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> QuerySet[Image]:
        """Keep what all filters ask for."""
        if not any(request.GET.get(name) for name in FILTERS):
            return queryset
        return with_entries(queryset, entries=asked_entries(request=request))


class FactFilter(CheckboxFilter):  # type: ignore[misc]  # Unfold has no types
    """By a fact that entries state; the filter by study applies it."""

    parameter_name: str

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        """List what the entries, those of the chosen study if there is one, say."""
        studies, study = studies_of(person=person_of(request)), chosen_study(request=request)
        studies = studies.filter(pk=study) if study is not None else studies
        return [(word, word) for word in words_stated(studies=studies, column=self.parameter_name)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Image]) -> QuerySet[Image]:
        """Leave it to the filter by study."""
        return queryset


class RoleFilter(FactFilter):
    """By what it is for in its study; without it, a study's list leaves out what raters do not judge."""

    title = gettext_lazy("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        """Offer the roles."""
        return [(name, str(words)) for name, (words, _) in ROLES.items()]


class OffFilter(FactFilter):
    """By whether it was taken off a study."""

    title = gettext_lazy("taken off")
    parameter_name = "off"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        """Offer those that were."""
        return [("1", gettext("Taken off"))]


class UploadFilter(FactFilter):
    """By the upload that brought it into its study: offered to those only who come from that upload's page."""

    title = gettext_lazy("upload")
    parameter_name = "upload"

    def lookups(self, request: HttpRequest, model_admin: "ModelAdmin[Any]") -> list[tuple[str, str]]:
        """Offer the upload that is chosen."""
        upload = chosen_upload(request=request)
        return [] if upload is None else [(str(upload.pk), f"{upload} ({date_format(upload.created_at)})")]


class DomainFilter(FactFilter):
    """By domain."""

    title = gettext_lazy("domain")
    parameter_name = "domain"


class GeneratorFilter(FactFilter):
    """By generator."""

    title = gettext_lazy("generator")
    parameter_name = "generator"
