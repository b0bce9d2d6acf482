"""The admin of models: training runs, model versions, the schedule, what studies gain by one, and raters' tastes."""

from scoring.admin import runs, schedule, studies, tastes, versions

__all__ = ["runs", "schedule", "studies", "tastes", "versions"]
