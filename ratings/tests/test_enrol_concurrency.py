"""One id, one link, many requests at the same moment: one person gets it, the others get an error that says so."""

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.db import transaction

from ratings.exceptions import AlreadyTakingPartError, ResumeLinkSpentError
from ratings.models import Participation, Rater, Study
from ratings.selectors.resuming import access_resume_link, resume_token
from ratings.services.enrol import Enrolment, claim_participation, enrol_rater
from ratings.services.resume import use_resume_link
from ratings.tests.factories import make_participation, make_study
from ratings.tests.migrating import former_database
from ratings.tests.test_concurrency import run_at_once
from ratings.values.platform_links import PlatformLink

pytestmark = pytest.mark.django_db(transaction=True)

LINK = PlatformLink(external_id="p-17")


def enrol(study: Study, link: PlatformLink, found: list[Participation]) -> None:
    with transaction.atomic():
        found.append(enrol_rater(study=study, enrolment=Enrolment(consent_version="1", link=link)))


def claim(study: Study, rater: Rater) -> None:
    with transaction.atomic():
        claim_participation(study=study, link=LINK, rater_id=rater.pk)


def test_of_many_browsers_that_bring_one_id_at_once_one_gets_it() -> None:
    study = make_study()
    raters = [make_participation(study=study).rater for _ in range(4)]
    work: list[Callable[[], None]] = [
        *(partial(claim, study, rater) for rater in raters),
        *(partial(enrol, study, LINK, []) for _ in range(4)),
    ]
    raised = run_at_once(work)
    assert Counter(map(type, raised)) == {AlreadyTakingPartError: 7}
    assert Participation.objects.get(external_id="p-17").study_id == study.pk
    assert Participation.objects.count() in {4, 5}  # a newcomer has it, or one of the four


def test_one_session_that_enrols_many_times_at_once_is_one_participation() -> None:
    study = make_study()
    link = PlatformLink(external_id="p-17", external_session="s-3")
    found: list[Participation] = []
    assert run_at_once([partial(enrol, study, link, found)] * 6) == []
    assert len({participation.pk for participation in found}) == 1
    assert (Participation.objects.count(), Rater.objects.count()) == (1, 1)


def test_a_resume_link_used_many_times_at_once_works_once() -> None:
    participation = make_participation()
    token = resume_token(participation=participation)
    read = threading.Barrier(5)

    def use() -> None:
        link = access_resume_link(token=token)
        read.wait()
        use_resume_link(link=link)

    assert Counter(map(type, run_at_once([use] * 5))) == {ResumeLinkSpentError: 4}
    participation.refresh_from_db()
    assert participation.resume_generation == 2


@pytest.mark.slow
def test_who_took_part_before_the_migration_keeps_the_link_they_noted_and_newcomers_get_a_new_kind() -> None:
    with former_database(("ratings", "0009_jobs")) as database:
        before = database.migrate(("ratings", "0009_jobs"))
        study = database.table(before, "Study").create(slug="w25", title="W25")
        rater = database.table(before, "Rater").create()
        database.table(before, "Participation").create(
            study=study, rater=rater, consent_version="1", consented_at="2026-11-01T00:00:00Z", external_id="p", quota=3
        )
        database.migrate(("ratings", "0010_who_rates"))
        kept = "SELECT external_id, resume_generation, rater_id, quota FROM ratings_participation"
        assert database.rows(kept) == [("p", 0, rater.pk, 3)]
    assert make_participation().resume_generation == 1
