"""Copies of a record to take away: a PDF, a summary for other systems, a table of results (R5.6)."""
