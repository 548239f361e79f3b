"""Requests for the full record: asked by the patient, decided by the surgery (R8.2 to R8.5)."""
