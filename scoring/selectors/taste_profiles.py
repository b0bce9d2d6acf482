"""Read what was computed of how a rater's taste differs from the others'."""

from dataclasses import dataclass

from ratings.choices import JobState
from ratings.models import Participation
from ratings.sentences import staff_gettext
from scoring.models import TasteProfile
from scoring.selectors.versions import live_version, taste_of


@dataclass(frozen=True, kw_only=True)
class TasteProfileStatus:
    """The newest comparison of a rater's taste, and what has happened since."""

    profile: TasteProfile | None  # the newest that was computed
    running: TasteProfile | None  # one that is queued or computed now
    failure: TasteProfile | None  # the last attempt, where it failed
    news: str  # why the profile is out of date; empty where it is not
    has_taste: bool  # whether there is anything to compare


def taste_profile_status(*, participation: Participation) -> TasteProfileStatus:
    """Give the newest comparison of a rater's taste, and whether it is up to date."""
    newest = newest_attempt(participation=participation)
    profile = stored_profile(participation=participation)
    version = live_version(study_id=participation.study_id)
    taste = taste_of(version=version, participation_id=participation.pk) if version is not None else None
    learned = taste.rating_count if taste is not None else 0
    news = ""
    if profile is not None and version is not None and profile.model_version != version:
        news = staff_gettext("Model {version} has gone live since.").format(version=version)
    elif profile is not None and learned != profile.rating_count:
        news = staff_gettext("By now the model has learned from {count} ratings.").format(count=learned)
    return TasteProfileStatus(
        profile=profile,
        running=newest if newest is not None and newest.is_active else None,
        failure=newest if newest is not None and newest.state == JobState.FAILED else None,
        news=news,
        has_taste=learned > 0,
    )


def stored_profile(*, participation: Participation) -> TasteProfile | None:
    """Give the newest comparison that was computed."""
    rows = TasteProfile.objects.filter(participation=participation, state=JobState.READY)
    return rows.select_related("model_version").first()


def newest_attempt(*, participation: Participation) -> TasteProfile | None:
    """Give the newest request for a comparison, however far it is."""
    return TasteProfile.objects.filter(participation=participation).defer("images").first()
