"""Where a model version comes from: the run that made it, and the ratings that taught it."""

from dataclasses import dataclass
from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from annotate.admin.parts.base import at, whole
from annotate.admin.parts.filtered_lists import filtered_list, opinions_list
from scoring.metrics import LearningSource
from scoring.models import ModelVersion


@dataclass(frozen=True, kw_only=True)
class LineagePart:
    """A part of a step on the way to a version, with where it is shown."""

    text: str
    url: str = ""
    link: str = ""  # words of a link behind the text: a count is none where no list has as many rows


def lineage(*, version: ModelVersion) -> list[list[LineagePart]]:
    """Give the steps from run over data to model, each with what it consists of and where that is shown."""
    run = version.run
    made = (
        LineagePart(
            text=gettext("run {run}, {reason}").format(run=run.pk, reason=run.reason),
            url=reverse("admin:scoring_trainingrun_change", args=[run.pk]),
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
    return [[made] if made else [], data, [LineagePart(text=model)]]


def answers_then(version: ModelVersion) -> str:
    """Give the address of the list of the answers that were there when a version was made, and still count."""
    after = timezone.localtime(version.created_at) + timedelta(seconds=1)  # the filter knows whole seconds
    day, time = after.strftime("%Y-%m-%d %H:%M:%S").split()
    return opinions_list(study=version.study, created_at_to_0=day, created_at_to_1=time)


def choices_link(*, version: ModelVersion, count: int) -> LineagePart:
    """Name the choices that taught a version, and lead to them."""
    words = ngettext("{count} choice of this study", "{count} choices of this study", count)
    return LineagePart(text=words.format(count=whole(count)), url=answers_then(version), link=gettext("list"))


def source_link(*, version: ModelVersion, source: LearningSource) -> LineagePart:
    """Name a source of ratings, and lead to them."""
    count = source.ratings
    if source.name:
        words = ngettext("{count} rating of {name}", "{count} ratings of {name}", count)
    else:
        words = ngettext("{count} rating of this study", "{count} ratings of this study", count)
    words = words.format(count=whole(count), name=source.name)
    url = filtered_list("ratings_dataset", q=source.name) if source.name else answers_then(version)
    return LineagePart(text=words, url=url, link=gettext("list"))
