"""How a study's ratings were given: `requests` asks, `lifecycle` measures (with SciPy), `flags` keeps decisions."""
