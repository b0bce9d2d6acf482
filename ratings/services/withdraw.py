"""Remove a rater and everything they gave, leaving an audit row without content."""

from contextlib import suppress

from django.contrib.auth.models import User
from django.db import transaction

from ratings.exceptions import ConflictError
from ratings.models import Dataset, DatasetRater, Image, Participation, Rater, WithdrawnName
from ratings.registry import FAMILIES
from ratings.selectors.availability import HOLDING
from ratings.selectors.named_raters import pseudonym
from ratings.selectors.stored import pictures_made_for
from ratings.selectors.withdrawn import digest_of
from ratings.services.audit import in_english, log_action
from ratings.services.give_back import free_slots
from ratings.services.pictures import delete_image
from ratings.services.steered_assignments import drop_made_entries, made_entries_of


@transaction.atomic
def withdraw_rater(*, rater: Rater, actor: User | None) -> None:
    """Delete all of the rater's, pictures made for them and dumps read back included, and release their slots."""
    list(Participation.objects.select_for_update().filter(rater=rater).order_by("pk"))  # as every click does first
    for family in FAMILIES:
        assignments = family.assignment._default_manager.select_for_update(of=("self",))
        held = assignments.filter(participation__rater=rater, state__in=HOLDING).order_by("pk")
        free_slots(family=family, assignments=list(held))
    made = made_entries_of(rater=rater)
    counts = {
        f"{in_english(family.answer._meta.verbose_name)}s": family.answer._default_manager.filter(
            participation__rater=rater
        ).count()
        for family in FAMILIES
    }
    pictures = pictures_made_for(rater=rater)
    # Of dumps of this installation that were read back; sets are named, since an index leads to a key within a set.
    imported = DatasetRater.objects.filter(dataset__in=list(Dataset.objects.values_list("pk", flat=True)))
    name = pseudonym(rater=str(rater.pk))
    imported.filter(key=name).delete()
    WithdrawnName.objects.get_or_create(digest=digest_of(name))
    rater.delete()
    drop_made_entries(places=made)
    for image in Image.objects.filter(pk__in=pictures).order_by("pk"):
        with suppress(ConflictError):  # in use elsewhere, such as for somebody else who got the same picture
            delete_image(image=image)
    log_action(action="withdraw", target="rater", actor=actor, **counts)
