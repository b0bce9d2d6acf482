"""Signatures of webhooks: what receivers with the public libraries of Standard Webhooks accept."""

import base64

from ratings.platforms.webhooks import SECRET_PREFIX, signature_of, webhook_headers
from ratings.services.notifications.subscriptions import derived_secret


def test_a_signature_is_that_of_the_public_libraries() -> None:
    # secret, message, moment and signature of the tests of standard-webhooks/standard-webhooks,
    # libraries/python/tests/test_webhooks.py
    found = signature_of(
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        message="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_is_random_and_long_enough() -> None:
    one, other = (derived_secret(salt=salt, key="key") for salt in ("salt", "other"))
    assert one != other
    assert one.startswith(SECRET_PREFIX)
    assert 24 <= len(base64.b64decode(one.removeprefix(SECRET_PREFIX))) <= 64


def test_the_headers_name_the_message_and_the_moment_that_were_signed() -> None:
    headers = webhook_headers(
        secret=derived_secret(salt="salt", key="key"), message="msg_1", timestamp=1700000000, body=b"{}"
    )
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("msg_1", "1700000000")
    assert headers["webhook-signature"].startswith("v1,")
