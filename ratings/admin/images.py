"""Images as a wall of thumbnails."""

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AllValuesCheckboxFilter, RelatedDropdownFilter

from ratings.admin.base import RecordAdmin, at, bar, column
from ratings.models import Image
from ratings.selectors.overview import images_with_figures

THUMBNAIL = 480  # px: sharp on a dense screen at the size shown
ORDERS = {"Newest": "", "Most rated": "-1", "Least rated": "1", "Best liked": "-2", "Least liked": "2"}


def image_url(*, image: Image, width: int = THUMBNAIL) -> str:
    """Give the address of the smallest rendition at least so wide, or of the picture itself."""
    fitting = sorted((size["width"], size["path"]) for size in image.renditions if size["width"] >= width)
    return default_storage.url(fitting[0][1] if fitting else image.path)


@admin.register(Image)
class ImageAdmin(RecordAdmin[Image]):
    """Pictures with what is known and what was said of them."""

    list_display = ("name", "opinions", "mean")
    list_filter = (
        ("study_images__study", RelatedDropdownFilter),
        ("domain", AllValuesCheckboxFilter),
        ("generator", AllValuesCheckboxFilter),
    )
    search_fields = ("name", "prompt", "sha256")
    list_per_page = 48
    fieldsets = (
        (None, {"fields": ("picture", "prompt", ("generator", "domain"))}),
        ("What raters said", {"fields": ("opinions", "mean")}),
        ("File", {"fields": ("name", "size", "sha256", "metadata", "added")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Image]:
        """Add the figures."""
        return images_with_figures(images=super().get_queryset(request))

    def get_readonly_fields(self, request: HttpRequest, obj: Image | None = None) -> tuple[str, ...]:
        """Let only what describes the picture be changed."""
        return ("picture", "opinions", "mean", "name", "size", "sha256", "metadata", "added")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: images come in through a study's upload or `import_images`."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Image | None = None) -> bool:
        """Refuse: ratings hang on images."""
        return False

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Give each image its thumbnail, and the wall the orders it can be looked at in."""
        wall = super().get_changelist_instance(request)
        for image in wall.result_list:
            image.thumbnail_url = image_url(image=image)
        now = request.GET.get("o", "")
        wall.orders = [  # type: ignore[attr-defined]
            (name, wall.get_query_string({"o": order} if order else {}, ["o", "p"]), order == now)
            for name, order in ORDERS.items()
        ]
        return wall

    @column("Picture")
    def picture(self, image: Image) -> SafeString:
        """Show the picture large."""
        return format_html(
            '<a href="{}"><img class="admin-picture" src="{}" alt="{}" width="{}" height="{}"></a>',
            default_storage.url(image.path),
            image_url(image=image, width=960),
            image.prompt or image.name,
            image.width,
            image.height,
        )

    @column("Ratings", ordering="rating_count")
    def opinions(self, image: Image) -> int:
        """Count the opinions that stand."""
        return int(getattr(image, "rating_count", 0))

    @column("Mean", ordering="unit_mean")
    def mean(self, image: Image) -> SafeString | str:
        """Draw the mean opinion as a share of the scale."""
        mean = getattr(image, "unit_mean", None)
        if mean is None:
            return "\N{EN DASH}"
        return bar(share=mean, caption=f"{mean:.0%}", title="Mean opinion, from the low to the high end of the scale")

    @column("Size")
    def size(self, image: Image) -> str:
        """Give width and height."""
        return f"{image.width} \N{MULTIPLICATION SIGN} {image.height}"

    @column("Added")
    def added(self, image: Image) -> str:
        """Say when the picture came in."""
        return at(image.created_at)
