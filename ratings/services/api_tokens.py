"""Make tokens for scripts, and find whose token a key is."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ratings.choices import TokenScope
from ratings.models import ApiToken, Study
from ratings.services.audit import log_action

KEY_PREFIX = "pamela_"  # so that scanners for leaked secrets recognise one
KEY_BYTES = 32
SHOWN_CHARACTERS = 12
USE_NOTED_EVERY = timedelta(minutes=1)


def digest_of(key: str) -> str:
    """Give what is stored of a key; with 256 random bits it needs neither salt nor many rounds."""
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def make_token(
    *,
    user: User,
    name: str,
    actor: User | None,
    scope: str = TokenScope.API,
    study: Study | None = None,
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """Make a token, and give it with its key, which nobody can read again."""
    key = KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)
    shown = {"start": key[:SHOWN_CHARACTERS], "digest": digest_of(key)}
    token = ApiToken.objects.create(user=user, name=name, scope=scope, study=study, expires_at=expires_at, **shown)
    log_action(action="make-token", target=str(token), actor=actor, scope=scope)
    return token, key


def use_token(*, key: str) -> ApiToken | None:
    """Find the token that a key opens, of somebody who is active, and note that it was used; an expired one is none."""
    now = timezone.now()
    current = ApiToken.objects.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), user__is_active=True)
    token = current.select_related("user").filter(digest=digest_of(key)).first()
    if token is not None:
        rested = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
        ApiToken.objects.filter(rested, pk=token.pk).update(last_used_at=now)
    return token
