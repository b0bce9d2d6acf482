"""Profiles in dumps that are published: what one of them said of a rater, the later ones say, or less."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from ratings.models import Participation, Study
from ratings.services.dumps.bands import Bands, banded_answers, leave_out_small_groups
from ratings.values.questions import Question

ROWS_AT_ONCE = 1000


@transaction.atomic
def keep_published_bands(*, study: Study, people: list[dict[str, Any]], questions: Sequence[Question]) -> list[Bands]:
    """Give the bands of everybody in a dump, and keep those of who is in such a dump for the first time.

    Newcomers are banded among themselves: who compares dumps that grew finds nobody in a smaller group than each
    of them shows. What was kept shrinks where its group does in this dump, and never changes.
    """
    Study.objects.select_for_update(no_key=True).get(pk=study.pk)  # of two dumps at once, one bands the newcomers
    among = Participation.objects.filter(study=study, published_profile__isnull=False)
    kept: dict[str, Bands] = {str(key): bands or {} for key, bands in among.values_list("pk", "published_profile")}
    newcomers = [person for person in people if person["participation"] not in kept]
    banded = banded_answers(people=newcomers, questions=questions)
    made = {person["participation"]: bands for person, bands in zip(newcomers, banded, strict=True)}
    Participation.objects.bulk_update(
        [Participation(pk=key, published_profile=bands) for key, bands in made.items()],
        ["published_profile"],
        batch_size=ROWS_AT_ONCE,
    )
    everybody = kept | made
    columns = [f"profile_{question.key}" for question in questions]
    shown = [{name: everybody[person["participation"]].get(name) for name in columns} for person in people]
    leave_out_small_groups(shown)
    return shown
