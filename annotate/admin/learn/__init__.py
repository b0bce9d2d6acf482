"""The admin of what models do: training runs, versions, steering runs."""
