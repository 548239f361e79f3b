"""Sending through GOV.UK Notify: one template there, whose subject is ((subject)) and whose body is ((body))."""

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from notifications_python_client.notifications import NotificationsAPIClient

NOTIFY = "https://api.notifications.service.gov.uk"


class NotifyBackend(BaseEmailBackend):
    """A mailer for `settings.MAILERS`; it sends the plain text, which says all that the HTML says."""

    def __init__(
        self, *, api_key: str, template_id: str, base_url: str = NOTIFY, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.client: Any = NotificationsAPIClient(  # type: ignore[no-untyped-call]
            api_key, base_url=base_url, timeout=20
        )
        self.template_id = template_id

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send each message to each of its recipients; raises the client's HTTPError where Notify refuses."""
        sent = 0
        for message in email_messages:
            words = {"subject": message.subject, "body": message.body}
            # Notify has no other headers: this one it writes itself, with the one that belongs to it (RFC 8058)
            stop = message.extra_headers.get("List-Unsubscribe", "").strip("<>") or None
            for address in message.recipients():
                self.client.send_email_notification(
                    address, self.template_id, words, one_click_unsubscribe_url=stop
                )
                sent += 1
        return sent
