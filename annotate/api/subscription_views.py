"""Subscriptions for scripts: have what happens in a study sent to an address, look, and stop that."""

from typing import Any

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
from ratings.models import Study, Subscription
from ratings.selectors.studies import access_any_study

SECRET_WORDS = "Shown this once; with it the receiver checks the signature. A mail has none."  # noqa: S105 - a help text


class SubscriptionRequestSerializer(StrictSerializer):
    """What is sent, and where."""

    channel = serializers.ChoiceField(choices=Channel.choices, default=Channel.WEBHOOK)
    address = serializers.CharField(max_length=500)
    events = serializers.ListField(child=serializers.ChoiceField(choices=EVENT_CHOICES), min_length=1, max_length=20)


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

    rights = {"GET": "ratings.change_subscription", "DELETE": "ratings.delete_subscription"}

    @extend_schema(operation_id="subscription", responses={200: SubscriptionSerializer, **ERRORS})
    def get(self, request: Request, slug: str, number: int) -> Response:  # noqa: ARG002
        """Say what is sent there, and whether it is taken."""
        return Response(
            SubscriptionSerializer(access_subscription(study=access_any_study(slug=slug), number=number)).data
        )

    @extend_schema(operation_id="unsubscribe", responses={204: None, **ERRORS})
    def delete(self, request: Request, slug: str, number: int) -> Response:
        """Send nothing more there."""
        subscription = access_subscription(study=access_any_study(slug=slug), number=number)
        notifications.delete_subscription(subscription=subscription, actor=staff_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def access_subscription(*, study: Study, number: int) -> Subscription:
    """Give a subscription to the events of a study; raises `NotFoundError`."""
    found = Subscription.objects.filter(study=study, pk=number).first()
    if found is None:
        raise NotFoundError(f"{study.slug} has no subscription {number}.")
    return found
