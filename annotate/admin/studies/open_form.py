"""What somebody confirms who opens a study."""

from django import forms
from django.utils.translation import gettext_lazy
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldBooleanSwitchWidget


class OpenForm(BaseDialogForm):  # type: ignore[misc]
    """Whether raters may read some texts in the study's first language, though they chose another."""

    may_lack_translations = forms.BooleanField(
        required=False,
        label=gettext_lazy("Open it even if texts are missing in some of its languages"),
        help_text=gettext_lazy("Raters read those in the study's first language. The page Translations names them."),
        widget=UnfoldBooleanSwitchWidget,
    )
