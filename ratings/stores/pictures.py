"""Pictures in a bucket, under addresses that stay the same for days, so that browsers keep what they fetched."""

from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from botocore.auth import SIGV4_TIMESTAMP, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from django.utils import timezone
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3Storage

SECONDS_SAME = 3 * 24 * 3600  # an address is signed as of the beginning of such a period
SECONDS_SIGNED = 7 * 24 * 3600  # the most that SigV4 allows: no address has less than four days left


class SignatureAsOf(S3SigV4QueryAuth):  # type: ignore[misc]  # botocore has no types
    """Sign an address as of a given moment, where botocore takes the present one."""

    def __init__(self, credentials: Any, region: str, *, moment: datetime, seconds: int) -> None:
        super().__init__(credentials, "s3", region, expires=seconds)
        self.moment = moment

    def add_auth(self, request: AWSRequest) -> None:
        """Add the signature to the address of a request."""
        request.context["timestamp"] = self.moment.strftime(SIGV4_TIMESTAMP)
        self._modify_request_before_signing(request)
        to_sign = self.string_to_sign(request, self.canonical_request(request))
        self._inject_signature_to_request(request, self.signature(to_sign, request))


class PictureBucket(S3Storage):  # type: ignore[misc]  # django-storages has no types
    """Pictures in a bucket; `base_url` is where everybody may fetch them, and without it addresses are signed."""

    base_url: str

    def get_default_settings(self) -> dict[str, Any]:
        """Know one option more."""
        return {**super().get_default_settings(), "base_url": ""}

    def url(self, name: str) -> str:
        """Give the address of a picture: the same one in every process for three days, or for ever under `base_url`."""
        if self.base_url:
            return f"{self.base_url.rstrip('/')}/{filepath_to_uri(self._normalize_name(name))}"
        begun = timezone.now().timestamp() // SECONDS_SAME * SECONDS_SAME
        return self.signed_url(name, moment=datetime.fromtimestamp(begun, UTC), seconds=SECONDS_SIGNED)

    def signed_url(self, name: str, *, moment: datetime, seconds: int) -> str:
        """Sign an address as of a moment, for so many seconds from then on."""
        asked = {"Bucket": self.bucket_name, "Key": self._normalize_name(name)}
        address = self.unsigned_connection.meta.client.generate_presigned_url("get_object", Params=asked)
        request = AWSRequest(method="GET", url=address)
        region = self.connection.meta.client.meta.region_name
        SignatureAsOf(self.credentials.get_frozen_credentials(), region, moment=moment, seconds=seconds).add_auth(
            request
        )
        return str(request.url)

    @cached_property
    def credentials(self) -> Any:
        """Find the credentials once; those that expire renew themselves."""
        return self._create_session().get_credentials()
