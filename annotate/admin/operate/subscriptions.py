"""Subscriptions: which events are sent where, and whether they are taken there; and the log of what was sent."""

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from unfold.contrib.filters.admin import ChoicesCheckboxFilter, RelatedDropdownFilter
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from annotate.admin.parts.base import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    RED,
    Header,
    Pill,
    ReadOnlyAdmin,
    RecordAdmin,
    ago,
    at,
    carry_out,
    column,
    confirmed_action,
    go_to,
)
from annotate.admin.parts.study_scope import person_of
from annotate.flows.notifications import (
    check_subscription,
    delete_subscription,
    make_subscription,
    may_subscribe,
    renew_secret,
    send_again,
    send_test,
    update_subscription,
)
from ratings.choices import EVENT_CHOICES, Event, NotificationState
from ratings.exceptions import InvalidInputError, RecordError
from ratings.models import Notification, Subscription

if TYPE_CHECKING:
    SubscriptionFields = forms.ModelForm[Subscription]
else:
    SubscriptionFields = forms.ModelForm

ASKED = ("channel", "address", "study", "events")
STATE_PILLS = {"active": GREEN, "failing": AMBER, "stopped": RED, "off": GREY}
MESSAGE_PILLS = {
    NotificationState.WAITING.value: BLUE,
    NotificationState.DELIVERED.value: GREEN,
    NotificationState.FAILED.value: RED,
}
LABELS = dict(Event.choices)


class SubscriptionForm(SubscriptionFields):
    """What is sent where."""

    actor: Any
    events = forms.MultipleChoiceField(
        choices=EVENT_CHOICES,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy("What is sent."),
        label=gettext_lazy("Events"),
    )

    def clean(self) -> dict[str, Any] | None:
        """Refuse an address that nothing can be sent to, and a study in which the person may not subscribe."""
        cleaned = super().clean() or self.cleaned_data
        row = {"channel": self.instance.channel, "address": self.instance.address, **cleaned}
        if {"channel", "address", "events"} <= set(row):
            try:
                check_subscription(channel=row["channel"], address=row["address"], events=row["events"])
            except InvalidInputError as error:
                for name, problem in error.fields.items():
                    self.add_error(name if name in self.fields else None, problem)
        if "study" in cleaned and not may_subscribe(person=self.actor, study=cleaned["study"]):
            self.add_error("study", gettext("Choose a study in which you may change settings."))
        return cleaned


@admin.register(Subscription)
class SubscriptionAdmin(RecordAdmin[Subscription]):
    """Which events are sent where."""

    form = SubscriptionForm
    list_display = ("headline", "state_pill", "study_name", "wanted", "who")
    list_filter = (("study", RelatedDropdownFilter), ("channel", ChoicesCheckboxFilter))
    list_select_related = ("study", "created_by")
    actions_detail = ("send_test", "renew_secret")

    def get_form(
        self,
        request: HttpRequest,
        obj: Subscription | None = None,
        change: bool = False,  # noqa: FBT001, FBT002
        **named: Any,
    ) -> Any:
        """Tell the form who is asking."""
        form = super().get_form(request, obj, change=change, **named)
        form.actor = person_of(request)
        return form

    def get_fields(self, request: HttpRequest, obj: Subscription | None = None) -> tuple[str, ...]:
        """Ask what is sent where; of a subscription that exists, show also how that goes."""
        if obj is None:
            return ASKED
        return ("is_active", "events", "channel", "destination", "study", "state_pill", "stopped_because", "log", "who")

    def get_readonly_fields(self, request: HttpRequest, obj: Subscription | None = None) -> tuple[str, ...]:
        """Keep the address and the study: another of either is another subscription."""
        if obj is None:
            return ()
        return ("channel", "destination", "study", "state_pill", "stopped_because", "log", "who")

    def save_model(self, request: HttpRequest, obj: Subscription, form: Any, change: bool) -> None:  # noqa: FBT001
        """Subscribe, and keep the secret for the one answer that shows it; or change what is sent."""
        person, wanted = person_of(request), form.cleaned_data
        if change:
            events, is_active = wanted["events"], wanted["is_active"]
            update_subscription(subscription=obj, events=events, is_active=is_active, actor=person)
            return
        made, secret = make_subscription(**{name: wanted[name] for name in ASKED}, actor=person)
        obj.pk, obj.new_secret = made.pk, secret  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: Subscription, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the secret, this once; a mail has none."""
        secret: str = obj.new_secret  # type: ignore[attr-defined]
        if not secret:
            return super().response_add(request, obj, post_url_continue)
        return self.secret_page(request, obj, secret)

    def secret_page(self, request: HttpRequest, subscription: Subscription, secret: str) -> HttpResponse:
        """Show a secret, in the place of the whole page where a dialog asked for it."""
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("The secret of {host}").format(host=subscription.host),
            "secret": secret,
            "page_url": reverse("admin:ratings_subscription_change", args=[subscription.pk]),
        }
        headers = {"Cache-Control": "no-store", "HX-Retarget": "body", "HX-Reswap": "innerHTML"}
        template = "admin/ratings/subscription/secret.html"
        return TemplateResponse(request, template, context, status=HTTPStatus.CREATED, headers=headers)

    def delete_model(self, request: HttpRequest, obj: Subscription) -> None:
        """Send nothing more there."""
        delete_subscription(subscription=obj, actor=person_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Subscription]) -> None:
        """Stop several one by one."""
        for subscription in queryset:
            delete_subscription(subscription=subscription, actor=person_of(request))

    def access(self, request: HttpRequest, object_id: str) -> Subscription:
        """Give the subscription of a page."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404(gettext("There is no such subscription."))
        return row

    @confirmed_action(
        gettext_lazy("Send a test"),
        permission="change",
        icon="send",
        question=gettext_lazy("A message of the type “test” is sent there now. The log shows what was answered."),
    )
    def send_test(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Send a message that says nothing but that messages arrive."""
        subscription = self.access(request, object_id)
        notification = send_test(subscription=subscription)
        return go_to(request=request, url=reverse("admin:ratings_notification_change", args=[notification.pk]))

    @confirmed_action(
        gettext_lazy("New secret"),
        permission="change",
        icon="key",
        question=gettext_lazy(
            "From now on messages are signed with a new secret only: give it to the receiver at once."
        ),
    )
    def renew_secret(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Give a webhook another secret, and show it this once."""
        subscription = self.access(request, object_id)
        try:
            secret = renew_secret(subscription=subscription, actor=person_of(request))
        except RecordError as error:
            self.message_user(request, error.message, level="ERROR")
            return go_to(request=request, url=reverse("admin:ratings_subscription_change", args=[subscription.pk]))
        return self.secret_page(request, subscription, secret)

    @column(gettext_lazy("Sent to"), header=True)
    def headline(self, subscription: Subscription) -> Header:
        """Give the host alone: the path may hold a password of the receiver's."""
        return Header(subscription.host, subscription.get_channel_display())

    @column(gettext_lazy("Address"))
    def destination(self, subscription: Subscription) -> str:
        """Give the address as it is shown."""
        return subscription.destination

    @column(gettext_lazy("State"), pills=STATE_PILLS)
    def state_pill(self, subscription: Subscription) -> Pill:
        """Say whether messages are sent, and taken."""
        if not subscription.is_active:
            return Pill("stopped", gettext("Stopped")) if subscription.stopped_because else Pill("off", gettext("Off"))
        return Pill("failing", gettext("Failing")) if subscription.failures else Pill("active", gettext("Active"))

    @column(gettext_lazy("Study"))
    def study_name(self, subscription: Subscription) -> str:
        """Name the study."""
        return str(subscription.study) if subscription.study else gettext("all studies")

    @column(gettext_lazy("Events"))
    def wanted(self, subscription: Subscription) -> str:
        """List what is sent."""
        return ", ".join(str(LABELS[event]) for event in subscription.events)

    @column(gettext_lazy("Log"))
    def log(self, subscription: Subscription) -> SafeString:
        """Lead to what was sent there."""
        url = f"{reverse('admin:ratings_notification_changelist')}?subscription__id__exact={subscription.pk}"
        words = gettext("What was sent, and what was answered")
        return format_html('<a class="text-link" href="{}">{}</a>', url, words)

    @column(gettext_lazy("By"))
    def who(self, subscription: Subscription) -> str:
        """Say who subscribed, and when."""
        person = subscription.created_by.get_username() if subscription.created_by else gettext("somebody who left")
        return f"{person}, {at(subscription.created_at)}"


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin[Notification]):
    """What was sent, and what was answered."""

    list_display = ("headline", "state_pill", "destination", "attempts", "answer", "made")
    list_filter = (("state", ChoicesCheckboxFilter), ("event", ChoicesCheckboxFilter))
    list_select_related = ("subscription__study",)
    fields = (
        "headline",
        "message",
        "state_pill",
        "destination",
        "attempts",
        "answer",
        "next_attempt",
        "content",
        "made",
    )
    readonly_fields = fields
    actions_detail = ("resend",)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Let the page of a subscription lead to its messages."""
        return lookup == "subscription__id__exact" or super().lookup_allowed(lookup, value, request)

    def has_resend_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Let those send again who may change the subscription."""
        return request.user.has_perm("ratings.change_subscription")

    @confirmed_action(
        gettext_lazy("Send again"),
        permission="resend",
        icon="replay",
        question=gettext_lazy(
            "The message is sent again now, under the same id: a receiver that took it knows it and can leave it."
        ),
    )
    def resend(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Send a message again."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404(gettext("There is no such message."))
        return carry_out(
            request=request,
            act=lambda: send_again(notification=row),
            done=gettext("The message is sent again."),
            errors=RecordError,
            url=reverse("admin:ratings_notification_change", args=[row.pk]),
        )

    @column(gettext_lazy("Message"), ordering="event", header=True)
    def headline(self, notification: Notification) -> Header:
        """Give what happened, and in which study."""
        return Header(notification.get_event_display(), notification.body["data"]["study"] or "")

    @column(gettext_lazy("State"), ordering="state", pills=MESSAGE_PILLS)
    def state_pill(self, notification: Notification) -> Pill:
        """Say what became of it."""
        return Pill(notification.state, notification.get_state_display())

    @column(gettext_lazy("Sent to"))
    def destination(self, notification: Notification) -> str:
        """Name the host."""
        return notification.subscription.host

    @column(gettext_lazy("Last answer"))
    def answer(self, notification: Notification) -> str:
        """Give the last answer, with its status."""
        return f"{notification.last_status or ''} {notification.last_answer}".strip() or "\N{EN DASH}"

    @column(gettext_lazy("Next attempt"))
    def next_attempt(self, notification: Notification) -> str:
        """Say when it is tried next."""
        return at(notification.due_at) if notification.state == NotificationState.WAITING else "\N{EN DASH}"

    @column(gettext_lazy("Content"))
    def content(self, notification: Notification) -> SafeString:
        """Give what is sent."""
        return format_html("<pre>{}</pre>", json.dumps(notification.body, indent=1, ensure_ascii=False))

    @column(gettext_lazy("Made"), ordering="created_at")
    def made(self, notification: Notification) -> str:
        """Say when it was recorded."""
        return ago(notification.created_at)
