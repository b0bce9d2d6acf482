"""Pairs that a rater may be asked, and where a choice belongs."""

import re
from collections import defaultdict
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from ratings.choices import AssignmentState
from ratings.exceptions import ChoiceNotFoundError
from ratings.models import Choice, Image, Pair, PairAssignment, Participation, Rater, Study, StudyImage
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
    return list(rows.only("pk", "taken", "shuffle").order_by("taken", "shuffle")[:limit])


def access_participation_of_choice(*, rater: Rater, nonce: UUID) -> UUID:
    """Give the participation in which the rater made a choice."""
    found = Choice.objects.filter(nonce=nonce, participation__rater=rater).values_list("participation_id").first()
    if found is None:
        raise ChoiceNotFoundError("There is no choice of yours with this nonce.")
    return found[0]


def images_by_name(*, study: Study, names: set[str]) -> dict[str, list[Image]]:
    """Find pictures by SHA-256, id or file name; a name means the study's own picture where it has one."""
    digests = {name for name in names if is_digest(name)}
    keys = {name: key for name in names - digests if (key := uuid_of(name))}
    by_name: dict[str, dict[bool, list[Image]]] = defaultdict(lambda: {True: [], False: []})
    own = StudyImage.objects.filter(study=study, image=OuterRef("pk"))
    wanted = Q(sha256__in=digests) | Q(pk__in=keys.values()) | Q(name__in=names - digests - set(keys))
    for image in Image.objects.filter(wanted).only("pk", "sha256", "name").annotate(is_own=Exists(own)):
        for name in {image.sha256, str(image.pk), image.name} & {*names, *map(str, keys.values())}:
            by_name[name][image.is_own].append(image)
    found = {name: kinds[True] or kinds[False] for name, kinds in by_name.items()}
    return {name: found.get(str(keys.get(name, name)), []) for name in names}


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


def is_digest(name: str) -> bool:
    """Tell whether a name is a SHA-256."""
    return re.fullmatch(r"[0-9a-f]{64}", name) is not None
