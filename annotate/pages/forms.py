"""What raters fill in: consent and profile, and what their browser says of the device."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext, gettext_lazy

from ratings.models import Study
from ratings.selectors.visitors import StudyVisitor, VisitorKind
from ratings.services.enrol import Enrolment
from ratings.values.devices import Device, needs_of
from ratings.values.languages import DEFAULT_LANGUAGE
from ratings.values.shapes import ShapeError, checked

PROFILE_PREFIX = "profile."


class DeviceField(forms.JSONField):
    """What the page's script has measured, as JSON."""

    def clean(self, value: Any) -> Device | None:
        """Read it; what cannot be read was not measured, and its owner is asked."""
        try:
            stated = super().clean(value)
            return checked(Device, stated, place="device") if stated else None
        except (forms.ValidationError, ShapeError):  # the form asks for a confirmation in its place
            return None


class JoinForm(forms.Form):
    """Consent, and the optional answers of the study's profile."""

    consent = forms.BooleanField(
        error_messages={"required": gettext_lazy("Tick the box to take part, or choose “No, thank you”.")},
    )
    consent_version = forms.CharField(max_length=40)
    texts_version = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)
    device = DeviceField(required=False)
    device_confirmed = forms.BooleanField(required=False)

    def __init__(
        self, *args: Any, study: Study, visitor: StudyVisitor, languages: Sequence[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.study = study
        self.visitor = visitor
        self.languages = tuple(languages)
        for _, question in study.questions_in(get_language() or DEFAULT_LANGUAGE):
            self.fields[PROFILE_PREFIX + question.key] = forms.ChoiceField(
                label=question.label,
                required=question.required,
                choices=[(option.value, option.label) for option in question.options],
                error_messages={
                    "invalid_choice": gettext_lazy("Choose one of the offered answers."),
                    "required": gettext_lazy("Choose one of the offered answers."),
                },
            )

    @property
    def questions(self) -> list[dict[str, object]]:
        """Give the study's questions, each with the answer given so far."""
        return [
            {
                **question.shown(),
                "language": language,
                "answer": self[PROFILE_PREFIX + question.key].value() or "",
            }
            for language, question in self.study.questions_in(get_language() or DEFAULT_LANGUAGE)
        ]

    @property
    def has_required(self) -> bool:
        """Tell whether some question has to be answered."""
        return any(question.required for question in self.study.questions)

    @property
    def carried(self) -> dict[str, str]:
        """Give the fields that travel along unseen: what the platform's link says."""
        return self.visitor.link.fields

    @property
    def sentences(self) -> list[str]:
        """Say what is wrong, naming a field where the sentence alone would not."""
        return [
            f"{self.fields[name].label}: {sentence}" if name.startswith(PROFILE_PREFIX) else str(sentence)
            for name, sentences in self.errors.items()
            for sentence in sentences
        ]

    @property
    def is_outdated(self) -> bool:
        """Tell whether somebody joined in this browser since the form was shown: the study's page asks who it is."""
        has_changed = self.data.get("rater", self.rater) != self.rater
        return has_changed and self.visitor.kind == VisitorKind.MEMBER and not self.visitor.link.external_id

    @property
    def rater(self) -> str:
        """Name the rater whom the browser is signed in as; blank for nobody."""
        return str(self.visitor.rater_id or "")

    @property
    def device_needs(self) -> list[str]:
        """Say what the study wants of a newcomer's device."""
        is_new = self.visitor.kind == VisitorKind.NEWCOMER
        return [need.words for need in needs_of(self.study.device_rules)] if is_new else []

    @property
    def asks_for_device(self) -> bool:
        """Tell whether the form came without what a script measures, where the study needs to know."""
        return self.is_bound and self.has_error("device_confirmed")

    def clean(self) -> dict[str, Any]:
        """Ask for a confirmation that the device fits where nothing was measured."""
        values = super().clean() or self.cleaned_data
        if self.device_needs and not values.get("device") and not values.get("device_confirmed"):
            self.add_error("device_confirmed", gettext("Tick the box if your device fits this study."))
        return values

    def stated_device(self) -> Device | None:
        """Give what is known of the device: as measured, else as its owner says."""
        measured: Device | None = self.cleaned_data["device"]
        return measured or (Device(confirmed=True) if self.cleaned_data["device_confirmed"] else None)

    def enrolment(self) -> Enrolment:
        """Give what the valid form says, for the service."""
        answers = self.cleaned_data.items()
        return Enrolment(
            consent_version=self.cleaned_data["consent_version"],
            profile={
                name.removeprefix(PROFILE_PREFIX): answer for name, answer in answers if name.startswith(PROFILE_PREFIX)
            },
            link=self.visitor.link,
            rater_id=self.visitor.rater_id,
            languages=self.languages,
            texts_number=self.cleaned_data["texts_version"],
            device=self.stated_device(),
        )
