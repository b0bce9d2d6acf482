"""Where a model version comes from: the run that made it, and the ratings that taught it."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from annotate.admin.parts.base import at, whole
from annotate.admin.parts.filtered_lists import filtered_list, opinions_list
from annotate.admin.parts.tables import Linked
from scoring.metrics import LearningSource
from scoring.models import ModelVersion


def lineage(*, version: ModelVersion) -> list[list[Linked]]:
    """Give the steps from run over data to model, each with what it consists of and where that is shown."""
    run = version.run
    made = (
        Linked(
            gettext("run {run}, {reason}").format(run=run.pk, reason=run.reason),
            reverse("admin:scoring_trainingrun_change", args=[run.pk]),
        )
        if run
        else None
    )
    chosen = version.measured.choices
    data = (
        [source_link(version=version, source=source) for source in version.measured.sources]
        if chosen is None
        else [choices_link(version=version, count=chosen.learned)]
    )
    model = gettext("{version} of {created_at}, encoder {encoder_key}").format(
        version=version, created_at=at(version.created_at), encoder_key=version.encoder_key
    )
    return [[made] if made else [], data, [Linked(model, "")]]


def answers_then(version: ModelVersion) -> str:
    """Give the address of the list of the answers that were there when a version was made, and still count."""
    after = timezone.localtime(version.created_at) + timedelta(seconds=1)  # the filter knows whole seconds
    day, time = after.strftime("%Y-%m-%d %H:%M:%S").split()
    return opinions_list(study=version.study, created_at_to_0=day, created_at_to_1=time)


def choices_link(*, version: ModelVersion, count: int) -> Linked:
    """Name the choices that taught a version, and lead to them."""
    words = ngettext("{count} choice of this study", "{count} choices of this study", count)
    return Linked(words.format(count=whole(count)), answers_then(version))


def source_link(*, version: ModelVersion, source: LearningSource) -> Linked:
    """Name a source of ratings, and lead to them."""
    count = source.ratings
    if source.name:
        words = ngettext("{count} rating of {name}", "{count} ratings of {name}", count)
    else:
        words = ngettext("{count} rating of this study", "{count} ratings of this study", count)
    words = words.format(count=whole(count), name=source.name)
    if source.name:
        return Linked(words, filtered_list("ratings_dataset", q=source.name))
    return Linked(words, answers_then(version))
