"""Images as a grid of thumbnails."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.files.storage import default_storage
from django.db.models import Model, Q, QuerySet, TextField
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import smart_split, unescape_string_literal
from django.utils.translation import gettext, gettext_lazy
from unfold.admin import StackedInline, TabularInline
from unfold.widgets import UnfoldAdminTextareaWidget

from annotate.admin.collect.image_filters import (
    FILTERS,
    STUDY,
    DomainFilter,
    GeneratorFilter,
    OffFilter,
    RoleFilter,
    StudyFilter,
    UploadFilter,
    asked_entries,
    chosen_study,
    role_words,
    saying,
)
from annotate.admin.collect.off_actions import OffActions
from annotate.admin.collect.practice_actions import PracticeActions
from annotate.admin.collect.purge_page import PurgePage
from annotate.admin.parts.archive import ArchivedFilter
from annotate.admin.parts.base import RecordAdmin, at, bar, column
from annotate.admin.parts.long_lists import MOST_SORTED_IMAGES, is_within
from annotate.admin.parts.study_scope import VisibleInline, person_of
from annotate.admin.parts.thumbnails import image_url
from annotate.flows.access import limits_of
from annotate.flows.pictures import change_details
from ratings.models import DatasetImage, Image, StudyImage
from ratings.selectors.entries import entries_shown
from ratings.selectors.overview import images_with_figures

if TYPE_CHECKING:
    EntryFields = forms.ModelForm[StudyImage]
else:
    EntryFields = forms.ModelForm

ORDERS = (
    (gettext_lazy("Newest"), ""),
    (gettext_lazy("Most rated"), "-1"),
    (gettext_lazy("Least rated"), "1"),
    (gettext_lazy("Best liked"), "-2"),
    (gettext_lazy("Least liked"), "2"),
)


class EntryForm(EntryFields):
    """What a study says of a picture; that of a check or a picture made for a rater stays."""

    def __init__(self, *args: Any, **named: Any) -> None:
        """Keep what describes no picture to be rated."""
        super().__init__(*args, **named)
        if self.instance.attention_value is not None or self.instance.is_made:
            for field in self.fields.values():
                field.disabled = True


class EntryInline(VisibleInline[StudyImage, Image], StackedInline):  # type: ignore[misc]  # Unfold has no types
    """What each study says of the picture; a change here is one of that study only."""

    model = StudyImage
    verbose_name, verbose_name_plural = gettext_lazy("study"), gettext_lazy("In studies")
    form = EntryForm
    fields = (("study", "name", "role"), "prompt", ("generator", "domain"), "is_on_card", "metadata", "off")
    readonly_fields = ("study", "name", "role", "metadata", "off")
    formfield_overrides: ClassVar[dict[Any, Any]] = {TextField: {"widget": UnfoldAdminTextareaWidget({"rows": 3})}}
    extra = 0
    can_delete = False

    @column(gettext_lazy("Role"))
    def role(self, entry: StudyImage) -> str:
        """Say what the picture is for in the study."""
        return role_words(entry)

    @column(gettext_lazy("Taken off"))
    def off(self, entry: StudyImage) -> str:
        """Say when it was taken off the study, by whom and why."""
        if entry.off_at is None:
            return gettext("no")
        who = str(entry.off_by) if entry.off_by else gettext("by command")
        words = f": {entry.off_words}" if entry.off_words else ""
        return f"{at(entry.off_at)}, {who}. {entry.get_off_reason_display()}{words}"

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse: images come into a study by its upload."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let those look who may look at images."""
        return request.user.has_perm("ratings.view_image") or request.user.has_perm("ratings.change_image")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let those change it who may change images."""
        return request.user.has_perm("ratings.change_image")


class DatasetImageInline(VisibleInline[DatasetImage, Image], TabularInline):  # type: ignore[misc]  # Unfold has no types
    """What each imported set says of the picture."""

    model = DatasetImage
    verbose_name, verbose_name_plural = gettext_lazy("imported set"), gettext_lazy("In imported sets")
    fields = ("dataset", "key", "prompt", "generator", "domain")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Refuse."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Let those look who may look at datasets."""
        return request.user.has_perm("ratings.view_dataset")


@admin.register(Image)
class ImageAdmin(OffActions, PracticeActions, PurgePage, RecordAdmin[Image]):
    """Pictures with what is known and what was said of them."""

    actions = (*OffActions.actions, "set_aside_for_practice", "put_among_rated")
    list_display = ("__str__", "ratings", "mean")
    list_filter = (StudyFilter, RoleFilter, ArchivedFilter, OffFilter, UploadFilter, DomainFilter, GeneratorFilter)
    search_fields = ("sha256",)  # and what entries say, see `get_search_results`
    list_per_page = 48
    inlines = (EntryInline, DatasetImageInline)
    fields = ("picture", ("ratings", "mean"), ("size", "added"), "sha256")
    readonly_fields = ("picture", "ratings", "mean", "size", "added", "sha256")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Image]:
        """Add the figures."""
        return images_with_figures(
            images=super().get_queryset(request), among=limits_of(person=person_of(request), right="ratings.view_image")
        )

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow what the filters ask with."""
        return lookup == STUDY or super().lookup_allowed(lookup, value, request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Image], search_term: str
    ) -> tuple[QuerySet[Image], bool]:
        """Find pictures by digest, or by all words in the name or prompt of one entry that the filters ask for."""
        words = [unescape_string_literal(bit) if bit[0] in "\"'" else bit for bit in smart_split(search_term)]
        if not words:
            return queryset, False
        entries = asked_entries(request=request)
        for word in words:
            entries = entries.filter(saying(word))
        return queryset.filter(Q(pk__in=entries.values("image")) | Q(sha256=search_term.strip())), False

    def get_sortable_by(self, request: HttpRequest) -> Any:
        """Offer the orders by figures where these can be counted while somebody waits."""
        is_narrow = any(request.GET.get(name) for name in FILTERS)
        rows = asked_entries(request=request) if is_narrow else Image.objects.all()
        return super().get_sortable_by(request) if is_within(rows, MOST_SORTED_IMAGES) else ()

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001
        """Keep what was changed of entries by the act that scripts call, too, which has models look again."""
        for entry_form in formset.forms:
            entry, changes = (
                entry_form.instance,
                {name: entry_form.cleaned_data[name] for name in entry_form.changed_data},
            )
            if changes:
                changed = change_details(entry=entry, changes=changes, actor=person_of(request))
                entry.is_redescribed = changed.is_redescribed
        formset.save()  # the act has logged it

    def get_inlines(self, request: HttpRequest, obj: Image | None) -> list[type[Any]]:
        """Show only where the picture is used."""
        return [inline for inline in self.inlines if obj and inline.model.objects.filter(image=obj).exists()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: images come in through a study's upload or `import_images`."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Image | None = None) -> bool:
        """Refuse: ratings hang on images."""
        return False

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Give each image its thumbnail, and the list its possible orders."""
        listed = super().get_changelist_instance(request)
        entries = entries_shown(
            images=listed.result_list,
            study_id=chosen_study(request=request),
            among=limits_of(person=person_of(request), right="ratings.view_image"),
        )
        for image in listed.result_list:
            image.thumbnail_url = image_url(image=image)
            image.entry = entries.get(image.pk)
        listed.can_choose = self.has_change_permission(request)  # type: ignore[attr-defined]
        now = request.GET.get("o", "")
        offered = ORDERS if "ratings" in (listed.sortable_by or ()) else ()
        listed.orders = [  # type: ignore[attr-defined]
            (name, listed.get_query_string({"o": order} if order else {}, ["o", "p"]), order == now)
            for name, order in offered
        ]
        return listed

    @column(gettext_lazy("Picture"))
    def picture(self, image: Image) -> SafeString:
        """Show the picture large."""
        return format_html(
            '<a href="{}"><img class="admin-picture" src="{}" alt="{}" width="{}" height="{}"></a>',
            default_storage.url(image.path),
            image_url(image=image, width=960),
            str(image),
            image.width,
            image.height,
        )

    @column(gettext_lazy("Ratings"), ordering="rating_count")
    def ratings(self, image: Image) -> int:
        """Count the ratings that stand."""
        return int(getattr(image, "rating_count", 0))

    @column(gettext_lazy("Mean"), ordering="unit_mean")
    def mean(self, image: Image) -> SafeString | str:
        """Draw the mean rating as a share of the scale."""
        mean = getattr(image, "unit_mean", None)
        if mean is None:
            return "\N{EN DASH}"
        return bar(
            share=mean, caption=f"{mean:.0%}", title=gettext("Mean opinion, from the low to the high end of the scale")
        )

    @column(gettext_lazy("Size"))
    def size(self, image: Image) -> str:
        """Give width and height."""
        return f"{image.width} \N{MULTIPLICATION SIGN} {image.height}"

    @column(gettext_lazy("Added"))
    def added(self, image: Image) -> str:
        """Say when the picture came in."""
        return at(image.created_at)
