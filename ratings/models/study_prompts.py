"""In which language the prompts of a study's pictures are written."""

from django.db import models

from ratings.values.languages import LANGUAGES, LONGEST_CODE


class PromptSettings(models.Model):
    """What a study says of the prompts of its pictures."""

    prompt_language = models.CharField(
        max_length=LONGEST_CODE,
        choices=LANGUAGES.items(),
        blank=True,
        default="",
        db_default="",
        help_text="Language of the prompts, where that is not the first of the study's languages. Prompts in further "
        "languages are columns of the pictures, such as prompt_de.",
    )

    class Meta:
        """Fields only; the study has the table."""

        abstract = True
