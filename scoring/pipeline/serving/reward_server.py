"""The reward server of an installation: live models, rights and known pictures from the database."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import django
from django.db import Error as AnyDatabaseError
from django.db import close_old_connections

from scoring.exceptions import ModelError
from scoring.models import ModelVersion
from scoring.pipeline.serving.score import judge_of, open_case
from scoring.selectors.versions import live_versions
from scoring.server.app import RewardServer
from scoring.server.backend import Case
from scoring.server.errors import RefusedError, refused
from scoring.server.fetching import Fetcher
from scoring.server.limits import Limits
from scoring.server.memory import Glimpse
from scoring.server.requests import ScoreRequest
from scoring.services.callers import Caller, identify_caller

GLIMPSE_SECONDS = 0.5  # for which a token counts that was just looked up
TOKENS_KEPT = 1000

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


class StudyBackend:
    """Scores for studies; what it reads is never older than the moment, but for tokens."""

    name = "live models of studies"

    def __init__(self) -> None:
        """Start with empty caches."""
        self.callers: Glimpse[str, Caller] = Glimpse(size=TOKENS_KEPT, seconds=GLIMPSE_SECONDS)
        self.unreadable: set[int] = set()  # versions whose fault was logged

    def caller(self, token: str) -> Caller:
        """Give who asks."""
        return self.callers.get(token, lambda: asked(lambda: identify_caller(token=token)))

    def open(self, request: ScoreRequest, caller: Caller) -> Case:
        """Check the rights, and give what the database knows."""
        return asked(lambda: open_case(request=request, caller=caller))

    def encoder_keys(self) -> Sequence[str]:
        """Load what serves now, and give its encoders; a model that cannot be read does not stop the others."""
        versions = asked(live_versions)
        return list(dict.fromkeys(version.encoder_key for version in versions if self.is_loaded(version)))

    def is_loaded(self, version: ModelVersion) -> bool:
        """Load a version's model, or log once that it cannot be read."""
        try:
            asked(lambda: judge_of(version))
        except RefusedError as error:
            if version.pk not in self.unreadable:
                logger.warning("%s", error.message)
            self.unreadable.add(version.pk)
            return False
        self.unreadable.discard(version.pk)
        return True


def asked(call: Callable[[], Result]) -> Result:
    """Query the database on a usable connection, and turn errors into HTTP's."""
    close_old_connections()
    try:
        return call()
    except ModelError as error:
        raise refused(error) from error
    except AnyDatabaseError as error:
        logger.warning("The database does not answer: %s", error)
        message = "The database does not answer: try again in a moment."
        raise RefusedError(status=503, code="unavailable", message=message, retry_after=2) from error


@dataclass(frozen=True, kw_only=True)
class StudyApplication:
    """Makes the application in the process that serves."""

    limits: Limits = field(default_factory=Limits)
    hosts: Collection[str] = ()

    def __call__(self, *_arguments: object) -> Any:
        """Set Django up and give the application."""
        django.setup()
        server = RewardServer(StudyBackend(), limits=self.limits, fetcher=Fetcher(hosts=tuple(self.hosts)))
        return server.application()
