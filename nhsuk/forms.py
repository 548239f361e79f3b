"""Plain Django forms, drawn with the NHS design system.

A form needs nothing special: `settings.FORM_RENDERER` is the `Renderer` below, and each field is drawn by
the kind of its widget. Only dates in three boxes and hints for single choices have classes of their own.

    class SignIn(forms.Form):
        email = forms.EmailField(label="E-mail address")
        password = forms.CharField(label="Password", widget=forms.PasswordInput)
        born_on = DateField(label="Date of birth", noun="Your date of birth", help_text="For example, 31 3 1980")
        level = forms.ChoiceField(choices=..., widget=Radios(hints={"full": "Everything, with free text"}))
        code = forms.CharField(
            widget=forms.TextInput(
                attrs={"class": "nhsuk-input--width-5", "inputmode": "numeric", "autocomplete": "one-time-code"}
            )
        )

    <form method="post" novalidate>
      {{ csrf_input }}
      {{ form }}
      {{ button("Sign in") }}
    </form>

`{{ form.email.as_field_group() }}` draws one field. `help_text` is the hint; `attrs` of the widget pass
through. A view passes the form as `form`: the layout then lists its errors above the content, each linked
to its field, and begins the title with "Error: ". On a page with one question, `page_heading = "email"` on
the form makes the label of that field the heading of the page. Text areas with a `max_length` count down.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils.safestring import SafeData

from nhsuk.dates import DateField, DateInput, DateParts
from nhsuk.error_words import error_words

__all__ = ["Checkboxes", "DateField", "DateInput", "Radios", "Renderer", "error_links"]

Params = dict[str, Any]
OWN_PARAMS = ("autocomplete", "inputmode", "spellcheck", "autocapitalize")
DJANGO_ROWS, DEFAULT_ROWS = "10", 5
NOT_PASSED_ON = {*OWN_PARAMS, "class", "id", "maxlength", "cols", "rows", "required"}


class Radios(forms.RadioSelect):
    """Radio buttons, with a hint below those choices whose value is in `hints`."""

    def __init__(self, *args: Any, hints: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hints = hints or {}


class Checkboxes(forms.CheckboxSelectMultiple):
    """Checkboxes, with a hint below those choices whose value is in `hints`."""

    def __init__(self, *args: Any, hints: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hints = hints or {}


class NhsField(BoundField):
    """A field with its data, as the official macros want it."""

    @property
    def component(self) -> str:
        """The name of the macro that draws this field."""
        component = self.drawing[0]
        counts = component == "textarea" and getattr(self.field, "max_length", None)
        return "characterCount" if counts else component

    @property
    def params(self) -> Params:
        """The parameters of that macro."""
        params: Params = {"name": self.html_name}
        if self.help_text:
            params["hint"] = worded(self.help_text)
        if self.errors:
            params["errorMessage"] = {"text": error_words(self)}
        return params | self.drawing[1](self)

    @property
    def drawing(self) -> tuple[str, Callable[["NhsField"], Params]]:
        """The macro for the widget of this field, and what it wants to know besides."""
        for kind, component, params in DRAWINGS:
            if isinstance(self.field.widget, kind):
                return component, params
        raise TypeError(f"No drawing for the widget of {self.name!r}: {self.field.widget!r}")

    @property
    def heading(self) -> Params:
        """The label or legend: bold, or the heading of a page that asks only this."""
        if getattr(self.form, "page_heading", None) == self.name:
            return worded(self.label) | {"size": "l", "isPageHeading": True}
        return worded(self.label) | {"size": "s"}


class Renderer(TemplatesSetting):
    """Draws every form of the project; `settings.FORM_RENDERER` names it."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
    bound_field_class = NhsField


def error_links(form: forms.BaseForm) -> list[Params]:
    """One line for each thing to mend, in the order of the form, linked to its field where it has one."""
    hidden = [error for field in form.hidden_fields() for error in field.errors]
    lines: list[Params] = [{"text": error} for error in [*form.non_field_errors(), *hidden]]
    wrong = [field for field in form.visible_fields() if field.errors]
    return lines + [{"text": error_words(field), "href": f"#{first_id(field)}"} for field in wrong]


def first_id(field: BoundField) -> str:
    """The id of the first control to mend, for the link in the error summary."""
    if isinstance(field.field.widget, DateInput):
        return f"{field.auto_id}-{(wrong_boxes(field) or DateParts._fields)[0]}"
    return field.auto_id


def worded(text: Any) -> Params:
    """Words as the macros take them: as HTML only if marked safe in Python."""
    return {"html": str(text)} if isinstance(text, SafeData) else {"text": str(text)}


def text_params(field: NhsField) -> Params:
    """Anything typed: label, value, and the attributes of the widget."""
    widget = field.field.widget
    attrs = widget.attrs
    params: Params = {"id": field.auto_id, "label": field.heading}
    params["classes"] = attrs.get("class", "")
    params |= {name: attrs[name] for name in OWN_PARAMS if name in attrs}
    params["attributes"] = {
        name: optional(attrs[name]) for name in attrs if name not in NOT_PASSED_ON
    }
    if field.field.disabled:
        params["disabled"] = True
    return params


def optional(value: Any) -> Params:
    """An attribute that is left out when it is false."""
    return {"value": value, "optional": True}


def input_params(field: NhsField) -> Params:
    """One line of text; the type of the widget becomes the type of the input."""
    widget = field.field.widget
    params: Params = {"type": widget.input_type, "value": widget.format_value(field.value())}
    if isinstance(widget, forms.EmailInput):
        params |= {"autocomplete": "email", "spellcheck": False}
    return params | text_params(field)


def password_params(field: NhsField) -> Params:
    """A password, never sent back to the page."""
    return text_params(field)


def textarea_params(field: NhsField) -> Params:
    """Several lines of text."""
    widget = field.field.widget
    rows = widget.attrs.get("rows")
    return text_params(field) | {
        "value": widget.format_value(field.value()) or "",
        "rows": DEFAULT_ROWS if rows == DJANGO_ROWS else rows,
        "maxlength": getattr(field.field, "max_length", None),
    }


def select_params(field: NhsField) -> Params:
    """One of a list."""
    return text_params(field) | {"items": choices(field)}


def group_params(field: NhsField) -> Params:
    """Radio buttons or checkboxes below their question."""
    return {
        "idPrefix": field.auto_id,
        "fieldset": {"legend": field.heading},
        "items": [with_hint(item, field.field.widget) for item in choices(field)],
    }


def choices(field: NhsField) -> list[Params]:
    """What there is to choose from, with what is chosen."""
    return [
        {
            "value": str(option.data["value"]),
            "text": str(option.choice_label),
            "checked": option.data["selected"],
            "selected": option.data["selected"],
        }
        for option in field.subwidgets
    ]


def with_hint(item: Params, widget: forms.Widget) -> Params:
    """A choice with the hint that its widget has for it."""
    hint = getattr(widget, "hints", {}).get(item["value"])
    return item | {"hint": worded(hint)} if hint else item


def checkbox_params(field: NhsField) -> Params:
    """A single box to tick, whose label is the question."""
    ticked = field.field.widget.check_test(field.value())
    return {
        "idPrefix": field.auto_id,
        "items": [worded(field.label) | {"value": "on", "checked": ticked}],
    }


def date_params(field: NhsField) -> Params:
    """Three boxes; when only some of them are wrong, only those are marked."""
    values = field.field.widget.format_value(field.value())
    wrong = wrong_boxes(field)
    boxes = []
    for part in DateParts._fields:
        box: Params = {
            "id": f"{field.auto_id}-{part}",
            "name": f"{field.html_name}-{part}",
            "label": part.capitalize(),
            "value": getattr(values, part),
            "width": 4 if part == "year" else 2,
        }
        if autocomplete := field.field.widget.attrs.get("autocomplete"):
            box["autocomplete"] = f"{autocomplete}-{part}"
        if wrong:
            box["error"] = part in wrong
        boxes.append(box)
    return {"id": field.auto_id, "fieldset": {"legend": field.heading}, "items": boxes}


def wrong_boxes(field: BoundField) -> tuple[str, ...]:
    """The boxes of a date that its error is about; none when it is about the whole."""
    for error in field.errors.as_data():
        return tuple((error.params or {}).get("boxes", ()))
    return ()


DRAWINGS: list[tuple[type[forms.Widget], str, Callable[[NhsField], Params]]] = [
    (DateInput, "dateInput", date_params),
    (forms.CheckboxSelectMultiple, "checkboxes", group_params),
    (forms.RadioSelect, "radios", group_params),
    (forms.CheckboxInput, "checkboxes", checkbox_params),
    (forms.Select, "select", select_params),
    (forms.Textarea, "textarea", textarea_params),
    (forms.PasswordInput, "passwordInput", password_params),
    (forms.widgets.Input, "input", input_params),
]
"""The first kind that fits: the narrower come before the wider."""
