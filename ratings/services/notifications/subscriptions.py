"""Subscribe an address to events, renew its secret, stop it, and test it.

The secret of a webhook is stored nowhere: it follows from SECRET_KEY and the random salt of its row.
"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.crypto import salted_hmac

from ratings.choices import EVENTS, Channel, Event
from ratings.exceptions import ConflictError, InvalidInputError
from ratings.models import Notification, Study, Subscription
from ratings.platforms.webhooks import SECRET_PREFIX, WebhookError, WebhookSender
from ratings.sentences import staff_gettext
from ratings.services.audit import log_action
from ratings.services.notifications.record import new_notification

PURPOSE = "ratings.subscription"
LONGEST_ADDRESS = 500


def webhook_sender() -> WebhookSender:
    """Give what posts for this installation."""
    return WebhookSender(access=settings.HOST_ACCESS, hosts=settings.WEBHOOK_HOSTS)


def check_subscription(*, channel: str, address: str, events: Sequence[str]) -> None:
    """Raise `InvalidInputError` where nothing could ever be sent."""
    problems: dict[str, str] = {}
    unknown = sorted(set(events) - set(EVENTS))
    if unknown or not events:
        problems["events"] = staff_gettext("choose among {events}").format(events=", ".join(EVENTS))
    if len(address) > LONGEST_ADDRESS:
        problems["address"] = staff_gettext("has more than {longest} characters").format(longest=LONGEST_ADDRESS)
    elif problem := problem_of_address(channel=channel, address=address):
        problems["address"] = problem
    if problems:
        sentence = "; ".join(f"{name}: {problem}" for name, problem in problems.items())
        raise InvalidInputError(
            staff_gettext("Nothing could be sent there. {sentence}").format(sentence=sentence), fields=problems
        )


def problem_of_address(*, channel: str, address: str) -> str:
    """Say why nothing can be sent to an address; nothing where it can."""
    if channel == Channel.MAIL:
        if not settings.SENDS_MAIL:
            return staff_gettext("This installation sends no mail: set MAIL_HOST.")
        try:
            validate_email(address)
        except ValidationError:  # the sentence says so to who asks
            return staff_gettext("This is no e-mail address.")
        return ""
    try:
        webhook_sender().checked(address)
    except WebhookError as error:
        return str(error)
    return ""


@transaction.atomic
def make_subscription(
    *,
    study: Study | None,
    channel: str,
    address: str,
    events: Sequence[str],
    actor: User,
    nonce: UUID | None = None,
) -> tuple[Subscription, str]:
    """Subscribe an address; give it with its secret, which a mail has none of.

    With the nonce of an earlier one of the study it gives that one. Raises `InvalidInputError`.
    """
    salt = secrets.token_hex(32) if nonce is None else nonce_salt(nonce=nonce, study=study, actor=actor)
    known = None if nonce is None else subscription_of_salt(salt=salt, actor=actor)
    if known is not None:
        return known
    check_subscription(channel=channel, address=address, events=events)
    wanted = [event for event in EVENTS if event in set(events)]
    row = Subscription(study=study, channel=channel, address=address, events=wanted, created_by=actor, salt=salt)
    secret = derive_secret(row)
    row.save()
    log_action(action="subscribe", target=target_of(row), actor=actor, channel=channel, host=row.host)
    return row, secret


def nonce_salt(*, nonce: UUID, study: Study | None, actor: User) -> str:
    """Give the salt that follows from what a script calls its subscription, so that asking again gives the same one."""
    named = f"{actor.pk} {study.pk if study else 0} {nonce}"
    return salted_hmac(PURPOSE, named, algorithm="sha256").hexdigest()


def subscription_of_salt(*, salt: str, actor: User) -> tuple[Subscription, str] | None:
    """Give the subscription with a salt, and its secret; none where there is none. Two who ask at once wait here.

    Renewing the secret changes the salt: the nonce no longer leads there then.
    """
    User.objects.select_for_update(no_key=True).get(pk=actor.pk)
    known = Subscription.objects.filter(salt=salt).first()
    if known is None:
        return None
    return known, secret_of(known) if known.channel == Channel.WEBHOOK else ""


def derive_secret(subscription: Subscription) -> str:
    """Give a webhook the secret that follows from its salt, in memory; a mail has none."""
    if subscription.channel != Channel.WEBHOOK:
        return ""
    secret = derived_secret(salt=subscription.salt, key=settings.SECRET_KEY)
    subscription.secret_digest = digest_of_secret(secret)
    return secret


def derived_secret(*, salt: str, key: str) -> str:
    """Give the secret that follows from a salt and a signing key, 32 bytes long."""
    digest = salted_hmac(PURPOSE, salt, secret=key, algorithm="sha256").digest()
    return SECRET_PREFIX + base64.b64encode(digest).decode()


def digest_of_secret(secret: str) -> str:
    """Give what is stored of a secret, to know it again."""
    return hashlib.sha256(secret.encode()).hexdigest()


def secret_of(subscription: Subscription) -> str:
    """Give the secret that was shown; raises `ConflictError` where the key it follows from is gone."""
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        secret = derived_secret(salt=subscription.salt, key=key)
        if digest_of_secret(secret) == subscription.secret_digest:
            return secret
    raise ConflictError(
        staff_gettext(
            "SECRET_KEY was replaced since the secret was made: make a new secret and give it to the receiver."
        )
    )


@transaction.atomic
def renew_secret(*, subscription: Subscription, actor: User) -> str:
    """Give a webhook another secret: from now on only messages signed with that are sent."""
    subscription.salt = secrets.token_hex(32)
    secret = derive_secret(subscription)
    if not secret:
        raise ConflictError(staff_gettext("A mail is not signed: it has no secret."))
    subscription.save(update_fields=["salt", "secret_digest"])
    log_action(action="renew-webhook-secret", target=target_of(subscription), actor=actor)
    return secret


@transaction.atomic
def update_subscription(*, subscription: Subscription, events: Sequence[str], is_active: bool, actor: User) -> None:
    """Choose other events, stop, or start again, which begins to count failures again."""
    check_subscription(channel=subscription.channel, address=subscription.address, events=events)
    Subscription.objects.filter(pk=subscription.pk).update(
        events=[event for event in EVENTS if event in set(events)],
        is_active=is_active,
        failures=0,
        failing_since=None,
        stopped_because="",
    )
    log_action(action="change-subscription", target=target_of(subscription), actor=actor, active=is_active)


@transaction.atomic
def delete_subscription(*, subscription: Subscription, actor: User) -> None:
    """Send nothing more to an address, and forget what was sent."""
    log_action(action="unsubscribe", target=target_of(subscription), actor=actor, host=subscription.host)
    subscription.delete()


def send_test(*, subscription: Subscription) -> Notification:
    """Record a message that says nothing but that messages arrive."""
    slug = subscription.study.slug if subscription.study else None
    row = new_notification(subscription, event=Event.TEST, subject=secrets.token_hex(8), data={"study": slug})
    row.save()
    return row


def target_of(subscription: Subscription) -> str:
    """Name a subscription in the audit log, after its study."""
    return f"{subscription.study.slug} subscription" if subscription.study else "subscription"
