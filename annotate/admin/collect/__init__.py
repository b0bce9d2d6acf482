"""The admin of what is collected: images, pairs, raters, assignments, answers, flags about raters."""
