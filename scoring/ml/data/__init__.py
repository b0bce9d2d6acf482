"""Hold what every model reads: arrays of images, raters and ratings, and several sets of them joined into one."""
