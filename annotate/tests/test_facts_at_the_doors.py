"""Page, API and command ask for the facts that there are: their fields are made of the facts' own."""

import dataclasses
from datetime import UTC, datetime

from django.core.management.base import CommandParser
from django.test import RequestFactory

from annotate.admin.share.export_form import ExportForm
from annotate.api.dump_views import DumpRequestSerializer
from annotate.api.fact_serializers import given_fact
from annotate.api.serializers import ClientSerializer, QuestionSerializer
from ratings.management.fact_arguments import add_fact_arguments, fact_from
from ratings.values.client_facts import ClientFacts
from ratings.values.dump_filters import DumpFilters

NAMES = [field.name for field in dataclasses.fields(DumpFilters)]
OPTIONS = [
    *("--without-repeats", "--include-practice", "--include-simulated", "--include-pictures", "--leave-out-flagged"),
    *("--only-test-slice", "--since", "--until", "--domain", "--consent-version", "--policy"),
]
CHOSEN = DumpFilters(
    include_repeats=False, leave_out_flagged=True, since=datetime(2026, 3, 1, tzinfo=UTC), policies=("random", "active")
)


def parsed(*arguments: str) -> DumpFilters:
    parser = CommandParser()
    add_fact_arguments(parser, DumpFilters)
    return fact_from(DumpFilters, vars(parser.parse_args(arguments)))


def test_the_same_filters_come_from_the_command_line_the_api_and_the_form() -> None:
    command = ["--without-repeats", "--leave-out-flagged", "--since", "2026-03-01", "--policy", "random,active"]
    assert parsed(*command) == CHOSEN
    body = {
        "include_repeats": False,
        "leave_out_flagged": True,
        "since": "2026-03-01T00:00:00Z",
        "policies": ["random", "active"],
    }
    call = DumpRequestSerializer(data=body)
    assert call.is_valid()
    assert given_fact(DumpFilters, call.validated_data) == CHOSEN
    posted = {
        "_form_submitted": "true",
        "format": "csv",
        "leave_out_flagged": "on",
        "since": "2026-03-01",
        "policies": "random, active",
    }
    form = ExportForm(RequestFactory().get("/"), None, posted)
    assert form.is_valid()
    assert form.filters == CHOSEN


def test_nothing_chosen_means_the_defaults_at_every_door() -> None:
    call = DumpRequestSerializer(data={})
    assert call.is_valid()
    assert parsed() == given_fact(DumpFilters, call.validated_data) == DumpFilters()
    form = ExportForm(RequestFactory().get("/"))
    assert {name: form.fields[name].initial or getattr(DumpFilters(), name) for name in NAMES} == vars(DumpFilters())


def test_every_door_offers_every_filter() -> None:
    parser = CommandParser()
    add_fact_arguments(parser, DumpFilters)
    offered = [action.option_strings[-1] for action in parser._actions]
    assert [option for option in offered if option in OPTIONS] == OPTIONS
    assert [name for name in DumpRequestSerializer().fields if name != "format"] == NAMES
    assert [name for name in ExportForm(RequestFactory().get("/")).fields if name in NAMES] == NAMES


def test_a_mistyped_filter_is_refused_with_the_one_that_was_meant() -> None:
    call = DumpRequestSerializer(data={"leave_out_flaged": True})
    assert not call.is_valid()
    assert "Did you mean “leave_out_flagged”?" in str(call.errors["leave_out_flaged"])


def test_circumstances_of_a_click_are_taken_within_their_limits() -> None:
    call = ClientSerializer(data={"viewport_width": 390, "pixel_ratio": 2.5, "rated_at": "2026-03-01T10:00:00Z"})
    assert call.is_valid()
    facts = given_fact(ClientFacts, call.validated_data)
    assert facts.as_json() == {"viewport_width": 390, "pixel_ratio": 2.5, "rated_at": "2026-03-01T10:00:00+00:00"}
    for wrong in ({"viewport_width": -1}, {"pixel_ratio": 101}, {"pixel_ratio": float("nan")}, {"view_ms": 10**9}):
        assert not ClientSerializer(data=wrong).is_valid()


def test_a_question_has_the_same_fields_in_the_api_as_in_a_study() -> None:
    fields = QuestionSerializer().fields
    assert [(name, field.required) for name, field in fields.items()] == [
        ("key", True),
        ("label", True),
        ("help", False),
        ("required", False),
        ("options", True),
    ]
