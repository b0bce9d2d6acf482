"""The signing key can be replaced: who is on the way goes on, and dumps keep their names for raters."""

from collections.abc import Callable, Iterator

import pytest
from django.conf import LazySettings
from django.test import Client

from ratings.selectors.named_raters import pseudonym
from ratings.selectors.participations import participation_token, signed_key, signer
from ratings.tests.factories import make_participation, make_study

pytestmark = pytest.mark.django_db


@pytest.fixture
def restarted(settings: LazySettings) -> Iterator[Callable[..., None]]:
    """Give a way to other keys, as a process has them that was started again."""

    def restart(**keys: object) -> None:
        for name, value in keys.items():
            setattr(settings, name, value)
        signer.cache_clear()
        signed_key.cache_clear()

    former = {name: getattr(settings, name) for name in ("SECRET_KEY", "SECRET_KEY_FALLBACKS", "PSEUDONYM_KEY")}
    yield restart
    restart(**former)


def test_a_replaced_key_throws_nobody_out_and_renames_nobody(
    settings: LazySettings, restarted: Callable[..., None]
) -> None:
    participation = make_participation(study=make_study(slug="harbour"))
    token, name = participation_token(participation=participation), pseudonym(rater=str(participation.rater_id))
    client = Client(headers={"authorization": f"Bearer {token}"})
    former = settings.SECRET_KEY
    restarted(SECRET_KEY="another" * 8, SECRET_KEY_FALLBACKS=[former], PSEUDONYM_KEY=former)
    assert client.get("/api/v1/me").status_code == 200
    assert pseudonym(rater=str(participation.rater_id)) == name
    restarted(SECRET_KEY_FALLBACKS=[])
    assert client.get("/api/v1/me").status_code == 401
