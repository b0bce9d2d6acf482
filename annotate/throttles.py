"""Limits on enrolment and login: per address, counted in the cache, set by the environment."""

import logging
from typing import TYPE_CHECKING

from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle

if TYPE_CHECKING:  # REST framework loads this module while it loads its views
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)


class AddressThrottle(ScopedRateThrottle):
    """The view's rate per address; while the cache is away nobody is turned away."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Tell whether this request is within the rate."""
        try:
            return super().allow_request(request, view)
        except RedisError as error:
            logger.warning("The cache does not answer, so nothing is counted: %s", error)
            return True
