"""The records: images, studies, raters, assignments, ratings, datasets, dumps."""
