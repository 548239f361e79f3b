"""What happened around a patient's access; `records.urls` includes them."""

from django.urls import path

from records.views import own_activity

urlpatterns = [
    path("activity", own_activity.activity, name="activity"),
    path("activity/show-only", own_activity.activity_filtered, name="activity-filter"),
    path("activity/show-all", own_activity.activity_unfiltered, name="activity-show-all"),
    path("activity/receipt", own_activity.receipt, name="receipt"),
    path("activity/receipt/take", own_activity.receipt_file, name="receipt-file"),
    path("activity/reports", own_activity.activity_reports, name="activity-reports"),
    path("activity/reports/<uuid:report_id>", own_activity.activity_report, name="activity-report"),
    path(
        "activity/<uuid:event_id>/looks-wrong", own_activity.activity_wrong, name="activity-wrong"
    ),
    path("what-you-did", own_activity.what_you_did, name="what-you-did"),
]
