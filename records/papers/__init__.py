"""The content of attachments: what it is, where it lies, and how it is handed out (ADR 36)."""
