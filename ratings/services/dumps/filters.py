"""Refuse filters that a study cannot match, and give the ratings that pass them."""

from typing import Any

from ratings.choices import AssignmentKind, DumpFormat, Policy
from ratings.exceptions import InvalidInputError
from ratings.models import Participation, Study, StudyImage
from ratings.models.rating import RatingQuerySet
from ratings.registry import design_of
from ratings.sentences import staff_gettext
from ratings.values.dump_filters import DumpFilters


def reject_unfit_filters(*, study: Study, filters: DumpFilters, dump_format: str) -> None:
    """Refuse a filter that nothing in the study can match; the sentence names what there is."""
    if filters.include_pictures and dump_format != DumpFormat.HF:
        raise InvalidInputError(
            staff_gettext("Pictures go into a Hugging Face dataset only; choose that format, or leave them out."),
            fields={"include_pictures": staff_gettext("Not in this format.")},
        )
    if filters.since and filters.until and filters.since >= filters.until:
        raise InvalidInputError(
            staff_gettext("'since' has to come before 'until'."),
            fields={"since": staff_gettext("Choose an earlier moment.")},
        )
    domains = StudyImage.objects.filter(study=study).order_by("domain")
    consents = Participation.objects.filter(study=study).order_by("consent_version")
    reject_unknown("domains", filters.domains, present=domains.values_list("domain", flat=True).distinct())
    reject_unknown(
        "consent_versions",
        filters.consent_versions,
        present=consents.values_list("consent_version", flat=True).distinct(),
    )
    reject_unknown("policies", filters.policies, present=Policy.values)


def reject_unknown(field: str, wanted: tuple[str, ...], *, present: Any) -> None:
    """Refuse names that do not occur."""
    if not wanted:
        return
    known = [name for name in present if name]
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        raise InvalidInputError(
            staff_gettext("The study has no {filter} {unknown}; it has {known}.").format(
                filter=field.replace("_", " "),
                unknown=", ".join(map(repr, unknown)),
                known=", ".join(map(repr, known)) or "none",
            ),
            fields={field: staff_gettext("Choose among those of the study.")},
        )


def reject_filters_of_other_designs(*, study: Study, filters: DumpFilters) -> None:
    """Refuse filters that are about what the study does not ask."""
    design = design_of(study)
    unfit = next((name for name in design.dump.unfit_filters if getattr(filters, name)), None)
    if unfit is not None:
        raise InvalidInputError(
            staff_gettext("A {design} study knows no {filter}; leave that filter out.").format(
                design=design.name, filter=unfit.replace("_", " ")
            ),
            fields={unfit: staff_gettext("Not in a {design} study.").format(design=design.name)},
        )


def dumped_ratings(*, study: Study, filters: DumpFilters) -> RatingQuerySet:
    """Give the current ratings that pass the filters."""
    ratings: RatingQuerySet = passing_answers(study=study, filters=filters)
    left_out = [AssignmentKind.ATTENTION]
    left_out += [AssignmentKind.PRACTICE, AssignmentKind.ATTENTION] if not filters.include_practice else []
    left_out += [AssignmentKind.REPEAT] if not filters.include_repeats else []
    ratings = ratings.exclude(assignment__kind__in=left_out)
    ratings = ratings.filter(assignment__study_image__domain__in=filters.domains) if filters.domains else ratings
    chosen: RatingQuerySet = chosen_so(ratings, filters)
    return chosen


def chosen_answers(*, study: Study, filters: DumpFilters) -> Any:
    """Give the current answers that pass the filters that know how items were chosen."""
    return chosen_so(passing_answers(study=study, filters=filters), filters)


def chosen_so(answers: Any, filters: DumpFilters) -> Any:
    """Keep the answers about what policies chose that the filters name."""
    if filters.only_test_slice:
        answers = answers.filter(assignment__policy=Policy.RANDOM)
    return answers.filter(assignment__policy__in=filters.policies) if filters.policies else answers


def passing_answers(*, study: Study, filters: DumpFilters) -> Any:
    """Give the current answers that pass the filters that every design knows."""
    answers: Any = design_of(study).family.answer._default_manager
    answers = answers.current().filter(participation__study=study)
    if not filters.include_simulated:
        answers = answers.filter(participation__rater__is_simulated=False)
    if filters.leave_out_flagged:
        answers = answers.without_flagged()
    conditions = {
        "created_at__gte": filters.since,
        "created_at__lt": filters.until,
        "participation__consent_version__in": filters.consent_versions,
    }
    return answers.filter(**{name: value for name, value in conditions.items() if value}).order_by()
