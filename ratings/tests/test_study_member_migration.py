"""People of an installation from before roles in single studies keep the roles that they have, in all studies."""

import pytest

from ratings.tests.migrating import former_database

BEFORE = ("ratings", "0043_machine_flag")
PEOPLE = ("auth", "0012_alter_user_first_name_max_length")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_filled_installation_keeps_its_people_and_their_roles_for_all_studies() -> None:
    with former_database(BEFORE) as database:
        models = database.migrate(BEFORE, PEOPLE)
        rob = models.get_model("auth", "User").objects.using(database.alias).create(username="rob", is_staff=True)
        group = models.get_model("auth", "Group").objects.using(database.alias).create(name="researcher")
        rob.groups.add(group)
        models.get_model("ratings", "Study").objects.using(database.alias).create(slug="harbour", title="Harbour")
        database.migrate(("ratings", "0044_study_members"))
        role = "SELECT u.username, u.is_staff, g.name FROM auth_user u JOIN auth_user_groups m ON m.user_id = u.id "
        assert database.rows(role + "JOIN auth_group g ON g.id = m.group_id") == [("rob", True, "researcher")]
        assert database.rows("SELECT slug FROM ratings_study") == [("harbour",)]
        assert database.rows("SELECT count(*) FROM ratings_studymember") == [(0,)]
