"""Dumps and models on the Hugging Face Hub: what is asked before one is sent, and where it was sent to."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from annotate.admin.parts.base import at
from scoring.models import HubPush
from scoring.models.hub_push import REPOSITORY

QUESTION = gettext_lazy(
    "A worker sends the files to this repository of the Hub, in place of what an earlier push left there. Its token is "
    "HF_TOKEN of the workers' environment. What is public once cannot be called back."
)


class HubForm(BaseDialogForm):  # type: ignore[misc]
    """Where to, and who may see it."""

    repository = forms.RegexField(
        regex=REPOSITORY,
        help_text=gettext_lazy("As owner/name; made unless it is there."),
        error_messages={"invalid": gettext_lazy("Write it as owner/name.")},
        widget=UnfoldAdminTextInputWidget,
        label=gettext_lazy("Repository"),
    )
    is_public = forms.BooleanField(
        label=gettext_lazy("Everybody may see it"), required=False, widget=UnfoldBooleanSwitchWidget
    )

    @property
    def terms(self) -> dict[str, Any]:
        """Give what the valid form says, as a push takes it."""
        return {name: self.cleaned_data[name] for name in ("repository", "is_public")}


def pushes_list(pushes: Iterable[HubPush]) -> SafeString | str:
    """List where something was sent, the newest first, each with its state, address or error."""
    rows = [
        (at(push.created_at), push.repository, push.get_state_display().lower(), link_or_error(push)) for push in pushes
    ]
    if not rows:
        return "\N{EN DASH}"
    items = format_html_join("", "<li>{}: {}, {}{}</li>", rows)
    return format_html('<ul class="admin-files">{}</ul>', items)


def link_or_error(push: HubPush) -> SafeString | str:
    """Lead to what was pushed, or say why it was not."""
    if push.address:
        words = gettext("on the Hub")
        return format_html(', <a class="text-link" href="{}" rel="noreferrer">{}</a>', push.address, words)
    return f": {push.said(push.error)}" if push.error else ""
