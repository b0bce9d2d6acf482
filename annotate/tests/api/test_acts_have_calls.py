"""Every act that the admin offers has a call of the API that does the same, or a reason why it has none."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory

from annotate.api.urls import api_urls

ACCOUNTS = "people, roles for all studies and tokens are given by a person who is signed in, never by a token"
OPERATION = "a matter of operating the service: settings and commands do it"
READS = "shows, and changes nothing: the figures have calls of their own"

CALLS = {  # by model and act, the methods and names of the calls; a sentence where there is none on purpose
    "auth.Group": dict.fromkeys(("add", "change", "delete", "delete_selected"), ACCOUNTS),
    "auth.User": dict.fromkeys(("add", "change", "delete", "delete_selected"), ACCOUNTS),
    "ratings.ApiToken": dict.fromkeys(("add", "delete", "delete_selected"), ACCOUNTS),
    "django_celery_beat.CrontabSchedule": dict.fromkeys(("add", "change", "delete", "delete_selected"), OPERATION),
    "django_celery_beat.IntervalSchedule": dict.fromkeys(("add", "change", "delete", "delete_selected"), OPERATION),
    "django_celery_beat.PeriodicTask": dict.fromkeys(
        (
            *("add", "change", "delete", "delete_selected"),
            *("enable_tasks", "disable_tasks", "toggle_tasks", "run_tasks"),
        ),
        OPERATION,
    ),
    "ratings.Dataset": {
        "change": "PATCH dataset",
        "delete": "DELETE dataset",
        "delete_selected": "DELETE dataset",
        "import_ratings": "POST looks, POST look-answers, POST rating-imports",
    },
    "ratings.Dump": {"retry": "POST dump", "push_to_hub": "POST dump-pushes"},
    "ratings.Image": {
        "change": "PATCH image",
        "take_off_study": "POST take-off",
        "put_back_into_study": "POST put-back",
        "archive": "POST archive-images",
        "restore": "POST archive-images",
        "set_aside_for_practice": "POST practice",
        "put_among_rated": "POST practice",
        "purge": "POST purge-image",
    },
    "ratings.Invitation": {"add": "POST invitations", "withdraw": "DELETE invitation"},
    "ratings.Notification": {"resend": "POST message"},
    "ratings.Participation": {"taste": "POST rater-taste"},
    "ratings.ProlificStudy": {
        "add": "PUT prolific",
        "change": "PUT prolific",
        "delete": "DELETE prolific",
        "read_now": "POST prolific-read",
    },
    "ratings.QualityFlag": {
        f"{move}{of}": "POST flag" for move in ("confirm", "dismiss", "reopen") for of in ("", "_selected")
    },
    "ratings.Rater": {"withdraw": "DELETE participant"},
    "ratings.Study": {
        "add": "POST studies",
        "change": "PATCH study-settings",
        "delete": "DELETE study-settings",
        "open_for_raters": "POST study-state",
        "pause": "POST study-state",
        "close": "POST study-state",
        "quality": "POST quality",
        "upload": "POST images",
        "import_design": "POST pairs",
        "export": "POST dumps",
        "retrain": "POST runs",
        "planning": "POST plans",
        "walk": "the preview walks through the rater's pages, which no script sees",
        "participants": "POST participants-table",
        "selection": READS,
        "translations": "PATCH study-settings",
        "text_versions": "GET text-versions",
        "copy": "POST study-copies",
        "toml": "GET study-settings",
        "archive": "POST archive",
        "restore": "POST archive",
    },
    "ratings.StudyMember": {
        "add": "PUT member",
        "change": "PUT member",
        "delete": "DELETE member",
        "delete_selected": "DELETE member",
    },
    "ratings.Subscription": {
        "add": "POST subscriptions",
        "change": "PATCH subscription",
        "delete": "DELETE subscription",
        "delete_selected": "DELETE subscription",
        "send_test": "POST subscription-test",
        "renew_secret": "POST subscription-secret",
    },
    "scoring.ModelVersion": {
        "promote_version": "POST promote",
        "roll_back_study": "POST promote",
        "push_to_hub": "POST version-pushes",
        "note": "PATCH version",
    },
    "scoring.SteeringRun": {"steer": "POST steerings", "cancel": "DELETE steering", "resume": "POST steering"},
    "scoring.TrainingRun": {"retrain": "POST runs", "cancel": "DELETE run", "note": "PATCH run"},
}


def named(actions: Any) -> Iterator[str]:
    """Give the names of actions, those in menus included."""
    for one in actions:
        if isinstance(one, dict):
            yield from named(one["items"])
        else:
            yield one


def acts_of(pages: Any, request: Any) -> set[str]:
    """Name what the pages of a model offer to somebody who may do everything."""
    asked = {"add": pages.has_add_permission, "change": pages.has_change_permission}
    acts = {name for name, may in {**asked, "delete": pages.has_delete_permission}.items() if may(request)}
    buttons = (pages.actions_list, pages.actions_detail, pages.actions_row, pages.actions_submit_line)
    return acts | set(pages.get_actions(request)) | {name for one in buttons for name in named(one)}


def test_every_act_of_the_admin_has_a_call_or_a_reason_to_have_none() -> None:
    request = RequestFactory().get("/admin/")
    request.user = User(username="root", is_superuser=True, is_staff=True)
    offered = {
        model._meta.label: acts for model, pages in admin.site._registry.items() if (acts := acts_of(pages, request))
    }
    assert {label: set(acts) for label, acts in CALLS.items()} == offered


def test_every_call_that_stands_for_an_act_is_served() -> None:
    served = {
        f"{method} {one.name}"
        for one in api_urls
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if hasattr(one.callback.view_class, method.lower())  # type: ignore[attr-defined]
    }
    calls = {call for acts in CALLS.values() for calls in acts.values() for call in calls.split(", ") if call.isascii()}
    assert {call for call in calls if call.split()[0].isupper()} <= served
