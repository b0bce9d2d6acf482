"""The admin's look: colours, style sheets, navigation; the settings of Unfold name what is here by its path."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Item = dict[str, Any]


def may(permission: str) -> Callable[[HttpRequest], bool]:
    """Show an entry to those with a permission."""
    return lambda request: request.user.has_perm(permission)


def listed(title: "StrOrPromise", icon: str, model: str) -> Item:
    """Give the entry of a model's list."""
    app, name = model.split(".")
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": may(f"{app}.view_{name}"),
    }


def asset(path: str) -> Callable[[HttpRequest], str]:
    """Give a static file's address when a page asks for it."""
    return lambda _request: static(path)


light_icon = asset("img/logo.svg")
dark_icon = asset("img/admin-mark-dark.svg")
favicon = asset("img/favicon.svg")
page_style = asset("css/admin.css")
table_style = asset("css/admin-tables.css")
upload_style = asset("css/admin-upload.css")
study_style = asset("css/admin-study.css")
plot_script = asset("js/admin-plots.js")


NAVIGATION: list[dict[str, Any]] = [
    {
        "items": [
            {"title": gettext_lazy("Dashboard"), "icon": "space_dashboard", "link": reverse_lazy("admin:index")},
        ]
    },
    {
        "title": gettext_lazy("Collect"),
        "separator": True,
        "items": [
            listed(gettext_lazy("Studies"), "science", "ratings.study"),
            listed(gettext_lazy("Images"), "imagesmode", "ratings.image"),
            listed(gettext_lazy("Raters"), "person", "ratings.rater"),
            listed(gettext_lazy("Participations"), "how_to_reg", "ratings.participation"),
            listed(gettext_lazy("Assignments"), "assignment", "ratings.assignment"),
            listed(gettext_lazy("Ratings"), "star", "ratings.rating"),
            listed(gettext_lazy("Pairs"), "compare", "ratings.pair"),
            listed(gettext_lazy("Choices"), "touch_app", "ratings.choice"),
            listed(gettext_lazy("Flags"), "flag", "ratings.qualityflag"),
            listed(gettext_lazy("Prolific"), "groups", "ratings.prolificstudy"),
        ],
    },
    {
        "title": gettext_lazy("Learn"),
        "separator": True,
        "items": [
            listed(gettext_lazy("Training runs"), "model_training", "scoring.trainingrun"),
            listed(gettext_lazy("Model versions"), "deployed_code", "scoring.modelversion"),
        ],
    },
    {
        "title": gettext_lazy("Steer"),
        "separator": True,
        "items": [listed(gettext_lazy("Steering runs"), "auto_awesome", "scoring.steeringrun")],
    },
    {
        "title": gettext_lazy("Share"),
        "separator": True,
        "items": [
            listed(gettext_lazy("Dumps"), "archive", "ratings.dump"),
            listed(gettext_lazy("Uploads"), "inbox", "ratings.delivery"),
            listed(gettext_lazy("Datasets"), "dataset", "ratings.dataset"),
        ],
    },
    {
        "title": gettext_lazy("Operate"),
        "separator": True,
        "items": [
            listed(gettext_lazy("Audit"), "history", "ratings.auditentry"),
            listed(gettext_lazy("Schedule"), "schedule", "django_celery_beat.periodictask"),
            listed(gettext_lazy("People"), "group", "auth.user"),
            listed(gettext_lazy("Study members"), "badge", "ratings.studymember"),
            listed(gettext_lazy("Invitations"), "mail", "ratings.invitation"),
            listed(gettext_lazy("Groups"), "admin_panel_settings", "auth.group"),
            listed(gettext_lazy("API tokens"), "key", "ratings.apitoken"),
            listed(gettext_lazy("Subscriptions"), "notifications", "ratings.subscription"),
            listed(gettext_lazy("Notifications"), "outbox", "ratings.notification"),
        ],
    },
]

COLORS = {
    "base": {
        "50": "oklch(98.5% .002 70)",
        "100": "oklch(96.7% .003 70)",
        "200": "oklch(92.4% .004 65)",
        "300": "oklch(86.9% .006 60)",
        "400": "oklch(70.9% .010 56)",
        "500": "oklch(53.5% .013 58)",
        "600": "oklch(44.4% .012 60)",
        "700": "oklch(37.4% .011 60)",
        "800": "oklch(27.2% .009 55)",
        "900": "oklch(20.8% .008 55)",
        "950": "oklch(14.7% .006 50)",
    },
    "primary": {
        "50": "#fdf4ef",
        "100": "#fbe6da",
        "200": "#f6cab3",
        "300": "#f0a682",
        "400": "#ec8a5c",
        "500": "#e26a32",
        "600": "#b8400e",
        "700": "#95320a",
        "800": "#772a0d",
        "900": "#61250f",
        "950": "#350f05",
    },
}


def navigation(_request: HttpRequest) -> list[dict[str, Any]]:
    """Give the entries of the sidebar."""
    return NAVIGATION


def base_colors(_request: HttpRequest) -> dict[str, str]:
    """Give the shades of grey."""
    return COLORS["base"].copy()


def primary_colors(_request: HttpRequest) -> dict[str, str]:
    """Give the shades of the accent."""
    return COLORS["primary"].copy()
