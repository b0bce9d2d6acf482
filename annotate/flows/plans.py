"""What a wanted precision takes: reckoned by a worker, or at once for a command."""

from django.contrib.auth.models import User
from django.db import transaction

from ratings.models import Study
from ratings.services.jobs.progress import Progress
from ratings.tasks import queue_job
from ratings.values.study_plans import PlanTerms
from scoring.models import StudyPlan
from scoring.services import study_plans


@transaction.atomic
def request_plan(*, study: Study, terms: PlanTerms, actor: User | None) -> StudyPlan:
    """Ask for a plan and hand it to a worker."""
    plan = study_plans.request_plan(study=study, terms=terms, requested_by=actor)
    queue_job(plan)
    return plan


def plan_now(*, study: Study, terms: PlanTerms, on_progress: Progress) -> StudyPlan:
    """Ask for a plan and make it here and now; give it ended."""
    from ratings.services.jobs.work import do_job
    from scoring.pipeline.planning import study_plan  # torch, which only workers and commands load

    plan = study_plans.request_plan(study=study, terms=terms, requested_by=None)
    return do_job(kind=StudyPlan, job_id=plan.pk, runner=study_plan.plan_study, on_progress=on_progress) or plan
