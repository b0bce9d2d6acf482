"""What workers write for staff: stored in English, said in the language of who reads it."""

from typing import Any

from django.db import models
from django.db.models import F, Func, Value

from ratings.sentences import made_of, say


class SaidByWorkers(models.Model):
    """Rows with sentences by workers, which keep what each was made of by the name of its field and its text.

    The fields themselves hold plain English, as calls and files give it.
    """

    made_of = models.JSONField(default=dict, db_default={}, blank=True, editable=False)

    class Meta:
        """Fields only."""

        abstract = True

    def said(self, text: str) -> str:
        """Say a text of this row to who reads it; one of which nothing is kept stays as it is."""
        made = (texts[text] for texts in self.made_of.values() if text in texts)
        return next((say(one) for one in made), text)


def with_made(facts: dict[str, Any]) -> dict[str, Any]:
    """Give the facts of an update together with what the sentences among them were made of."""
    made = made_of(facts)
    return {**facts, "made_of": merged(made)} if made else facts


def merged(made: dict[str, Any]) -> Func:
    """Put what is made of some fields beside that of the others."""
    return Func(
        F("made_of"), Value(made, models.JSONField()), arg_joiner=" || ", template="(%(expressions)s)",
        output_field=models.JSONField(),
    )  # fmt: skip
