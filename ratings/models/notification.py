"""Who wants to know of what happens in studies, and each message that is sent to them."""

from typing import ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext

from ratings.choices import EVENT_CHOICES, Channel, Event, NotificationState


class Subscription(models.Model):
    """An address that messages about one study, or about all, are sent to."""

    channel = models.CharField(max_length=10, choices=Channel, default=Channel.WEBHOOK)
    address = models.CharField(max_length=500, help_text="An https address, or for mail an e-mail address.")
    study = models.ForeignKey(
        "ratings.Study",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="subscriptions",
        help_text="Empty for all studies.",
    )
    events = ArrayField(models.CharField(max_length=20, choices=EVENT_CHOICES), help_text="What is sent.")
    salt = models.CharField(
        max_length=64, blank=True, editable=False, help_text="Its secret follows from this and SECRET_KEY."
    )
    secret_digest = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="SHA-256 of the secret: it shows whether SECRET_KEY was replaced.",
    )
    is_active = models.BooleanField("active", default=True, help_text="Whether messages are sent.")
    failures = models.PositiveIntegerField(
        default=0, editable=False, help_text="Attempts that failed, one after another."
    )
    failing_since = models.DateTimeField(null=True, editable=False)
    stopped_because = models.CharField(max_length=300, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Invariants."""

        ordering = ("-created_at",)
        constraints = (
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="subscription_channel_known"),
            models.CheckConstraint(condition=~Q(events=[]), name="subscription_wants_something"),
        )

    def __str__(self) -> str:
        """Name the host alone."""
        return gettext("{channel} to {host}").format(channel=self.get_channel_display(), host=self.host)

    @property
    def host(self) -> str:
        """Give where messages go, without the path: that may hold a password of the receiver's."""
        return self.address.rpartition("@")[2] if self.channel == Channel.MAIL else urlsplit(self.address).netloc

    @property
    def destination(self) -> str:
        """Give the address as it is shown: of a webhook only the host."""
        return self.address if self.channel == Channel.MAIL else self.host


class Notification(models.Model):
    """A message to one address: stored with what it is about, so that it is sent though the sender is killed."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="notifications")
    event = models.CharField(max_length=20, choices=Event)
    subject = models.CharField(max_length=200, help_text="What happened, once: it makes no second message.")
    message = models.CharField(max_length=60, unique=True, help_text="Its id, by which receivers know it again.")
    body = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=NotificationState, default=NotificationState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now, help_text="When it is tried next.")
    last_status = models.PositiveSmallIntegerField(null=True, help_text="HTTP status of the last answer.")
    last_answer = models.CharField(max_length=500, blank=True, help_text="What the last attempt brought.")
    delivered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        """Order and invariants."""

        ordering = ("-created_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("subscription", "event", "subject"), name="notification_once"),
            models.CheckConstraint(
                condition=Q(state=NotificationState.DELIVERED, delivered_at__isnull=False)
                | (~Q(state=NotificationState.DELIVERED) & Q(delivered_at__isnull=True)),
                name="notification_delivered_at_a_moment",
            ),
        )
        indexes: ClassVar[list[models.Index]] = [
            models.Index(F("due_at"), condition=Q(state=NotificationState.WAITING), name="notification_due")
        ]

    def __str__(self) -> str:
        """Name the message."""
        return f"{self.get_event_display()}: {self.message}"
