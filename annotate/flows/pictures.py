"""Pictures: taken off a study and put back, archived and restored."""

from ratings.services.archiving import archive_images, restore_images
from ratings.services.taking_off import OffReport, put_back, take_off

__all__ = ["OffReport", "archive_images", "put_back", "restore_images", "take_off"]
