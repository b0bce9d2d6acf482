"""Which language a rater chose."""

from ratings.models import Participation, Rater
from ratings.services.sightings import note_sighting


def record_language(*, rater: Rater, language: str) -> int:
    """Note the language in which a rater goes on, wherever the study offers it; give the number of participations."""
    speaking = Participation.objects.filter(rater=rater, study__languages__contains=[language])
    changed = list(speaking.exclude(language=language).select_for_update(no_key=True).order_by("pk"))
    for participation in changed:
        participation.language = language
        participation.save(update_fields=["language"])
        note_sighting(participation=participation)
    return len(changed)
