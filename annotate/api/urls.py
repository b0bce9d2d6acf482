"""Addresses of the API, below `/api/v1/`."""

from django.urls import path

from annotate.api import (
    answer_views,
    dump_views,
    flag_views,
    image_views,
    made_views,
    score_views,
    steering_views,
    study_views,
    taste_views,
    training_views,
    views,
)

api_urls = [
    path("studies", study_views.StudiesView.as_view(), name="studies"),
    path("studies/<slug:slug>", views.StudyView.as_view(), name="study"),
    path("studies/<slug:slug>/participations", views.ParticipationsView.as_view(), name="participations"),
    path("studies/<slug:slug>/leases", answer_views.LeasesView.as_view(), name="leases"),
    path("ratings", answer_views.AnswersView.as_view(), name="ratings"),
    path("ratings/batch", answer_views.AnswersBatchView.as_view(), name="ratings-batch"),
    path("ratings/<uuid:nonce>", answer_views.AnswerView.as_view(), name="rating"),
    path("studies/<slug:slug>/pairs/leases", answer_views.PairLeasesView.as_view(), name="pair-leases"),
    path("choices", answer_views.ChoicesView.as_view(), name="choices"),
    path("choices/batch", answer_views.ChoicesBatchView.as_view(), name="choices-batch"),
    path("choices/<uuid:nonce>", answer_views.ChoiceView.as_view(), name="choice"),
    path("pairs/<int:assignment>/skip", answer_views.SkipPairView.as_view(), name="skip-pair"),
    path("studies/<slug:slug>/made", made_views.MadeView.as_view(), name="made"),
    path("studies/<slug:slug>/made/<uuid:nonce>", made_views.WishView.as_view(), name="wish"),
    path("studies/<slug:slug>/taste", taste_views.OwnTasteView.as_view(), name="taste"),
    path("studies/<slug:slug>/taste/file", taste_views.TasteFileView.as_view(), name="taste-file"),
    path("studies/<slug:slug>/dumps", dump_views.DumpsView.as_view(), name="dumps"),
    path("studies/<slug:slug>/dumps/<int:version>", dump_views.DumpView.as_view(), name="dump"),
    path(
        "studies/<slug:slug>/dumps/<int:version>/files/<path:name>", dump_views.DumpFileView.as_view(), name="dump-file"
    ),
    path("studies/<slug:slug>/settings", study_views.StudySettingsView.as_view(), name="study-settings"),
    path("studies/<slug:slug>/state", study_views.StudyStateView.as_view(), name="study-state"),
    path("studies/<slug:slug>/participants", study_views.ParticipantsView.as_view(), name="participants"),
    path("studies/<slug:slug>/images", image_views.ImagesView.as_view(), name="images"),
    path("studies/<slug:slug>/imports/<int:number>", image_views.ImportView.as_view(), name="import"),
    path("studies/<slug:slug>/runs", training_views.RunsView.as_view(), name="runs"),
    path("studies/<slug:slug>/runs/<int:number>", training_views.RunView.as_view(), name="run"),
    path("studies/<slug:slug>/versions", training_views.VersionsView.as_view(), name="versions"),
    path("studies/<slug:slug>/versions/<int:number>/promote", training_views.PromoteView.as_view(), name="promote"),
    path("studies/<slug:slug>/flags", flag_views.FlagsView.as_view(), name="flags"),
    path("studies/<slug:slug>/flags/<int:number>", flag_views.FlagView.as_view(), name="flag"),
    path("studies/<slug:slug>/steering", steering_views.SteeringsView.as_view(), name="steerings"),
    path("studies/<slug:slug>/steering/<int:number>", steering_views.SteeringView.as_view(), name="steering"),
    path("assignments/<int:assignment>/skip", answer_views.SkipView.as_view(), name="skip"),
    path("me", views.MeView.as_view(), name="me"),
    path("score", score_views.ScoreView.as_view(), name="score"),
]
