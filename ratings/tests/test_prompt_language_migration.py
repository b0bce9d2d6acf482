"""Studies from before prompts had a language say their prompts in the first of their languages, as they did."""

import pytest

from ratings.tests.migrating import former_database

BEFORE = ("ratings", "0039_prolific_words")


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_study_with_pictures_from_before_keeps_them_and_names_no_language_of_prompts() -> None:
    with former_database(BEFORE) as database:
        apps = database.migrate(BEFORE)
        rows = {name: apps.get_model("ratings", name).objects.using(database.alias) for name in ("Study", "Image")}
        study = rows["Study"].create(slug="harbour", title="Harbour", languages=["de", "en"])
        image = rows["Image"].create(sha256="a" * 64, width=8, height=8, path="a.webp", placeholder="data:,")
        apps.get_model("ratings", "StudyImage").objects.using(database.alias).create(
            study=study, image=image, ordinal=0, shuffle=0.5, target=3, prompt="eine Eule"
        )
        database.migrate(("ratings", "0040_prompt_language"))
        assert database.rows("SELECT languages, prompt_language FROM ratings_study") == [(["de", "en"], "")]
        assert database.rows("SELECT prompt FROM ratings_studyimage") == [("eine Eule",)]
