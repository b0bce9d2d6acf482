"""Whether raters of a study may have pictures made for them, as a part of the study's page."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy
from unfold.admin import StackedInline
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from scoring.generators.base import GeneratorError
from scoring.generators.registry import GENERATORS, check_generator
from scoring.models import SteeringOffer
from scoring.services.steering import LONGEST_PROMPT
from scoring.writers.base import WriterError
from scoring.writers.registry import WRITERS, build_writer

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    OfferFields = forms.ModelForm[SteeringOffer]
else:
    OfferFields = forms.ModelForm


def choices_of(names: tuple[str, ...], default: "StrOrPromise") -> "list[tuple[str, StrOrPromise]]":
    """Offer names, and none for the default."""
    return [("", default), *((name, name) for name in names)]


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 6})

    def prepare_value(self, value: Any) -> str:
        """Write the list as lines."""
        return "\n".join(value) if isinstance(value, list) else value or ""

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        """Read the lines, each once."""
        lines = dict.fromkeys(" ".join(line.split()) for line in str(value or "").splitlines())
        return [line for line in lines if line]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare what the lines mean."""
        return list(initial or []) != self.to_python(data)


class OfferForm(OfferFields):
    """What may be asked for, and how much may be spent on it."""

    prompts = LinesField(
        required=False,
        help_text=gettext_lazy("What raters may ask for, one a line; blank for six that the sketches can draw."),
        label=gettext_lazy("Prompts"),
    )
    generator = forms.ChoiceField(
        choices=choices_of(GENERATORS, gettext_lazy("the built-in sketches")),
        required=False,
        widget=UnfoldAdminSelectWidget,
        label=gettext_lazy("Generator"),
    )
    writer = forms.ChoiceField(
        choices=choices_of(WRITERS, gettext_lazy("the built-in writer")),
        required=False,
        widget=UnfoldAdminSelectWidget,
        label=gettext_lazy("Writer"),
    )

    class Meta:
        """The fields, in the order of the page."""

        model = SteeringOffer
        fields = (
            *("is_on", "least_ratings", "per_day", "in_all"),
            *("prompts", "generator", "writer", "iterations", "variants"),
        )

    def clean_prompts(self) -> list[str]:
        """Refuse what no search would take."""
        prompts: list[str] = self.cleaned_data["prompts"]
        too_long = next((prompt for prompt in prompts if len(prompt) > LONGEST_PROMPT), None)
        if too_long is not None:
            raise ValidationError(
                gettext("A prompt has at most {longest_prompt} characters: shorten “{too_long}…”.").format(
                    longest_prompt=LONGEST_PROMPT, too_long=too_long[:40]
                )
            )
        return prompts

    def clean_generator(self) -> str:
        """Refuse a generator that this installation has no key or package for."""
        name: str = self.cleaned_data["generator"]
        try:
            check_generator(name, settings.GENERATOR_SETTINGS) if name else None
        except GeneratorError as error:
            raise ValidationError(f"{error}.") from error
        return name

    def clean_writer(self) -> str:
        """Refuse a writer that this installation has no endpoint or package for."""
        name: str = self.cleaned_data["writer"]
        try:
            build_writer(name, settings.WRITER_SETTINGS) if name else None
        except WriterError as error:
            raise ValidationError(f"{error}.") from error
        return name


class OfferInline(StackedInline):  # type: ignore[misc]
    """The offer as a tab of the study's page."""

    model = SteeringOffer
    form = OfferForm
    verbose_name = verbose_name_plural = gettext_lazy("Made for you")
    can_delete = False
    max_num = 1
    tab = True
    fields = (
        ("is_on", "least_ratings"),
        ("per_day", "in_all"),
        "prompts",
        ("generator", "writer"),
        ("iterations", "variants"),
    )
