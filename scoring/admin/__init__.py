"""The admin of models: training and steering runs, versions, the schedule, what studies gain, raters' tastes."""

from scoring.admin import runs, schedule, steering, studies, tastes, versions

__all__ = ["runs", "schedule", "steering", "studies", "tastes", "versions"]
