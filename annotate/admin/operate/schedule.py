"""The schedule of periodic work in the admin's own look."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.translation import gettext_lazy
from django_celery_beat import admin as beat_admin
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from annotate.admin.parts.base import Header, RecordAdmin, ago, column
from annotate.admin.parts.edit_tracking import EditTracking

if TYPE_CHECKING:
    from django_celery_beat.admin import PeriodicTaskAdmin as TaskPage
else:
    from unfold.admin import ModelAdmin as UnfoldModelAdmin

    class TaskPage(beat_admin.PeriodicTaskAdmin, UnfoldModelAdmin):
        """The page of periodic tasks in Unfold's look."""


admin.site.unregister((PeriodicTask, IntervalSchedule, CrontabSchedule, SolarSchedule, ClockedSchedule))


class TaskSelect(UnfoldAdminSelectWidget, beat_admin.TaskSelectWidget):  # type: ignore[misc]
    """The tasks that workers know, in the admin's own look."""


class TaskForm(beat_admin.PeriodicTaskForm):  # type: ignore[misc]
    """A periodic task with the admin's own widgets."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Swap the widgets."""
        super().__init__(*args, **kwargs)
        self.fields["task"].widget = UnfoldAdminTextInputWidget()
        self.fields["regtask"].widget = TaskSelect()


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(EditTracking[PeriodicTask], TaskPage):  # type: ignore[misc]
    """What is done when."""

    form = TaskForm
    list_display = ("headline", "rhythm", "enabled", "last_run")
    list_filter = ("enabled",)
    list_select_related = ("interval", "crontab", "solar", "clocked")

    @column(gettext_lazy("Task"), ordering="name", header=True)
    def headline(self, task: PeriodicTask) -> Header:
        """Give the name, and the code that runs."""
        return Header(task.name, task.task)

    @column(gettext_lazy("When"))
    def rhythm(self, task: PeriodicTask) -> str:
        """Give the rhythm."""
        return str(task.scheduler)

    @column(gettext_lazy("Last run"), ordering="last_run_at")
    def last_run(self, task: PeriodicTask) -> str:
        """Say when it was last started."""
        return ago(task.last_run_at)


@admin.register(IntervalSchedule)
class IntervalScheduleAdmin(RecordAdmin[IntervalSchedule]):
    """Every so many seconds, minutes, hours."""


@admin.register(CrontabSchedule)
class CrontabScheduleAdmin(RecordAdmin[CrontabSchedule]):
    """At a time of day, week or month."""
