"""What the admin shows of models and training, each in one query."""

from django.db.models import OuterRef, QuerySet, Subquery

from ratings.choices import ACTIVE_JOB_STATES, JobState
from ratings.models import Study
from scoring.models import ModelState, ModelVersion, TrainingRun
from scoring.selectors.checkpoints import has_checkpoint


def studies_with_model(*, studies: QuerySet[Study]) -> QuerySet[Study]:
    """Add the number of the live model to each study, none where there is none."""
    live = ModelVersion.objects.filter(study=OuterRef("pk"), state=ModelState.LIVE)
    return studies.annotate(live_number=Subquery(live.values("number")[:1]))


def live_versions() -> dict[int, ModelVersion]:
    """Give the live version of each study that has one, by study."""
    return {version.study_id: version for version in ModelVersion.objects.filter(state=ModelState.LIVE)}


def versions_in_order(*, study_id: int) -> list[ModelVersion]:
    """Give a study's versions, oldest first."""
    return list(ModelVersion.objects.filter(study=study_id).order_by("number"))


def newest_with_selection(*, study_id: int) -> ModelVersion | None:
    """Give a study's newest version of which it was measured what choosing images brought."""
    return next((one for one in reversed(versions_in_order(study_id=study_id)) if one.measured.selection), None)


def active_runs() -> list[TrainingRun]:
    """Give the runs that wait or go on."""
    return list(TrainingRun.objects.filter(state__in=ACTIVE_JOB_STATES).select_related("study"))


def unresolved_failures() -> list[TrainingRun]:
    """Give the last run of each study where that run failed."""
    newest = TrainingRun.objects.filter(study=OuterRef("study")).order_by("-created_at").values("pk")[:1]
    failed = TrainingRun.objects.filter(state=JobState.FAILED, pk=Subquery(newest))
    return list(failed.select_related("study"))


def version_before(*, study_id: int) -> ModelVersion | None:
    """Give the version that a roll-back brings back: the last that served before and can be read."""
    retired = ModelVersion.objects.filter(study=study_id, state=ModelState.RETIRED, promoted_at__isnull=False)
    earlier = list(retired.order_by("-promoted_at"))
    return next((one for one in earlier if has_checkpoint(version=one)), next(iter(earlier), None))
