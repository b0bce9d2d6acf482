"""Subscriptions for scripts: have what happens in a study sent to an address, look, change and stop that."""

from typing import Any

from django.utils.translation import gettext as staff_gettext
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from annotate.api.serializers import StrictSerializer
from annotate.api.staff import ListPages, StaffView, staff_of
from annotate.api.views import ERRORS
from annotate.flows import notifications
from ratings.choices import EVENT_CHOICES, Channel
from ratings.exceptions import NotFoundError
from ratings.models import Notification, Study, Subscription
from ratings.selectors.studies import access_any_study

SECRET_WORDS = "Shown this once; with it the receiver checks the signature. A mail has none."  # noqa: S105 - a help text


class SubscriptionRequestSerializer(StrictSerializer):
    """What is sent, and where."""

    nonce = serializers.UUIDField(
        default=None,
        allow_null=True,
        help_text="Made by you: with the same one again you get the same subscription, until its secret is renewed.",
    )
    channel = serializers.ChoiceField(choices=Channel.choices, default=Channel.WEBHOOK)
    address = serializers.CharField(max_length=500)
    events = serializers.ListField(child=serializers.ChoiceField(choices=EVENT_CHOICES), min_length=1, max_length=20)


class SubscriptionChangeSerializer(StrictSerializer):
    """What else is sent, and whether anything is; what is left out stays."""

    events = serializers.ListField(
        child=serializers.ChoiceField(choices=EVENT_CHOICES), min_length=1, max_length=20, required=False
    )
    is_active = serializers.BooleanField(required=False)


class SubscriptionSerializer(serializers.ModelSerializer[Subscription]):
    """An address, what is sent there, and whether it is taken."""

    address = serializers.CharField(
        source="destination", help_text="Of a webhook only the host: its path may hold a password."
    )
    events = serializers.ListField(child=serializers.ChoiceField(choices=EVENT_CHOICES))

    class Meta:
        """What is said of it."""

        model = Subscription
        fields = ("id", "channel", "address", "events", "is_active", "failures", "stopped_because", "created_at")


class NewSubscriptionSerializer(SubscriptionSerializer):
    """A subscription that was just made, with its secret."""

    secret = serializers.CharField(help_text=SECRET_WORDS)

    class Meta(SubscriptionSerializer.Meta):
        """What is said of it."""

        fields = (*SubscriptionSerializer.Meta.fields, "secret")  # type: ignore[assignment]


class SubscriptionsView(StaffView):
    """The subscriptions to the events of a study."""

    rights = {"GET": "ratings.change_subscription", "POST": "ratings.add_subscription"}

    @extend_schema(
        operation_id="subscriptions",
        responses={200: SubscriptionSerializer(many=True), **ERRORS},
        description="List the subscriptions, a page at a time: `next` is the address of the next one.",
    )
    def get(self, request: Request, slug: str) -> Response:
        """List the subscriptions, a page at a time."""
        pages = ListPages()
        rows = Subscription.objects.filter(study=access_any_study(slug=slug))
        found = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response(SubscriptionSerializer(found, many=True).data)

    @extend_schema(
        operation_id="subscribe",
        request=SubscriptionRequestSerializer,
        responses={201: NewSubscriptionSerializer, **ERRORS},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Have events of a study sent to an address; the answer shows the secret, this once."""
        form = SubscriptionRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        terms: dict[str, Any] = dict(form.validated_data)
        made, secret = notifications.make_subscription(
            study=access_any_study(slug=slug), actor=staff_of(request), **terms
        )
        body = {**SubscriptionSerializer(made).data, "secret": secret}
        return Response(body, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})


class SubscriptionView(StaffView):
    """One subscription."""

    rights = {
        "GET": "ratings.change_subscription",
        "PATCH": "ratings.change_subscription",
        "DELETE": "ratings.delete_subscription",
    }

    @extend_schema(operation_id="subscription", responses={200: SubscriptionSerializer, **ERRORS})
    def get(self, request: Request, slug: str, number: int) -> Response:  # noqa: ARG002
        """Say what is sent there, and whether it is taken."""
        return Response(
            SubscriptionSerializer(access_subscription(study=access_any_study(slug=slug), number=number)).data
        )

    @extend_schema(
        operation_id="change_subscription",
        request=SubscriptionChangeSerializer,
        responses={200: SubscriptionSerializer, **ERRORS},
    )
    def patch(self, request: Request, slug: str, number: int) -> Response:
        """Choose other events, stop, or start again, which begins to count failures again."""
        form = SubscriptionChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        row = access_subscription(study=access_any_study(slug=slug), number=number)
        terms: dict[str, Any] = {"events": row.events, "is_active": row.is_active, **form.validated_data}
        notifications.update_subscription(subscription=row, actor=staff_of(request), **terms)
        row.refresh_from_db()
        return Response(SubscriptionSerializer(row).data)

    @extend_schema(operation_id="unsubscribe", responses={204: None, **ERRORS})
    def delete(self, request: Request, slug: str, number: int) -> Response:
        """Send nothing more there."""
        subscription = access_subscription(study=access_any_study(slug=slug), number=number)
        notifications.delete_subscription(subscription=subscription, actor=staff_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class MessageSerializer(serializers.ModelSerializer[Notification]):
    """A message, and what was answered to it."""

    class Meta:
        """What is said of it."""

        model = Notification
        fields = (
            *("id", "message", "event", "state", "attempts", "due_at", "last_status", "last_answer", "delivered_at"),
            *("created_at", "body"),
        )


class TestMessageView(StaffView):
    """A message that says nothing but that messages arrive."""

    rights = {"POST": "ratings.change_subscription"}

    @extend_schema(operation_id="test_subscription", request=None, responses={202: MessageSerializer, **ERRORS})
    def post(self, request: Request, slug: str, number: int) -> Response:  # noqa: ARG002
        """Send a message of the type “test” now; the list of messages says what was answered."""
        row = access_subscription(study=access_any_study(slug=slug), number=number)
        sent = notifications.send_test(subscription=row)
        return Response(MessageSerializer(sent).data, status=status.HTTP_202_ACCEPTED)


class NewSecretView(StaffView):
    """Another secret of a webhook."""

    rights = {"POST": "ratings.change_subscription"}

    @extend_schema(operation_id="renew_secret", request=None, responses={200: NewSubscriptionSerializer, **ERRORS})
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Sign with a new secret from now on, which the answer shows this once."""
        row = access_subscription(study=access_any_study(slug=slug), number=number)
        secret = notifications.renew_secret(subscription=row, actor=staff_of(request))
        return Response({**SubscriptionSerializer(row).data, "secret": secret}, headers={"Cache-Control": "no-store"})


class MessagesView(StaffView):
    """What was sent to an address."""

    rights = {"GET": "ratings.change_subscription"}

    @extend_schema(
        operation_id="messages",
        responses={200: MessageSerializer(many=True), **ERRORS},
        description="List what was sent there, a page at a time: `next` is the address of the next one.",
    )
    def get(self, request: Request, slug: str, number: int) -> Response:
        """List what was sent there, a page at a time."""
        pages = ListPages()
        rows = Notification.objects.filter(
            subscription=access_subscription(study=access_any_study(slug=slug), number=number)
        )
        found = pages.paginate_queryset(rows, request, view=self)
        return pages.get_paginated_response(MessageSerializer(found, many=True).data)


class MessageView(StaffView):
    """One message."""

    rights = {"POST": "ratings.change_subscription"}

    @extend_schema(operation_id="send_again", request=None, responses={202: MessageSerializer, **ERRORS})
    def post(self, request: Request, slug: str, subscription: int, number: int) -> Response:  # noqa: ARG002
        """Send a message again, under the same id: a receiver that took it knows it and can leave it."""
        to = access_subscription(study=access_any_study(slug=slug), number=subscription)
        row = Notification.objects.filter(subscription=to, pk=number).first()
        if row is None:
            raise NotFoundError(
                staff_gettext("Subscription {subscription} has no message {number}.").format(
                    subscription=subscription, number=number
                )
            )
        notifications.send_again(notification=row)
        row.refresh_from_db()
        return Response(MessageSerializer(row).data, status=status.HTTP_202_ACCEPTED)


def access_subscription(*, study: Study, number: int) -> Subscription:
    """Give a subscription to the events of a study; raises `NotFoundError`."""
    found = Subscription.objects.filter(study=study, pk=number).first()
    if found is None:
        raise NotFoundError(
            staff_gettext("{slug} has no subscription {number}.").format(slug=study.slug, number=number)
        )
    return found
