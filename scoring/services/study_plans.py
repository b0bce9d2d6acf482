"""Ask for what a wanted precision takes in a study, and keep what was found."""

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from ratings.exceptions import InvalidInputError
from ratings.models import Study
from ratings.registry import design_of
from ratings.sentences import staff_gettext
from ratings.services.jobs.lifecycle import settle_job
from ratings.values.study_plans import PlanTerms, StudyPlanFigures
from scoring.exceptions import ModelConflictError
from scoring.models import StudyPlan

KEPT_PLANS = 20


def request_plan(*, study: Study, terms: PlanTerms, requested_by: User | None) -> StudyPlan:
    """Make the row of a plan; one per study at a time, and none of a study without anything to rate."""
    if terms.items is None and not design_of(study).family.wanted_items().filter(study=study).exists():
        sentence = staff_gettext("{title} has nothing to rate yet: say how many {items} it will have.").format(
            title=study.title, items=staff_gettext(design_of(study).items)
        )
        raise InvalidInputError(sentence, fields={"items": sentence})
    try:
        with transaction.atomic():
            return StudyPlan.objects.create(study=study, terms=terms.as_json(), requested_by=requested_by)
    except IntegrityError as error:
        raise ModelConflictError(
            staff_gettext("A plan of {title} is being made: wait for it.").format(title=study.title)
        ) from error


@transaction.atomic
def save_plan(*, plan: StudyPlan, figures: StudyPlanFigures) -> None:
    """Keep what was found, and drop the oldest plans."""
    settle_job(job=plan, stage="", figures=figures.as_json())
    old = StudyPlan.objects.filter(study=plan.study).values_list("pk", flat=True)[KEPT_PLANS:]
    StudyPlan.objects.filter(pk__in=list(old)).delete()
