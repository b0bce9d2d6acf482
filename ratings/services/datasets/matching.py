"""The statements that match the ratings of a file with those that a dataset holds.

A rating is known where the dataset holds it with the same number or time in its source, or, where either gives none,
with the same value as often: the order of rows says nothing.
"""

CLEAR = "DROP TABLE IF EXISTS pg_temp.staged_rating, pg_temp.new_rating, pg_temp.old_rating, pg_temp.new_votes"
STAGE = """
CREATE TEMP TABLE staged_rating (
    seq bigint, rater_id bigint, dataset_image_id bigint, value float8, count int, is_population boolean, part text,
    source_id text
) ON COMMIT DROP
"""
COPY = "COPY staged_rating FROM STDIN"
NEW = """
CREATE TEMP TABLE new_rating ON COMMIT DROP AS
SELECT seq, rater_id, dataset_image_id, value, part, source_id, NULL::bigint AS old_id
FROM staged_rating WHERE NOT is_population
"""
OLD = """
CREATE TEMP TABLE old_rating ON COMMIT DROP AS
SELECT id, rater_id, dataset_image_id, value, source_id, ordinal, NULL::bigint AS seq, FALSE AS is_replaced
FROM ratings_datasetrating AS stored
WHERE EXISTS (SELECT FROM new_rating AS new
              WHERE new.rater_id = stored.rater_id AND new.dataset_image_id = stored.dataset_image_id)
"""
ANALYSE = "ANALYZE new_rating, old_rating"
MATCH = """
WITH new AS (
    SELECT *, row_number() OVER (PARTITION BY {same} ORDER BY seq) AS nth
    FROM new_rating WHERE old_id IS NULL AND {of_new}
), old AS (
    SELECT *, row_number() OVER (PARTITION BY {same} ORDER BY ordinal, id) AS nth
    FROM old_rating WHERE seq IS NULL AND {of_old}
), pair AS (
    SELECT new.seq, old.id FROM new JOIN old USING ({same}, nth)
), noted AS (
    UPDATE new_rating SET old_id = pair.id FROM pair WHERE new_rating.seq = pair.seq
)
UPDATE old_rating SET seq = pair.seq FROM pair WHERE old_rating.id = pair.id
"""
PLACE = "rater_id, dataset_image_id"
HAS_ID, HAS_NONE, ANY = "source_id <> ''", "source_id = ''", "TRUE"
BY_ID = MATCH.format(same=f"{PLACE}, source_id", of_new=HAS_ID, of_old=HAS_ID)
KNOWN = (  # how a rating may be known, from the most certain on
    MATCH.format(same=f"{PLACE}, source_id, value", of_new=ANY, of_old=ANY),
    MATCH.format(same=f"{PLACE}, value", of_new=HAS_ID, of_old=HAS_NONE),
    MATCH.format(same=f"{PLACE}, value", of_new=HAS_NONE, of_old=HAS_ID),
)
# Ratings of the file that are not known, beside ratings of the same rater and image that it does not repeat: with the
# same number in their source they are corrections, and without one, on either side, further ratings or corrections.
DIFFERING = """
FROM new_rating AS new JOIN old_rating AS old USING (rater_id, dataset_image_id)
WHERE new.old_id IS NULL AND old.seq IS NULL AND {which}
"""
SURELY = "new.source_id <> '' AND new.source_id = old.source_id"
PERHAPS = "(new.source_id = '' OR old.source_id = '')"
NAMED = """
WITH place AS (SELECT DISTINCT rater_id, dataset_image_id {differing})
SELECT rater.key, image.key,
       (SELECT string_agg(old.value::text, ' and ' ORDER BY old.ordinal) FROM old_rating AS old
        WHERE (old.rater_id, old.dataset_image_id) = (place.rater_id, place.dataset_image_id)),
       (SELECT string_agg(new.value::text, ' and ' ORDER BY new.seq) FROM new_rating AS new
        WHERE (new.rater_id, new.dataset_image_id) = (place.rater_id, place.dataset_image_id)),
       count(*) OVER ()
FROM place
JOIN ratings_datasetrater AS rater ON rater.id = place.rater_id
JOIN ratings_datasetimage AS image ON image.id = place.dataset_image_id
ORDER BY rater.key, image.key LIMIT 10
"""
NAMED_CORRECTIONS = NAMED.format(differing=DIFFERING.format(which=SURELY))
NAMED_DIFFERING = NAMED.format(differing=DIFFERING.format(which=f"({SURELY} OR {PERHAPS})"))
MARK = """
UPDATE old_rating AS old SET is_replaced = TRUE FROM new_rating AS new
WHERE new.rater_id = old.rater_id AND new.dataset_image_id = old.dataset_image_id
  AND new.old_id IS NULL AND old.seq IS NULL AND (new.source_id = '' OR old.source_id = '')
"""
REPLACE = (BY_ID, MARK, MATCH.format(same=PLACE, of_new=ANY, of_old="is_replaced"))
REMOVE = "DELETE FROM ratings_datasetrating WHERE id IN (SELECT id FROM old_rating WHERE is_replaced AND seq IS NULL)"
CORRECT = """
UPDATE ratings_datasetrating AS stored SET value = new.value
FROM new_rating AS new WHERE stored.id = new.old_id AND stored.value <> new.value
"""
COMPLETE = """
UPDATE ratings_datasetrating AS stored
SET part = new.part, source_id = COALESCE(NULLIF(new.source_id, ''), stored.source_id)
FROM new_rating AS new
WHERE stored.id = new.old_id
  AND (stored.part <> new.part OR (new.source_id <> '' AND stored.source_id <> new.source_id))
"""
ADD = """
INSERT INTO ratings_datasetrating (rater_id, dataset_image_id, ordinal, value, count, part, source_id)
SELECT rater_id, dataset_image_id,
       COALESCE(last.ordinal, -1) + row_number() OVER (PARTITION BY rater_id, dataset_image_id ORDER BY seq),
       value, 1, part, source_id
FROM new_rating
LEFT JOIN (SELECT rater_id, dataset_image_id, max(ordinal) AS ordinal FROM old_rating GROUP BY 1, 2) AS last
USING (rater_id, dataset_image_id)
WHERE old_id IS NULL
"""
NEW_VOTES = """
CREATE TEMP TABLE new_votes ON COMMIT DROP AS
SELECT rater_id, dataset_image_id, value, least(sum(count), 2147483647)::int AS count, min(part) AS part
FROM staged_rating WHERE is_population GROUP BY rater_id, dataset_image_id, value
"""
NAMED_VOTES = """
SELECT new.value::text, image.key, stored.count::text, new.count::text, count(*) OVER ()
FROM new_votes AS new
JOIN ratings_datasetrating AS stored USING (rater_id, dataset_image_id, value)
JOIN ratings_datasetimage AS image ON image.id = new.dataset_image_id
WHERE stored.count <> new.count ORDER BY image.key, new.value LIMIT 10
"""
CORRECT_VOTES = """
UPDATE ratings_datasetrating AS stored SET count = new.count
FROM new_votes AS new
WHERE stored.rater_id = new.rater_id AND stored.dataset_image_id = new.dataset_image_id
  AND stored.value = new.value AND stored.count <> new.count
"""
COMPLETE_VOTES = """
UPDATE ratings_datasetrating AS stored SET part = new.part
FROM new_votes AS new
WHERE stored.rater_id = new.rater_id AND stored.dataset_image_id = new.dataset_image_id
  AND stored.value = new.value AND stored.part <> new.part
"""
ADD_VOTES = """
INSERT INTO ratings_datasetrating (rater_id, dataset_image_id, ordinal, value, count, part, source_id)
SELECT rater_id, dataset_image_id, 0, value, count, part, '' FROM new_votes
ON CONFLICT (rater_id, dataset_image_id, ordinal, value) DO NOTHING
"""
