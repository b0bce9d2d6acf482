"""What somebody confirms who opens a study."""

from django import forms
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldBooleanSwitchWidget


class OpenForm(BaseDialogForm):  # type: ignore[misc]
    """Whether raters may read some texts in the study's first language, though they chose another."""

    may_lack_translations = forms.BooleanField(
        required=False,
        label="Open it even if texts are missing in some of its languages",
        help_text="Raters read those in the study's first language. The page Translations names them.",
        widget=UnfoldBooleanSwitchWidget,
    )
