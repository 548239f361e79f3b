"""What patients say looks wrong in their activity, for staff; `records.desk_urls` includes them."""

from django.urls import path

from records.views import desk_activity

urlpatterns = [
    path("activity/reports/", desk_activity.desk_reports, name="desk-activity-reports"),
    path(
        "activity/reports/<uuid:report_id>/",
        desk_activity.desk_report,
        name="desk-activity-report",
    ),
    path(
        "activity/reports/<uuid:report_id>/read",
        desk_activity.desk_report_read,
        name="desk-activity-report-read",
    ),
    path(
        "activity/reports/<uuid:report_id>/answer",
        desk_activity.desk_report_answered,
        name="desk-activity-report-answer",
    ),
]
