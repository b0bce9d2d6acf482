"""Where a model version comes from: the run that made it, and the ratings that taught it."""

from django.urls import reverse

from annotate.admin.parts.base import at, whole
from annotate.admin.parts.filtered_lists import filtered_list, study_answers_list
from annotate.admin.parts.tables import Linked
from scoring.metrics import LearningSource
from scoring.models import ModelVersion


def lineage(*, version: ModelVersion) -> list[list[Linked]]:
    """Give the steps from run over data to model, each with what it consists of and where that is shown."""
    run = version.run
    made = (
        Linked(f"run {run.pk}, {run.reason}", reverse("admin:scoring_trainingrun_change", args=[run.pk]))
        if run
        else None
    )
    data = [source_link(version=version, source=source) for source in version.measured.sources]
    model = f"{version} of {at(version.created_at)}, encoder {version.encoder_key}"
    return [[made] if made else [], data, [Linked(model, "")]]


def source_link(*, version: ModelVersion, source: LearningSource) -> Linked:
    """Name a source of ratings, and lead to them."""
    words = f"{whole(source.ratings)} ratings of {source.name or 'this study'}"
    if source.name:
        return Linked(words, filtered_list("ratings_dataset", q=source.name))
    return Linked(words, study_answers_list(study=version.study))
