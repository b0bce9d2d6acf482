"""Whose scores somebody may ask for follows from the token alone, whatever the key looks like."""

import pytest
from django.contrib.auth.models import User

from ratings.models import ApiToken
from ratings.selectors.participations import participation_token
from ratings.services.api_tokens import digest_of
from ratings.tests.factories import make_participation
from scoring.exceptions import UnknownTokenError
from scoring.services.callers import Caller, identify_caller

pytestmark = pytest.mark.django_db


def test_a_key_from_before_keys_had_a_prefix_still_asks_for_scores() -> None:
    key = "9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b"
    ApiToken.objects.create(user=User.objects.create_superuser("rob"), name="old", start=key[:8], digest=digest_of(key))
    assert identify_caller(token=key) == Caller()


def test_a_rater_asks_for_themself_and_a_stranger_for_nobody() -> None:
    participation = make_participation()
    token = participation_token(participation=participation)
    assert identify_caller(token=token) == Caller(rater_id=participation.rater_id)
    for unknown in ("", "9944b09199c62bcf", token[:-1]):
        with pytest.raises(UnknownTokenError):
            identify_caller(token=unknown)
