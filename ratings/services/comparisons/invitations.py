"""Have raters of one study compare pictures that were made for them, in a pairwise study of its own."""

from collections.abc import Mapping

from django.contrib.auth.models import User
from django.db import transaction

from ratings.choices import Design
from ratings.exceptions import ConflictError
from ratings.models import Participation, Study
from ratings.sentences import staff_gettext
from ratings.services.comparisons.design_table import DesignReport, add_pairs
from ratings.services.entries import NewEntry
from ratings.services.studies import create_study

KEPT = (
    *("consent_version", "consent_text", "profile_questions", "break_every", "lease_minutes"),
    *("minimum_view_ms", "surround", "longest_side"),
)
INSTRUCTIONS = "You see two pictures of the same thing. Choose the one that you like better."


@transaction.atomic
def ensure_comparison_study(*, slug: str, source: Study, actor: User | None) -> Study:
    """Make a pairwise study for raters of another, whose model learns from the choices; one that is there goes on."""
    known = Study.objects.filter(slug=slug).first()
    if known is None:
        description = {
            "slug": slug,
            "title": f"{source.title}: side by side",
            "summary": "Two pictures at a time: which one do you like better?",
            "instructions": INSTRUCTIONS,
            "design": Design.PAIRWISE,
            "is_demo": source.is_demo,
            "taste_from": source.pk,
            "practice_count": 0,
            **{name: getattr(source, name) for name in KEPT},
        }
        return create_study(description=description, actor=actor)
    if known.taste_from_id != source.pk:
        raise ConflictError(
            staff_gettext("There is a study {slug} already, made for something else: choose another name.").format(
                slug=f"{slug!r}"
            )
        )
    return known


@transaction.atomic
def invite_to_compare(
    *, study: Study, participation: Participation, pictures: Mapping[str, Mapping[str, NewEntry]]
) -> DesignReport:
    """Give a rater pictures to compare, by prompt and condition; the consent given before is carried over as it was."""
    invited, _ = Participation.objects.get_or_create(
        study=study,
        rater=participation.rater,
        defaults={
            "consent_version": participation.consent_version,
            "consented_at": participation.consented_at,
            "external_id": participation.external_id,
            "external_session": participation.external_session,
            "quota": study.quota,
        },
    )
    report = add_pairs(study=study, participation=invited, pictures=pictures)
    invited.quota = max(invited.pairs.filter(is_active=True).count(), 1)
    invited.save(update_fields=["quota"])
    return report
