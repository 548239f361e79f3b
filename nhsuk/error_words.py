"""Error messages that say what to do, in place of Django's stock ones; a form's own messages are kept."""

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField


def error_words(field: BoundField) -> str:
    """What to do about the first error of a field that has one."""
    error = field.errors.as_data()[0]
    return mended(field, error) or error.messages[0]


def mended(field: BoundField, error: ValidationError) -> str:
    """Our words for an error of Django's that still has Django's message."""
    message = error.messages[0]
    if message == forms.Field.default_error_messages["required"]:
        return ask(field)
    if error.code == "invalid_choice" and message.startswith("Select a valid choice"):
        return "Choose one of the answers"
    if error.code == "max_length" and message.startswith("Ensure this value"):
        limit = (error.params or {})["limit_value"]
        return f"{field.label} must be {limit} characters or fewer"
    return ""


def ask(field: BoundField) -> str:
    """What to do with a field that was left empty."""
    if isinstance(field.field.widget, forms.CheckboxInput):
        return "Tick the box to go on"
    if isinstance(field.field.widget, forms.CheckboxSelectMultiple):
        return "Choose at least one answer"
    if isinstance(field.field.widget, forms.widgets.ChoiceWidget):
        return "Choose an answer"
    return f"Enter {inside_sentence(str(field.label))}"


def inside_sentence(label: str) -> str:
    """A label with a small first letter, unless it begins with an abbreviation such as NHS."""
    is_abbreviation = label[1:2].isupper()
    return label if is_abbreviation else label[:1].lower() + label[1:]
