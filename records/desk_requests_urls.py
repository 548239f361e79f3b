"""The desk's addresses for requests for the full record, and the queue; `desk_urls` includes them."""

from django.urls import URLPattern, URLResolver, include, path

from records.views import desk_request_letters, desk_requests, desk_tasks

of_request = [
    path("", desk_requests.desk_request, name="desk-request"),
    path("acknowledge", desk_requests.acknowledge_request, name="desk-request-acknowledge"),
    path("review", desk_requests.review_request, name="desk-request-review"),
    path("refuse", desk_requests.refuse_request, name="desk-request-refuse"),
    path("put-off", desk_requests.defer_request, name="desk-request-defer"),
    path("withdrawn", desk_requests.request_withdrawn, name="desk-request-withdrawn"),
    path("letter", desk_request_letters.request_letter, name="desk-request-letter"),
    path("letter.pdf", desk_request_letters.request_letter_pdf, name="desk-request-letter-pdf"),
    path("letter/printed", desk_request_letters.letter_printed, name="desk-request-letter-printed"),
]
of_patient: list[URLPattern | URLResolver] = [
    path("tasks/<int:task>/", desk_tasks.desk_task, name="desk-task"),
    path("tasks/<int:task>/take", desk_tasks.take_task, name="desk-task-take"),
    path("tasks/<int:task>/let-go", desk_tasks.let_task_go, name="desk-task-let-go"),
    path("requests/", desk_requests.desk_requests, name="desk-requests"),
    path("requests/new", desk_requests.note_request, name="desk-request-new"),
    path("requests/<uuid:request_id>/", include(of_request)),
]
of_desk: list[URLPattern | URLResolver] = []
