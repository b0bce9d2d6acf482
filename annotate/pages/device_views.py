"""The page for somebody who takes part already, and goes on with a device that the study does not take."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from annotate.pages.end_words import words_of_end
from annotate.pages.views import ParticipantPage
from ratings.choices import End
from ratings.models import Participation, Study


class DevicePage(ParticipantPage):
    """Which device is needed, and how to go on with one."""

    def show(self, request: HttpRequest, study: Study, participation: Participation) -> HttpResponse:
        """Say it; where every device will do, lead on."""
        if study.device_rules.takes_all:
            return redirect("pages:rate", study.slug)
        context = {"study": study, "participation": participation, **words_of_end(End.DEVICE)}
        return render(request, "pages/device_changed.html", context)


device_urls = [path("s/<slug:slug>/device/", DevicePage.as_view(), name="device")]
