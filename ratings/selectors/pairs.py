"""Pairs that a rater may be asked, and where a choice belongs."""

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from ratings.choices import AssignmentState
from ratings.models import Pair, PairAssignment, Participation, Study, StudyImage
from ratings.models.pair import IMAGE_FIELDS
from ratings.selectors.participations import uuid_of


def unseen_pairs(*, participation: Participation) -> QuerySet[Pair]:
    """Give the pairs with places left that the rater may be asked and was not: anyone's, and their own."""
    seen = PairAssignment.objects.filter(participation=participation, pair=OuterRef("pk")).exclude(
        state=AssignmentState.RELEASED
    )
    addressed = Q(participation__isnull=True) | Q(participation=participation)
    return Pair.objects.filter(
        addressed, ~Exists(seen), study=participation.study_id, is_active=True, taken__lt=F("target")
    )


def least_covered_pairs(*, participation: Participation, limit: int, without: set[int]) -> list[Pair]:
    """Give the unseen pairs with the fewest places taken, in the study's shuffled order."""
    rows = unseen_pairs(participation=participation).exclude(pk__in=without)
    return list(rows.only("pk", "taken", "shuffle", *IMAGE_FIELDS).order_by("taken", "shuffle")[:limit])


def pairs_with_names(*, pairs: QuerySet[Pair]) -> QuerySet[Pair]:
    """Add to each pair the names that its study gives the pictures."""
    entries = StudyImage.objects.filter(study=OuterRef("study"))
    names = {
        name.replace("image", "name"): Subquery(entries.filter(image=OuterRef(name)).values("name")[:1])
        for name in IMAGE_FIELDS
    }
    return pairs.annotate(**names)


def participations_by_name(*, study: Study, names: set[str]) -> dict[str, Participation]:
    """Find those who take part by rater, participation or the crowd platform's name."""
    keys = {name: key for name in names if (key := uuid_of(name))}
    ids = set(keys.values())
    wanted = Q(rater__in=ids) | Q(pk__in=ids) | Q(external_id__in=names)
    rows = Participation.objects.filter(wanted, study=study)
    known: dict[str, Participation] = {}
    for row in rows:
        known |= dict.fromkeys((str(row.rater_id), str(row.pk), row.external_id), row)
    return {name: known[wanted_key] for name in names if (wanted_key := str(keys.get(name, name))) in known}
