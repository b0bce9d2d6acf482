"""The record of what a wanted precision takes in a study."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext

from ratings.choices import ACTIVE_JOB_STATES, JobState
from ratings.models.job import Job
from ratings.values.study_plans import PlanTerms, StudyPlanFigures


class StudyPlan(Job):
    """One computation of raters, hours and money for a wanted precision."""

    runner = "scoring.pipeline.planning.study_plan.plan_study"
    time_limit = 600
    finished_state = JobState.READY

    study = models.ForeignKey("ratings.Study", on_delete=models.CASCADE, related_name="plans")
    terms = models.JSONField(default=dict, blank=True, help_text="The precision that is wanted, and what is stated.")
    figures = models.JSONField(default=dict, blank=True)

    class Meta(Job.Meta):
        """Order and invariants."""

        abstract = False
        ordering = ("-created_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("study",), condition=Q(state__in=ACTIVE_JOB_STATES), name="study_plan_one_at_a_time"
            ),
        )

    def __str__(self) -> str:
        """Name the study and the moment."""
        return gettext("plan of {study} at {moment}").format(
            study=self.study_id, moment=f"{self.created_at:%Y-%m-%d %H:%M}"
        )

    @property
    def wanted(self) -> PlanTerms:
        """Give what was asked for."""
        return PlanTerms.from_json(self.terms)

    @property
    def found(self) -> StudyPlanFigures:
        """Give what it takes."""
        return StudyPlanFigures.from_json(self.figures)
