"""The admin of the installation: audit, people, the schedule."""
