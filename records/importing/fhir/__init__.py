"""What readers of FHIR have in common, whatever its version: fields, dates, words, people, references, measured values."""
