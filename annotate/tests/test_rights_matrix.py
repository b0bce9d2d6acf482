"""Every address of the admin and the API, asked by everybody there may be: who gets in, and who is turned away."""

import re
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import pytest
from django.test import Client, TestCase

from annotate.tests.rights_table import LEAST_ROLE, NOT_ALSO, NOT_OF_ONE_STUDY, RATERS_CALLS
from annotate.tests.rights_world import (
    DUMP_FILE,
    DUMP_FOLDER,
    HERE,
    MEMBERS,
    METHODS,
    Address,
    addresses,
    ask,
    make_askers,
    make_rows,
)
from ratings.tests.disks import dumps_folder

OUTSIDERS = ("anonymous", "rater", "other rater", "inactive")
STAFF = tuple(LEAST_ROLE)
Roles = Callable[[str, str], Iterable[str]]
DOORS = {  # open to everybody
    *("login", "logout", "invitation"),
    *("password-forgotten", "password-sent", "password-new", "password-set"),
}
PUBLIC = {("api:study", "get")}
TURNED_AWAY = {401, 403, 404, 405}
ROLE_OF = {
    (name, method): role
    for role, calls in LEAST_ROLE.items()
    for method, names in calls.items()
    for name in names.split()
}


def named(address: Address) -> str:
    """Give the name that the table has for an address."""
    return address.name.removeprefix("admin:")


def admin_addresses() -> list[Address]:
    """Find the pages of the admin behind its doors."""
    return [one for one in addresses("admin/") if named(one) not in DOORS]


def is_forwarded(address: Address) -> bool:
    """Tell whether an address is only Django's short form of another, or of none at all."""
    return address.pattern.endswith(("/<path:object_id>/", "(?P<url>.*)$"))


def is_let_in(answer: tuple[int, str]) -> bool:
    """Tell whether somebody gets further than the sign-in page and the message that this is not for them."""
    status, leads_to = answer
    return status not in TURNED_AWAY and "/admin/login/" not in leads_to and leads_to != "/admin/"


def may(role: str, name: str, method: str) -> bool:
    """Tell from the table whether a role gets in."""
    least = ROLE_OF.get((name, method))
    return least is not None and STAFF.index(role) >= STAFF.index(least) and role not in NOT_ALSO.get(name, ())


def is_about_a_row(address: Address) -> bool:
    """Tell whether an address names a row of the installation."""
    return bool({"object_id", "pk", "id", "slug", "number"} & set(re.findall(r"<(?:\w+:)?(\w+)>", address.pattern)))


def may_as_member(who: str, address: Address, method: str) -> bool:
    """Tell from the table whether somebody with roles in single studies gets in: here by the role that they have here.

    An address that is about no row is open to those who have the role in any study.
    """
    name, is_row = named(address), is_about_a_row(address)
    if name in NOT_OF_ONE_STUDY.get(method, "").split():
        return False
    roles = [role for slug, role in MEMBERS[who].items() if slug in HERE or not is_row]
    return may(max(roles, key=STAFF.index, default="no role"), name, method)


def role_below(name: str, method: str) -> Iterable[str]:
    """Give the greatest role that is turned away, if one is."""
    place = STAFF.index(ROLE_OF[name, method]) if (name, method) in ROLE_OF else len(STAFF)
    return STAFF[max(place - 1, 0) : place]


def every_role(name: str, method: str) -> Iterable[str]:
    """Give all roles, whatever is asked."""
    return STAFF


def is_named(word: str, page: str) -> bool:
    """Tell whether a page has a word, which a token made of random letters may hold by chance."""
    return re.search(rf"\b{re.escape(word)}\b", page) is not None


class RightsMatrixTest(TestCase):
    """One installation, asked by everybody; each call is undone."""

    rows: ClassVar[dict[str, Any]]
    askers: ClassVar[dict[str, tuple[Client, Client]]]

    @classmethod
    def setUpTestData(cls) -> None:
        """Fill the installation."""
        cls.rows = make_rows()
        cls.askers = make_askers()

    def setUp(self) -> None:
        """Put the files of the dump where they belong."""
        folder = dumps_folder() / DUMP_FOLDER
        folder.mkdir(parents=True)
        (folder / DUMP_FILE).write_text("a\n")

    def test_the_admin_leads_outsiders_to_its_sign_in_page_whatever_they_ask(self) -> None:
        for address in admin_addresses():
            path = address.filled(self.rows)
            for who in OUTSIDERS:
                for method in ("get", "post"):
                    status, leads_to = ask(self.askers[who][0], method, path)
                    assert (status, leads_to.split("?")[0]) == (302, "/admin/login/"), (who, method, path)

    def test_the_api_lets_outsiders_call_what_is_for_raters_and_nothing_else(self) -> None:
        for address in addresses("api/v1/"):
            name, path = address.name.removeprefix("api:"), address.filled(self.rows)
            for who in OUTSIDERS:
                for method in METHODS:
                    answer = ask(self.askers[who][1], method, path)
                    assert answer[0] != 500, (who, method, path, answer)
                    expected = who in RATERS_CALLS.get(method, {}).get(name, ())
                    assert is_let_in(answer) == expected, (who, method, path, answer)

    def check_staff(self, start: str, methods: Iterable[str], roles_for: Roles) -> None:
        """Ask in the name of roles, and compare with the table."""
        for address in addresses(start):
            name, path = named(address), address.filled(self.rows)
            if name in DOORS or is_forwarded(address):
                continue
            for method in methods:
                if (name, method) in PUBLIC:
                    continue
                for role in roles_for(name, method):
                    answer = ask(self.askers[role][start.startswith("api")], method, path)
                    assert answer[0] != 500, (role, method, path, answer)
                    assert is_let_in(answer) == may(role, name, method), (role, method, name, path, answer)

    def test_the_admin_turns_away_the_role_below_the_one_it_wants(self) -> None:
        self.check_staff("admin/", ("get", "post"), role_below)

    def test_the_api_lets_every_role_call_what_the_table_says(self) -> None:
        self.check_staff("api/v1/", METHODS, every_role)

    @pytest.mark.slow
    def test_the_admin_lets_every_role_in_as_the_table_says(self) -> None:
        self.check_staff("admin/", ("get", "post"), every_role)

    def check_members(self, start: str, methods: Iterable[str], members: Iterable[str]) -> None:
        """Ask in the name of those who have roles in single studies, and compare with the table."""
        wrong = []
        for address in addresses(start):
            name, path = named(address), address.filled(self.rows)
            if name in DOORS or is_forwarded(address):
                continue
            for method in methods:
                if (name, method) in PUBLIC:
                    continue
                for who in members:
                    answer = ask(self.askers[who][start.startswith("api")], method, path)
                    assert answer[0] != 500, (who, method, path, answer)
                    if is_let_in(answer) != may_as_member(who, address, method):
                        wrong.append((who, method, name, path, answer))
        assert wrong == []

    def test_the_admin_turns_away_a_researcher_of_another_study_from_every_row(self) -> None:
        self.check_members("admin/", ("get", "post"), ["researcher of another study"])

    @pytest.mark.slow
    def test_the_admin_lets_members_do_in_their_studies_what_their_role_there_says(self) -> None:
        self.check_members("admin/", ("get", "post"), MEMBERS)

    def test_the_api_lets_members_do_in_their_studies_what_their_role_there_says_and_elsewhere_nothing(self) -> None:
        self.check_members("api/v1/", METHODS, MEMBERS)

    def test_no_page_names_to_a_researcher_of_another_study_what_is_not_theirs(self) -> None:
        browser, script = self.askers["researcher of another study"]
        foreign = (*HERE, str(self.rows["rater"]), str(self.rows["image"]), "old-set", "assistant")
        for address in (*addresses("admin/"), *addresses("api/v1/")):
            client = script if address.pattern.startswith("api") else browser
            if is_about_a_row(address) or is_forwarded(address) or named(address) in DOORS:
                continue
            answer = client.get(address.filled(self.rows))
            page = answer.getvalue().decode().lower() if answer.status_code == 200 else ""
            assert not [word for word in foreign if is_named(word, page)], (address.name, foreign)

    def test_the_table_names_nothing_that_is_not_served(self) -> None:
        served = {named(one) for one in (*addresses("admin/"), *addresses("api/v1/"))}
        assert {name for name, _ in ROLE_OF} <= served
