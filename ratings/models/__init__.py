"""The models of the records, one noun per file."""

from ratings.models.api_token import ApiToken
from ratings.models.arena import ArenaRanking
from ratings.models.assignment import Assignment
from ratings.models.audit import AuditEntry
from ratings.models.counted_study import CountedStudy
from ratings.models.dataset import Dataset, DatasetImage, DatasetRater, DatasetRating
from ratings.models.delivery import Delivery
from ratings.models.dump import Dump
from ratings.models.failure import TaskFailure
from ratings.models.image import Image
from ratings.models.invitation import Invitation
from ratings.models.job import Job
from ratings.models.link_fault import LinkFaultCount
from ratings.models.notification import Notification, Subscription
from ratings.models.pair import Choice, Pair, PairAssignment, QueuedComparison
from ratings.models.prolific import ProlificStudy
from ratings.models.purged import PurgedPicture
from ratings.models.quality import QualityFlag, QualityReport, RaterQuality
from ratings.models.rater import Participation, Profile, Rater
from ratings.models.rating import Rating
from ratings.models.study import Study
from ratings.models.study_image import StudyImage
from ratings.models.study_member import StudyMember
from ratings.models.texts import TextSighting, TextVersion
from ratings.models.upload import Upload, UploadFile
from ratings.models.visit_count import VisitCount
from ratings.models.withdrawn import WithdrawnName

__all__ = [
    "ApiToken",
    "ArenaRanking",
    "Assignment",
    "AuditEntry",
    "Choice",
    "CountedStudy",
    "Dataset",
    "DatasetImage",
    "DatasetRater",
    "DatasetRating",
    "Delivery",
    "Dump",
    "Image",
    "Invitation",
    "Job",
    "LinkFaultCount",
    "Notification",
    "Pair",
    "PairAssignment",
    "Participation",
    "Profile",
    "ProlificStudy",
    "PurgedPicture",
    "QualityFlag",
    "QualityReport",
    "QueuedComparison",
    "Rater",
    "RaterQuality",
    "Rating",
    "Study",
    "StudyImage",
    "StudyMember",
    "Subscription",
    "TaskFailure",
    "TextSighting",
    "TextVersion",
    "Upload",
    "UploadFile",
    "VisitCount",
    "WithdrawnName",
]
