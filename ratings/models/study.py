"""A study: what it asks of whom, and how its images are chosen."""

from dataclasses import replace

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from ratings.choices import CardPictures, Design, ScaleKind, StudyState
from ratings.models.shape_validators import (
    validate_end_address,
    validate_end_questions,
    validate_ends,
    validate_group_quotas,
    validate_labels,
    validate_questions,
    validate_scales,
)
from ratings.models.study_constraints import LONGEST_MINIMUM_VIEW_MS, SMALLEST_SIDE, STUDY_CONSTRAINTS
from ratings.models.study_parts import PART_CONSTRAINTS, StudyParts
from ratings.values.client_facts import COLOUR
from ratings.values.consent_facts import DATA_USE, filled, place_values
from ratings.values.ends import LONGEST_ADDRESS
from ratings.values.languages import DEFAULT_LANGUAGE, LANGUAGES, LONGEST_CODE, only_english
from ratings.values.questions import EndQuestion, Question, stored_end_questions, stored_questions
from ratings.values.quotas import GroupQuotas
from ratings.values.scales import NamedScale, StudyScale, stored_scales
from ratings.values.shapes import described
from ratings.values.texts import AuthorText
from ratings.values.translations import (
    END_QUESTIONS,
    FILLED,
    Texts,
    translated_labels,
    translated_question,
    translated_scale,
)

STEP_TOLERANCE = 1e-6
SHARE = [MinValueValidator(0.0), MaxValueValidator(1.0)]
MIDDLE_GREY = "#808080"


class StudyQuerySet(models.QuerySet["Study"]):
    """Scopes of studies."""

    def visible(self) -> "StudyQuerySet":
        """Leave out drafts: what the public may know of."""
        return self.exclude(state=StudyState.DRAFT)


class Study(StudyParts):
    """A campaign: images, scale, instructions, consent, targets and selection settings."""

    slug = models.SlugField(unique=True, help_text="Part of the address raters visit; keep it once shared.")
    title = models.CharField(max_length=200)
    summary = models.CharField(max_length=500, blank=True, help_text="One or two sentences on the study's page.")
    state = models.CharField(max_length=10, choices=StudyState, default=StudyState.DRAFT)
    languages = ArrayField(
        models.CharField(max_length=LONGEST_CODE, choices=LANGUAGES.items()),
        default=only_english,
        db_default=[DEFAULT_LANGUAGE],
        help_text="Codes of the languages that raters may choose from, such as en,de; the first is that of its texts.",
    )
    instructions = models.TextField(blank=True)
    consent_version = models.CharField(max_length=40, default="1")
    consent_text = models.TextField(blank=True)
    profile_questions = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_questions],
        help_text=f"A list of {described(Question)}; those not required may be left out.",
    )
    translations = models.JSONField(
        default=dict,
        db_default={},
        blank=True,
        editable=False,
        help_text="Its texts in the languages after the first: words by the name of the text, by language.",
    )
    texts = models.ForeignKey(
        "ratings.TextVersion",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The version of its texts that raters see now.",
    )
    end_questions = models.JSONField(
        default=list,
        db_default=[],
        blank=True,
        validators=[validate_end_questions],
        help_text=f"Asked after the last picture, before the completion code: a list of {described(EndQuestion)}; "
        "without options the answer is free text.",
    )
    enrol_rate = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Enrolments an hour from one address; blank for the installation's. A class shares an address.",
    )
    invitation = models.SlugField(
        max_length=40,
        blank=True,
        default="",
        db_default="",
        help_text="A word that a link may carry, as in ?invitation=WORD: who brings it is not counted by address.",
    )
    is_demo = models.BooleanField(default=False, help_text="Holds simulated raters; labelled so everywhere.")

    design = models.CharField(max_length=10, choices=Design, default=Design.RATING)
    ties_allowed = models.BooleanField(default=False, help_text="In pairwise studies: let raters call it a tie.")
    taste_from = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="taught_by",
        help_text="In pairwise studies: the study whose model learns from the choices; blank for this one's own.",
    )
    chooses_comparisons = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Where pictures are compared: let the model choose what each rater sees next, by what it is expected "
        "to teach of their taste. For rewards of single raters; a ranking of the conditions is best served without.",
    )

    set_size = models.PositiveSmallIntegerField(
        default=4,
        db_default=4,
        validators=[MinValueValidator(3), MaxValueValidator(5)],
        help_text="In best-worst studies: pictures shown at once, 3 to 5.",
    )
    scales = models.JSONField(
        default=list,
        db_default=[],
        blank=True,
        validators=[validate_scales],
        help_text=f"In studies with several scales: a list of {described(NamedScale)}, the main one first. All have "
        "the values of the scale above, each its own anchors.",
    )
    trained_scale = models.CharField(
        max_length=30,
        blank=True,
        default="",
        db_default="",
        help_text="In studies with several scales: key of the one that models learn; blank for the main one.",
    )

    scale_kind = models.CharField(max_length=10, choices=ScaleKind, default=ScaleKind.LIKERT)
    scale_min = models.FloatField(default=1)
    scale_max = models.FloatField(default=5)
    scale_step = models.FloatField(default=1)
    scale_labels = models.JSONField(
        default=dict,
        blank=True,
        validators=[validate_labels],
        help_text='Anchors, such as {"1": "bad", "5": "good"}.',
    )
    show_prompt = models.BooleanField(default=False)
    card_pictures = models.CharField(
        max_length=10,
        choices=CardPictures,
        default=CardPictures.PRACTICE,
        db_default=CardPictures.PRACTICE,
        help_text="Pictures on the first page and the study's own, which people see before they rate. A picture is "
        "chosen for it on its page under Images.",
    )

    minimum_view_ms = models.PositiveIntegerField(
        default=250,
        db_default=250,
        validators=[MaxValueValidator(LONGEST_MINIMUM_VIEW_MS)],
        help_text="Milliseconds that a picture has been visible before an answer counts; 0 for any answer after it is.",
    )
    surround = models.CharField(
        max_length=7,
        default=MIDDLE_GREY,
        db_default=MIDDLE_GREY,
        validators=[RegexValidator(COLOUR, "Write a colour as #808080: six hexadecimal digits.")],
        help_text="Colour around the pictures, such as #808080; the same for all raters, by day and by night.",
    )
    longest_side = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(SMALLEST_SIDE)],
        help_text="Longest side of a picture on the screen, in CSS pixels; blank for as large as the window allows.",
    )

    target = models.PositiveIntegerField(default=15, help_text="Raters wanted per image.")
    quota = models.PositiveIntegerField(default=50, help_text="Images asked of each rater.")
    practice_count = models.PositiveSmallIntegerField(default=3, help_text="Uncounted images before the first one.")
    break_every = models.PositiveSmallIntegerField(default=25, help_text="Offer a break after so many; 0 for never.")
    lease_minutes = models.PositiveSmallIntegerField(default=20)
    completion_code = models.CharField(max_length=60, blank=True)
    completion_url = models.URLField(max_length=LONGEST_ADDRESS, blank=True, validators=[validate_end_address])
    ends = models.JSONField(
        default=list,
        db_default=[],
        blank=True,
        validators=[validate_ends],
        help_text='Code and address of the other ends: a list of {"end", "code", "address"}.',
    )

    opens_at = models.DateTimeField(null=True, blank=True, help_text="Nobody joins before; blank for at once.")
    closes_at = models.DateTimeField(
        null=True, blank=True, help_text="Nothing is handed out from then on; blank: open."
    )
    participant_cap = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Most people who take part; who was screened out or gave nothing is not counted. Blank for no cap.",
    )
    is_listed = models.BooleanField(
        default=True, db_default=True, help_text="Shown on the first page; else it is found by its link alone."
    )
    reservation_minutes = models.PositiveSmallIntegerField(
        default=60,
        db_default=60,
        validators=[MinValueValidator(1)],
        help_text="So long after somebody was last seen, the places kept for them go to others.",
    )
    burn_in = models.PositiveSmallIntegerField(default=8, help_text="First images of a rater, chosen to be telling.")
    random_share = models.FloatField(default=0.15, validators=SHARE, help_text="Drawn uniformly: the test slice.")
    repeat_share = models.FloatField(default=0.05, validators=SHARE, help_text="Shown again: test-retest reliability.")
    repeat_gap = models.PositiveSmallIntegerField(
        default=10, help_text="Images between a first showing and its repeat."
    )
    attention_every = models.PositiveSmallIntegerField(
        default=0, help_text="Ask to choose a given value once in so many images; 0 for never."
    )
    attention_limit = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="So many missed checks end a rater's part; 0 for never."
    )
    group_quotas = models.JSONField(
        default=dict,
        blank=True,
        validators=[validate_group_quotas],
        help_text='Most images of a domain or generator per rater, such as {"domain": {"art": 20}}.',
    )
    uniform_floor = models.FloatField(default=0.2, validators=SHARE, help_text="Uniform part of the active policy.")
    retrain_every = models.PositiveIntegerField(default=200, help_text="New ratings that start a training run.")
    train_without_flagged = models.BooleanField(
        default=False, help_text="Leave raters with a confirmed flag out of training."
    )
    learns_from_skips = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Where one picture is shown at a time: take “I would rather not look at it” as liking the picture "
        "less than an average one, from each rater's next answer on. Tested on simulated raters and made-up skips "
        "only.",
    )
    datasets = models.ManyToManyField(
        "ratings.Dataset",
        blank=True,
        related_name="studies",
        help_text="Imported ratings to learn from as well, each set on its own scale.",
    )
    encoder_key = models.CharField(max_length=120, blank=True, help_text="Blank for the installation's default.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StudyQuerySet.as_manager()

    class Meta:
        """Order and invariants."""

        verbose_name_plural = "studies"
        ordering = ("-created_at",)
        constraints = (*PART_CONSTRAINTS, *STUDY_CONSTRAINTS)

    def __str__(self) -> str:
        """Name the study."""
        return self.title

    @property
    def is_open(self) -> bool:
        """Tell whether raters may join and get images."""
        return self.state == StudyState.OPEN

    @property
    def scale(self) -> StudyScale:
        """Give the scale, with its words."""
        return StudyScale(
            kind=ScaleKind(self.scale_kind),
            low=self.scale_min,
            high=self.scale_max,
            step=self.scale_step,
            labels=self.scale_labels,
        )

    @property
    def quotas(self) -> GroupQuotas:
        """Give how many images of a domain or generator one rater gets at most."""
        return GroupQuotas.from_json(self.group_quotas)

    @property
    def named_scales(self) -> tuple[NamedScale, ...]:
        """Give the scales of a study that asks for several ratings, the main one first."""
        return stored_scales(self.scales)

    @property
    def questions(self) -> tuple[Question, ...]:
        """Give the questions of the profile."""
        return stored_questions(self.profile_questions)

    def translated(self, language: str) -> Texts:
        """Give its texts in a language after the first, by name; nothing in one that it does not offer."""
        texts: Texts = self.translations.get(language, {}) if language in self.languages[1:] else {}
        return texts

    def text_in(self, *, language: str, name: str) -> AuthorText:
        """Give one of the author's texts in a language, or else in the study's first one."""
        words = self.translated(language).get(name)
        said = AuthorText(language=language if words else self.languages[0], words=words or getattr(self, name))
        return replace(said, words=filled(said.words, self.consent_places(said.language))) if name in FILLED else said

    def consent_places(self, language: str) -> dict[str, str]:
        """Give what fills the places of a consent text that is in a language."""
        texts = {name: self.text_in(language=language, name=name).words for name in ("title", *DATA_USE)}
        return place_values(facts=self.consent_facts, texts=texts, language=language)

    def questions_in(self, language: str) -> list[tuple[str, Question]]:
        """Give the questions of the profile in a language, each with the language that it is in."""
        pairs = ((question, translated_question(question, self.translated(language))) for question in self.questions)
        return [(language, said) if said else (self.languages[0], own) for own, said in pairs]

    def scale_in(self, language: str) -> tuple[str, StudyScale]:
        """Give the scale with its words in a language, and the language that these are in."""
        labels = translated_labels(self.scale_labels, self.translated(language)) if self.scale_labels else None
        return (language, replace(self.scale, labels=labels)) if labels else (self.languages[0], self.scale)

    def named_scales_in(self, language: str) -> list[tuple[str, NamedScale]]:
        """Give several scales in a language, each with the language that it is in."""
        pairs = ((scale, translated_scale(scale, self.translated(language))) for scale in self.named_scales)
        return [(language, said) if said else (self.languages[0], own) for own, said in pairs]

    @property
    def questions_at_end(self) -> tuple[EndQuestion, ...]:
        """Give the questions after the last picture."""
        return stored_end_questions(self.end_questions)

    def end_questions_in(self, language: str) -> list[tuple[str, EndQuestion]]:
        """Give the questions after the last picture in a language, each with the language that it is in."""
        asked = self.questions_at_end
        pairs = ((one, translated_question(one, self.translated(language), field=END_QUESTIONS)) for one in asked)
        return [(language, said) if said else (self.languages[0], own) for own, said in pairs]

    @property
    def questions_in_dumps(self) -> tuple[Question, ...]:
        """Give all questions whose answers a dump publishes in bands."""
        return (*self.questions, *(one.in_dumps() for one in self.questions_at_end if not one.is_text))

    @property
    def texts_in_dumps(self) -> tuple[EndQuestion, ...]:
        """Give the questions whose answers are free text, which a dump holds only when asked."""
        return tuple(one for one in self.questions_at_end if one.is_text)

    def is_on_scale(self, value: float) -> bool:
        """Tell whether a value is one that the scale offers."""
        if not self.scale_min <= value <= self.scale_max:
            return False
        if self.scale_kind == ScaleKind.SLIDER:
            return True
        steps = (value - self.scale_min) / self.scale_step
        return abs(steps - round(steps)) < STEP_TOLERANCE

    def unit_value(self, value: float) -> float:
        """Map a value of the scale into [0, 1]."""
        return (value - self.scale_min) / (self.scale_max - self.scale_min)
