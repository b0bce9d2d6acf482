"""Dumps with their progress, and their files to download."""

from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy, ngettext
from unfold.contrib.filters.admin import ChoicesCheckboxFilter, RelatedDropdownFilter
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from annotate.admin.parts.base import (
    Header,
    at,
    carry_out,
    column,
    confirmed_action,
    whole,
)
from annotate.admin.parts.hub_pushes import QUESTION, HubForm, pushes_list
from annotate.admin.parts.jobs import JobAdmin, JobStateFilter
from annotate.downloads import file_response, logged, zip_chunks
from annotate.flows.dumps import retry_dump
from annotate.flows.hub import request_push
from ratings.choices import JobState
from ratings.exceptions import RecordError
from ratings.models import Dump
from ratings.selectors.dumps import dump_files, withdrawals_since
from ratings.stores.folders import dump_store
from ratings.values.dump_filters import DumpFilters
from scoring.exceptions import ModelError
from scoring.models import HubPush

TABLES = ("ratings", "choices", "raters", "images")


def files_to_send(*, dump: Dump) -> dict[str, int]:
    """Give the files of a dump that is ready with their lengths, or answer that there are none."""
    try:
        return dump_files(dump=dump)
    except RecordError as error:
        raise Http404(error.message) from error


def filter_words(value: bool | datetime | tuple[str, ...]) -> str:  # noqa: FBT001 - any filter's
    """Write the value of a filter."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, datetime):
        return value.isoformat()
    return ", ".join(value)


def rows_of(table: str, count: int) -> str:
    """Count the rows of a table in words."""
    words = {
        "ratings": ngettext("{count} rating", "{count} ratings", count),
        "choices": ngettext("{count} choice", "{count} choices", count),
        "raters": ngettext("{count} rater", "{count} raters", count),
        "images": ngettext("{count} image", "{count} images", count),
    }
    return words[table].format(count=whole(count))


def may_export(request: HttpRequest) -> bool:
    """Tell whether somebody may take ratings out: the right that the API asks for, too."""
    return request.user.has_perm("ratings.add_dump")


@admin.register(Dump)
class DumpAdmin(JobAdmin[Dump]):
    """Snapshots of a study's ratings; once ready they never change."""

    list_display = ("headline", "state_pill", "progress_bar", "rows", "made", "download")
    list_filter = (
        ("study", RelatedDropdownFilter),
        ("state", JobStateFilter),
        ("format", ChoicesCheckboxFilter),
    )
    list_select_related = ("study", "requested_by")
    fields = (
        ("headline", "state_pill"),
        "progress_bar",
        "files",
        "pushes",
        ("note", "withdrawn"),
        ("contents", "chosen"),
        ("made", "requested_by"),
        "reason",
    )
    readonly_fields = (
        "headline",
        "state_pill",
        "progress_bar",
        "reason",
        "rows",
        "made",
        "files",
        "pushes",
        "download",
        "note",
        "withdrawn",
    )
    actions_detail = ("retry", "push_to_hub")

    @column(gettext_lazy("Dump"), ordering="created_at", header=True)
    def headline(self, dump: Dump) -> Header:
        """Give study and version, and the format below."""
        return Header(f"{dump.study} v{dump.version}", dump.get_format_display())

    @column(gettext_lazy("Error"))
    def reason(self, dump: Dump) -> str:
        """Say why it failed."""
        return dump.said(dump.error) or "\N{EN DASH}"

    def facts(self, job: Dump) -> dict[str, Any]:
        """Count the rows beside how far a dump is."""
        return {
            **super().facts(job),
            "stage": ngettext("{count} row", "{count} rows", job.row_count or 0).format(count=whole(job.row_count)),
        }

    @column(gettext_lazy("Rows"), ordering="row_count")
    def rows(self, dump: Dump) -> str:
        """Count the rows."""
        return whole(dump.row_count)

    @column(gettext_lazy("Made"), ordering="created_at")
    def made(self, dump: Dump) -> str:
        """Say when it was asked for."""
        return at(dump.created_at)

    @column(gettext_lazy("Download"))
    def download(self, dump: Dump) -> SafeString | str:
        """Link to everything in one archive."""
        if dump.state != JobState.READY:
            return "\N{EN DASH}"
        url = reverse("admin:ratings_dump_download", args=[dump.pk])
        return format_html('<a class="text-link font-medium" href="{}">{}</a>', url, gettext("Zip"))

    @column(gettext_lazy("Files"))
    def files(self, dump: Dump) -> SafeString | str:
        """Link to each file, and to all of them in one archive."""
        if dump.state != JobState.READY:
            return gettext("Files appear here once the dump is ready.")
        base = reverse("admin:ratings_dump_download", args=[dump.pk])
        try:
            names = [
                (base, name, name, gettext("{count} bytes").format(count=whole(size)))
                for name, size in sorted(dump_files(dump=dump).items())
            ]
        except RecordError as error:  # the page still says what the dump was
            return error.message
        rows = format_html_join("", '<li><a class="text-link" href="{}{}">{}</a> {}</li>', names)
        everything = format_html('<li><a class="text-link" href="{}">{}</a></li>', base, gettext("All as zip"))
        return format_html('<ul class="admin-files">{}{}</ul>', everything, rows)

    @column(gettext_lazy("On the Hugging Face Hub"))
    def pushes(self, dump: Dump) -> SafeString | str:
        """List where it was sent."""
        return pushes_list(HubPush.objects.filter(dump=dump))

    @column(gettext_lazy("Note"))
    def note(self, dump: Dump) -> str:
        """Say why a dump is empty."""
        return dump.manifest.get("note") or "\N{EN DASH}"

    @column(gettext_lazy("Holds"))
    def contents(self, dump: Dump) -> str:
        """Count the rows of each table; `manifest.json` among the files says everything else."""
        counts = dump.manifest.get("counts", {})
        return ", ".join(rows_of(name, counts[name]) for name in TABLES if name in counts) or "\N{EN DASH}"

    @column(gettext_lazy("Filters"))
    def chosen(self, dump: Dump) -> str:
        """Put the filters that differ from the usual ones into words."""
        unusual = DumpFilters.from_json(dump.filters).unusual
        parts = [f"{name.replace('_', ' ')}: {filter_words(value)}" for name, value in unusual.items()]
        return "; ".join(parts) or gettext("as usual: repeats kept; practice and simulated raters left out")

    @column(gettext_lazy("Withdrawn since"))
    def withdrawn(self, dump: Dump) -> str:
        """Say whether raters withdrew from this installation since the dump was made: it may still hold theirs."""
        count = withdrawals_since(moment=dump.created_at)
        if not count:
            return gettext("Nobody")
        return ngettext(
            "One rater of this installation: make a new dump before you share one.",
            "{count} raters of this installation: make a new dump before you share one.",
            count,
        ).format(count=whole(count))

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]:
        """Offer another try where the last one failed, and the Hub where it is ready."""
        state = Dump.objects.filter(pk=object_id).values_list("state", flat=True).first()
        wanted = {JobState.FAILED: "retry", JobState.READY: "push_to_hub"}.get(JobState(state)) if state else None
        offered = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        return [item for item in offered if item.method.original_function_name == wanted]

    def has_retry_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let those try again, and push, who may export."""
        return may_export(request)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Offer downloads to those who may export."""
        return [name for name in self.list_display if name != "download" or may_export(request)]

    def get_fields(self, request: HttpRequest, obj: Dump | None = None) -> list[Any]:
        """Offer the files to those who may export."""
        return [name for name in self.fields if name != "files" or may_export(request)]

    @confirmed_action(
        gettext_lazy("Try again"),
        permission="retry",
        icon="refresh",
        question=gettext_lazy("A worker writes the dump again, under its version and with its filters."),
        variant=ActionVariant.PRIMARY,
    )
    def retry(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Queue a failed dump again."""
        dump = self.access(request=request, pk=int(object_id))
        return carry_out(
            request=request,
            act=lambda: retry_dump(dump=dump, actor=cast("User", request.user)),
            done=gettext("The dump is being made again."),
            errors=RecordError,
            url=reverse("admin:ratings_dump_change", args=[dump.pk]),
        )

    @confirmed_action(
        gettext_lazy("Push to the Hub"), permission="retry", icon="cloud_upload", question=QUESTION, form=HubForm
    )
    def push_to_hub(self, request: HttpRequest, form: HubForm, object_id: str) -> HttpResponse:
        """Have a worker send the dump."""
        dump = self.access(request=request, pk=int(object_id))
        return carry_out(
            request=request,
            act=lambda: request_push(content=dump, actor=cast("User", request.user), **form.terms),
            done=gettext("The dump is being sent; this page says how it went."),
            errors=(RecordError, ModelError),
            url=reverse("admin:ratings_dump_change", args=[dump.pk]),
        )

    def get_urls(self) -> list[URLPattern]:
        """Add the downloads."""
        own = [
            path("<int:pk>/files/", self.admin_site.admin_view(self.download_view), name="ratings_dump_download"),
            path("<int:pk>/files/<path:name>", self.admin_site.admin_view(self.file_view), name="ratings_dump_file"),
        ]
        return own + super().get_urls()

    def access_files(self, *, request: HttpRequest, pk: int) -> Dump:
        """Give the dump to those who may take ratings out."""
        if not may_export(request):
            raise PermissionDenied
        return self.access(request=request, pk=pk)

    def download_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Send everything as one archive, made while it is sent."""
        dump = self.access_files(request=request, pk=pk)
        name = f"{dump.study.slug}-v{dump.version}-{dump.format}"
        files_to_send(dump=dump)
        answer = StreamingHttpResponse(
            zip_chunks(store=dump_store(), folder=dump.folder, name=name),
            content_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="{name}.zip"'},
        )
        return logged(request=request, answer=answer, target=dump.name_in_log, file=f"{name}.zip")

    def file_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
        """Send one file, or the rest of it where a download broke off."""
        dump = self.access_files(request=request, pk=pk)
        if name not in files_to_send(dump=dump):
            raise Http404(gettext("This dump has no file {name}.").format(name=name))
        answer = file_response(request=request, store=dump_store(), name=f"{dump.folder}/{name}")
        return logged(request=request, answer=answer, target=dump.name_in_log, file=name)
