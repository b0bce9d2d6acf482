"""How a study's ratings were given: `lifecycle` measures (and brings SciPy), `flags` decides on doubts."""
