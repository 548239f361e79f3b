"""The desk's addresses for the surgery's settings, changes for many patients, and reports; `desk_urls` includes them."""

from django.urls import URLPattern, URLResolver, include, path

from records.views import (
    desk_changes,
    desk_reason,
    desk_reports,
    desk_second_person,
    desk_settings,
    desk_staff,
)

of_patient: list[URLPattern | URLResolver] = [
    path("reason", desk_reason.reason_to_look, name="desk-reason"),
]
of_settings = [
    path("", desk_settings.settings, name="desk-settings"),
    path("contact", desk_settings.contact, name="desk-settings-contact"),
    path("new-accounts", desk_settings.new_accounts, name="desk-settings-accounts"),
    path("opening-hours", desk_settings.hours, name="desk-settings-hours"),
    path("other-hours", desk_settings.other_hours, name="desk-settings-days"),
    path("go-live", desk_settings.go_live, name="desk-settings-go-live"),
    path("sections", desk_settings.sections, name="desk-settings-sections"),
]
of_preview = [
    path("", desk_changes.change_preview, name="desk-change-preview"),
    path("save", desk_second_person.save_setting, name="desk-settings-save"),
    path("agree-to-setting", desk_second_person.agree_setting, name="desk-settings-agree"),
    path("send-setting-back", desk_second_person.send_setting_back, name="desk-settings-send-back"),
    path("go-on", desk_second_person.go_on_with_setting, name="desk-settings-go-on"),
    path("make", desk_changes.make_change, name="desk-change-make"),
    path("agree", desk_changes.agree_to_change, name="desk-change-agree"),
    path("send-back", desk_second_person.send_change_back, name="desk-change-send-back"),
]
of_change = [
    path("", desk_changes.practice_change, name="desk-change"),
    path("undo", desk_changes.undo_change, name="desk-change-undo"),
    path("go-on", desk_changes.go_on_with_change, name="desk-change-go-on"),
]
of_staff = [
    path("", desk_staff.staff, name="desk-staff"),
    path("appoint", desk_staff.appoint, name="desk-staff-appoint"),
    path("duties/<int:role>/end", desk_staff.end, name="desk-staff-end"),
]
of_desk: list[URLPattern | URLResolver] = [
    path("settings/", include(of_settings)),
    path("changes/", desk_changes.practice_changes, name="desk-changes"),
    path("changes/new", desk_changes.new_change, name="desk-change-new"),
    path("changes/<uuid:change_id>/", include(of_change)),
    path("previews/<uuid:preview_id>/", include(of_preview)),
    path("staff/", include(of_staff)),
    path("reports/", desk_reports.reports, name="desk-reports"),
    path("reports/csv", desk_reports.reports_csv, name="desk-reports-csv"),
]
