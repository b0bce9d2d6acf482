"""What raters may see of their own taste: who may, whether it is known yet, and what a worker found."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext, ngettext

from ratings.choices import JobState
from ratings.models import Image, Participation, StudyImage
from ratings.registry import shows_taste
from ratings.selectors.participations import rates_no_more
from ratings.selectors.texts import agreed_to_taste
from scoring.models import ModelState, ModelVersion, Taste, TasteProfile
from scoring.selectors.taste_profiles import newest_attempt
from scoring.selectors.versions import live_version, taste_of

PICTURES = ("loved", "disliked", "further")  # parts of a report that name pictures
NEWS = 10  # ratings learned from since a report, after which a worker writes the next one by itself


@dataclass(frozen=True, kw_only=True)
class ShownTaste:
    """Whether a rater may see their taste: a stable name, a sentence, and what there is to see."""

    code: str
    sentence: str = ""
    profile: TasteProfile | None = None  # the newest that was computed
    is_outdated: bool = False  # whether there is more to learn from than it did, and nobody is at it
    has_figures: bool = False  # whether the rater gives no more ratings, which figures could sway

    @property
    def is_ready(self) -> bool:
        """Tell whether there is something to see."""
        return self.code == "ready"


def shows_taste_to(*, participation: Participation) -> bool:
    """Tell whether a study shows a rater their taste, and they agreed to that."""
    return shows_taste(participation.study) and agreed_to_taste(participation=participation)


def missing_ratings(participation: Participation) -> int:
    """Count the ratings that a rater still has to give before they see their taste; none once all are given."""
    return 0 if participation.is_complete else max(participation.study.taste_after - participation.done, 0)


def shown_taste(*, participation: Participation) -> ShownTaste:
    """Say whether a rater may see their taste now, and if not why not, in one sentence; what is stored comes along."""
    refused = refusal(participation)
    if refused is not None:
        return refused
    version = live_version(study_id=participation.study_id)
    taste = taste_of(version=version, participation_id=participation.pk) if version is not None else None
    profile = stored_report(participation=participation)
    newest = newest_attempt(participation=participation)
    is_busy = newest is not None and newest.is_active
    if profile is not None:
        is_outdated = taste is not None and not is_busy and is_behind(profile, taste)
        has_figures = rates_no_more(participation)
        return ShownTaste(code="ready", profile=profile, is_outdated=is_outdated, has_figures=has_figures)
    if version is None or taste is None or not taste.rating_count:
        return ShownTaste(
            code="learning", sentence=gettext("We are still learning from your ratings. Check again in a minute.")
        )
    if newest is not None and newest.state == JobState.FAILED:
        sentence = gettext("That did not work out, through no fault of yours. The researchers can see why; try again.")
        return ShownTaste(code="failed", sentence=sentence, is_outdated=True)
    sentence = gettext("Your taste is being worked out. You can leave this page; it goes on.")
    return ShownTaste(code="waiting", sentence=sentence, is_outdated=not is_busy)


def refusal(participation: Participation) -> ShownTaste | None:
    """Say why a rater may not see their taste, if so."""
    if not shows_taste(participation.study):
        return ShownTaste(code="off", sentence=gettext("This study does not show raters their taste."))
    if not agreed_to_taste(participation=participation):
        sentence = gettext("What you agreed to does not say that your taste may be shown to you, so it is not.")
        return ShownTaste(code="not_agreed", sentence=sentence)
    missing = missing_ratings(participation)
    if not missing:
        return None
    sentence = ngettext(
        "Rate {count} more picture, and you can see here what was learned of your taste.",
        "Rate {count} more pictures, and you can see here what was learned of your taste.",
        missing,
    )
    return ShownTaste(code="too_few", sentence=sentence.format(count=missing))


def stored_report(*, participation: Participation) -> TasteProfile | None:
    """Give the newest report for a rater, without the figures of every image."""
    rows = TasteProfile.objects.filter(participation=participation, state=JobState.READY).exclude(report={})
    return rows.select_related("model_version").defer("images").first()


def is_behind(profile: TasteProfile, taste: Taste) -> bool:
    """Tell whether more is known than a report says."""
    is_over = rates_no_more(taste.participation)
    known = (profile.model_version_id, profile.last_rating, profile.rating_count, profile.report.get("is_over"))
    return known != (taste.model_version_id, taste.last_rating, taste.rating_count, is_over)


def participations_due(*, participation_ids: Collection[UUID]) -> list[Participation]:
    """Give those of the participations whose taste can be shown first, or whose report is well behind or final."""
    live = Taste.objects.filter(participation=OuterRef("pk"), model_version__state=ModelState.LIVE)
    report = TasteProfile.objects.filter(participation=OuterRef("pk"), state=JobState.READY).exclude(report={})
    known = showing_participations(participation_ids=participation_ids).annotate(
        learned=Subquery(live.values("rating_count")[:1]), reported=Subquery(report.values("rating_count")[:1])
    )
    is_first, is_behind_well = Q(reported__isnull=True), Q(learned__gte=F("reported") + NEWS)
    is_last = Q(done__gte=F("quota")) & ~Q(learned=F("reported"))
    due = known.filter(learned__gt=0).filter(is_first | is_behind_well | is_last)
    return [one for one in due.select_related("study") if shows_taste_to(participation=one)]


def showing_participations(*, participation_ids: Collection[UUID]) -> QuerySet[Participation]:
    """Give those of the participations that have given enough in a study that shows raters their taste."""
    enough = Q(done__gte=F("study__taste_after")) | Q(done__gte=F("quota"))
    return Participation.objects.filter(enough, pk__in=participation_ids, study__shows_taste=True)


def own_model(*, participation: Participation) -> tuple[ModelVersion, Taste] | None:
    """Give the live version and what it knows of a rater; none while it knows nothing."""
    version = live_version(study_id=participation.study_id)
    taste = taste_of(version=version, participation_id=participation.pk) if version is not None else None
    return (version, taste) if version is not None and taste is not None and taste.rating_count else None


def shown_images(*, profile: TasteProfile) -> dict[str, Image]:
    """Give the pictures that a report names and that are still there and in the study, by their ids."""
    named = [UUID(one["image"]) for part in PICTURES for one in profile.report.get(part, ())]
    entries = StudyImage.objects.filter(study__participations=profile.participation_id, image=OuterRef("pk"))
    off = entries.filter(off_at__isnull=False)
    return {str(image.pk): image for image in Image.objects.filter(~Exists(off), pk__in=named)}
