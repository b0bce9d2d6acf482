"""Who may ask what, at least which role: an address and method named nowhere here is open to nobody."""

LEAST_ROLE = {
    "no role": {
        "get": """
            search index password_change password_change_done jsi18n
        """,
        "post": """
            search index password_change
        """,
    },
    "rater manager": {
        "get": """
            ratings_assignment_changelist ratings_assignment_history ratings_assignment_change
            ratings_rating_changelist ratings_rating_history ratings_rating_change
            ratings_choice_changelist ratings_choice_history ratings_choice_change
            ratings_image_changelist ratings_image_history ratings_image_change ratings_pair_changelist
            ratings_pair_history ratings_pair_change ratings_qualityflag_confirm
            ratings_qualityflag_dismiss ratings_qualityflag_reopen ratings_qualityflag_changelist
            ratings_qualityflag_history ratings_qualityflag_change ratings_rater_withdraw
            ratings_rater_changelist ratings_rater_history ratings_rater_change
            ratings_participation_taste ratings_participation_changelist ratings_participation_history
            ratings_participation_change scoring_trainingrun_progress scoring_trainingrun_changelist
            scoring_trainingrun_history scoring_trainingrun_change scoring_steeringrun_progress
            scoring_steeringrun_changelist scoring_steeringrun_history scoring_steeringrun_change
            scoring_modelversion_dividing scoring_modelversion_metrics scoring_modelversion_card
            scoring_modelversion_compare
            scoring_modelversion_changelist scoring_modelversion_history scoring_modelversion_change
            ratings_apitoken_changelist ratings_auditentry_changelist ratings_auditentry_history
            ratings_auditentry_change ratings_dataset_changelist ratings_dataset_history
            ratings_dataset_change ratings_delivery_progress ratings_delivery_changelist
            ratings_delivery_history ratings_delivery_change ratings_dump_progress
            ratings_dump_changelist ratings_dump_history ratings_dump_change
            ratings_prolificstudy_changelist ratings_prolificstudy_history ratings_prolificstudy_change
            ratings_studymember_changelist ratings_studymember_history ratings_studymember_change
            ratings_subscription_changelist ratings_subscription_history ratings_subscription_change
            ratings_notification_changelist ratings_notification_history ratings_notification_change
            ratings_invitation_changelist ratings_invitation_history ratings_invitation_change
            ratings_study_quality ratings_study_planning ratings_study_selection ratings_study_changelist
            ratings_study_history
            ratings_study_text_versions
            ratings_study_change app_list api:studies api:study-settings api:participants api:images
            api:import api:plans api:outlook api:rater-outlook api:text-versions
            api:runs api:run api:versions api:version api:version-comparison
            api:flags api:steerings api:steering
            ratings_study_toml ratings_study_walk api:study-templates ratings_study_participants api:attrition
            api:quality api:image api:rater-taste api:members api:invitations api:prolific api:version-pushes
            api:datasets api:rating-import api:audit
        """,
        "post": """
            ratings_assignment_changelist ratings_assignment_history ratings_rating_changelist
            ratings_rating_history ratings_choice_changelist ratings_choice_history
            ratings_image_changelist ratings_image_history ratings_pair_changelist ratings_pair_history
            ratings_qualityflag_confirm ratings_qualityflag_dismiss ratings_qualityflag_reopen
            ratings_qualityflag_changelist ratings_qualityflag_history ratings_rater_withdraw
            ratings_rater_changelist ratings_rater_history ratings_participation_taste
            ratings_participation_changelist ratings_participation_history scoring_trainingrun_progress
            scoring_trainingrun_changelist scoring_trainingrun_history scoring_steeringrun_progress
            scoring_steeringrun_changelist scoring_steeringrun_history scoring_modelversion_dividing
            scoring_modelversion_metrics scoring_modelversion_card scoring_modelversion_compare
            scoring_modelversion_changelist scoring_modelversion_history
            ratings_apitoken_changelist ratings_auditentry_changelist
            ratings_auditentry_history ratings_dataset_changelist ratings_dataset_history
            ratings_delivery_progress ratings_delivery_changelist ratings_delivery_history
            ratings_dump_progress ratings_dump_changelist ratings_dump_history
            ratings_prolificstudy_changelist ratings_prolificstudy_history ratings_study_quality
            ratings_studymember_changelist ratings_studymember_history
            ratings_subscription_changelist ratings_subscription_history
            ratings_notification_changelist ratings_notification_history
            ratings_invitation_changelist ratings_invitation_history
            ratings_study_selection ratings_study_changelist ratings_study_history app_list api:flag
            ratings_study_text_versions ratings_study_toml ratings_study_walk
            ratings_study_participants api:participants-table api:quality api:score api:rater-taste
        """,
        "delete": """
            api:participant
        """,
    },
    "researcher": {
        "get": """
            ratings_invitation_add ratings_invitation_withdraw
            ratings_subscription_add ratings_subscription_delete ratings_subscription_send_test
            ratings_subscription_renew_secret ratings_notification_resend api:subscriptions api:subscription
            scoring_trainingrun_retrain scoring_trainingrun_cancel scoring_steeringrun_steer
            scoring_steeringrun_cancel scoring_steeringrun_resume scoring_modelversion_promote_version
            scoring_modelversion_note scoring_trainingrun_note
            scoring_modelversion_roll_back_study ratings_apitoken_add ratings_dataset_import_ratings
            scoring_modelversion_push_to_hub ratings_dump_push_to_hub
            ratings_dump_download ratings_dump_file ratings_dump_retry ratings_prolificstudy_read_now
            ratings_prolificstudy_add ratings_study_open_for_raters ratings_study_pause
            ratings_study_close ratings_study_upload ratings_study_import_design ratings_study_export
            ratings_study_archive ratings_study_restore
            ratings_study_translations ratings_study_retrain ratings_study_add api:dumps api:dump
            ratings_study_consent_template ratings_study_copy
            api:dump-file api:dump-pushes api:messages
        """,
        "post": """
            ratings_invitation_add ratings_invitation_withdraw
            ratings_subscription_add ratings_subscription_delete ratings_subscription_change
            ratings_subscription_send_test ratings_subscription_renew_secret ratings_notification_resend
            api:subscriptions
            ratings_image_change scoring_trainingrun_retrain scoring_trainingrun_cancel
            scoring_steeringrun_steer scoring_steeringrun_cancel scoring_steeringrun_resume
            scoring_modelversion_promote_version scoring_modelversion_roll_back_study
            scoring_modelversion_note scoring_trainingrun_note
            scoring_modelversion_push_to_hub
            ratings_apitoken_add ratings_dataset_import_ratings ratings_dataset_change
            ratings_delivery_answer ratings_dump_download ratings_dump_file ratings_dump_retry ratings_dump_push_to_hub
            ratings_prolificstudy_read_now ratings_prolificstudy_add ratings_prolificstudy_change
            ratings_study_upload_announce ratings_study_open_for_raters ratings_study_pause
            ratings_study_close ratings_study_upload ratings_study_import_design ratings_study_export
            ratings_study_archive ratings_study_restore
            ratings_study_translations ratings_study_retrain ratings_study_add ratings_study_change
            ratings_study_consent_template ratings_study_preview ratings_study_planning api:plans
            api:studies api:dumps api:study-state api:images api:runs api:promote api:version-comparison api:steerings
            api:take-off api:put-back api:practice api:archive ratings_study_copy
            ratings_study_from_file api:study-copies api:pairs api:steering
            api:dump api:dump-pushes api:version-pushes api:import api:archive-images api:invitations
            api:prolific-read api:consent-template api:subscription-test api:subscription-secret api:message
            api:looks api:look-answers api:rating-imports api:rating-import
        """,
        "put": """
            api:prolific
        """,
        "patch": """
            api:study-settings api:run api:version api:image api:subscription api:dataset
        """,
        "delete": """
            api:run api:steering api:subscription api:invitation
        """,
    },
    "admin": {
        "get": """
            auth_user_password_change auth_user_changelist auth_user_add auth_user_history
            auth_user_delete auth_user_change auth_group_changelist auth_group_history auth_group_change
            ratings_apitoken_history ratings_apitoken_delete ratings_apitoken_change
            django_celery_beat_periodictask_changelist django_celery_beat_periodictask_add
            django_celery_beat_periodictask_history django_celery_beat_periodictask_delete
            django_celery_beat_periodictask_change django_celery_beat_intervalschedule_changelist
            django_celery_beat_intervalschedule_add django_celery_beat_intervalschedule_history
            django_celery_beat_intervalschedule_delete django_celery_beat_intervalschedule_change
            django_celery_beat_crontabschedule_changelist django_celery_beat_crontabschedule_add
            django_celery_beat_crontabschedule_history django_celery_beat_crontabschedule_delete
            django_celery_beat_crontabschedule_change ratings_dataset_delete
            ratings_prolificstudy_delete ratings_studymember_add ratings_studymember_delete ratings_image_purge
            api:purge-image
        """,
        "post": """
            auth_user_password_change auth_user_changelist auth_user_add auth_user_history
            auth_user_delete auth_user_change auth_group_changelist auth_group_history
            ratings_apitoken_history django_celery_beat_periodictask_changelist
            django_celery_beat_periodictask_add django_celery_beat_periodictask_history
            django_celery_beat_periodictask_delete django_celery_beat_periodictask_change
            django_celery_beat_intervalschedule_changelist django_celery_beat_intervalschedule_add
            django_celery_beat_intervalschedule_history django_celery_beat_intervalschedule_delete
            django_celery_beat_intervalschedule_change django_celery_beat_crontabschedule_changelist
            django_celery_beat_crontabschedule_add django_celery_beat_crontabschedule_history
            django_celery_beat_crontabschedule_delete django_celery_beat_crontabschedule_change
            ratings_dataset_delete ratings_prolificstudy_delete ratings_studymember_add
            ratings_studymember_change ratings_studymember_delete ratings_image_purge api:purge-image
        """,
        "put": """
            api:member
        """,
        "delete": """
            api:member api:prolific api:dataset api:study-settings
        """,
    },
    "superuser": {
        "get": """
            auth_group_add auth_group_delete
        """,
        "post": """
            auth_group_add auth_group_delete auth_group_change
        """,
    },
}
NOT_ALSO = {
    "ratings_rater_withdraw": {"researcher"},
    "api:participant": {"researcher"},
}  # a right of those who manage raters
NOT_OF_ONE_STUDY = {  # what a role in a single study never gives: it is about the installation, or about a shared row
    "get": """
        api:rating-import
        ratings_dataset_import_ratings ratings_prolificstudy_read_now ratings_prolificstudy_add ratings_study_add
        ratings_invitation_history ratings_invitation_change ratings_invitation_withdraw ratings_study_copy
    """,
    "post": """
        ratings_invitation_history ratings_invitation_withdraw
        ratings_dataset_import_ratings ratings_dataset_change ratings_prolificstudy_read_now
        ratings_prolificstudy_add ratings_prolificstudy_change ratings_study_add api:studies
        ratings_study_copy ratings_study_from_file api:study-copies api:prolific-read
        api:looks api:look-answers api:rating-imports api:rating-import
    """,
    "put": """
        api:prolific
    """,
    "patch": """
        api:dataset
    """,
    "delete": """
        api:invitation
    """,
}
RATERS_CALLS = {
    "get": {
        "study": ("anonymous", "rater", "other rater", "inactive"),
        "me": ("rater", "other rater"),
        **dict.fromkeys(("made", "taste", "taste-file", "vision"), ("rater",)),
    },
    "post": {
        "participations": ("anonymous", "rater", "other rater"),
        **dict.fromkeys(
            ("ratings", "ratings-batch", "choices", "choices-batch", "skip", "skip-pair", "made", "score"),
            ("rater", "other rater"),
        ),
        **dict.fromkeys(("leases", "pair-leases", "taste", "vision"), ("rater",)),
    },
    "delete": {"me": ("rater", "other rater"), **dict.fromkeys(("leases", "pair-leases"), ("rater",))},
}
