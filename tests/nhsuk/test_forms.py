import re

import pytest
from django import forms
from django.utils.safestring import mark_safe

from nhsuk.dates import DateInput
from nhsuk.forms import Checkboxes, DateField, Radios, error_links

LEVELS = [("summary", "Summary"), ("full", "Everything")]


class Everything(forms.Form):
    email = forms.EmailField(label="E-mail address", help_text="We use it to sign you in")
    name = forms.CharField(
        label="Name",
        max_length=10,
        widget=forms.TextInput(attrs={"class": "nhsuk-input--width-10", "autocomplete": "name"}),
    )
    code = forms.CharField(
        label="Code",
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "data-x": "1"}
        ),
    )
    password = forms.CharField(
        label="Password",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    born_on = DateField(
        label="Date of birth",
        help_text="For example, 31 3 1980",
        widget=DateInput(attrs={"autocomplete": "bday"}),
    )
    level = forms.ChoiceField(
        label="Level", choices=LEVELS, widget=Radios(hints={"full": "With free text"})
    )
    parts = forms.MultipleChoiceField(
        label="Parts", choices=LEVELS, widget=Checkboxes(hints={"summary": "The least"})
    )
    agree = forms.BooleanField(label="I have read this")
    reason = forms.ChoiceField(label="Reason", choices=LEVELS, help_text="Choose one")
    notes = forms.CharField(label="Notes", widget=forms.Textarea, help_text="Staff read this")
    summary = forms.CharField(
        label="Summary", max_length=20, widget=forms.Textarea(attrs={"rows": 3})
    )
    token = forms.CharField(widget=forms.HiddenInput)


GOOD = {
    "email": "ann@example.org",
    "name": "Ann",
    "code": "123456",
    "password": "correct horse",
    "born_on-day": "3",
    "born_on-month": "4",
    "born_on-year": "1980",
    "level": "full",
    "parts": ["summary", "full"],
    "agree": "on",
    "reason": "full",
    "notes": "A\nB",
    "summary": "C",
    "token": "t",
}


def tag_of(html, id_):
    """The opening tag of the element with an id."""
    return re.search(rf'<\w+[^>]* id="{id_}"[^>]*>', html)[0]


def test_every_kind_of_field_is_drawn():
    html = str(Everything())
    assert 'type="email"' in tag_of(html, "id_email")
    assert 'type="text"' in tag_of(html, "id_name")
    assert 'type="password"' in tag_of(html, "id_password")
    assert "nhsuk-js-password-input-toggle" in html
    assert 'class="nhsuk-date-input"' in tag_of(html, "id_born_on")
    assert 'type="radio"' in tag_of(html, "id_level")
    assert 'type="checkbox"' in tag_of(html, "id_parts")
    assert 'type="checkbox"' in tag_of(html, "id_agree")
    assert tag_of(html, "id_reason").startswith("<select")
    assert tag_of(html, "id_notes").startswith("<textarea")
    assert 'data-maxlength="20"' in html
    assert 'type="hidden"' in tag_of(html, "id_token")


def test_ids_are_used_once():
    ids = re.findall(r' id="([^"]+)"', str(Everything({})))
    assert sorted(ids) == sorted(set(ids))


def test_what_was_filled_in_is_shown_again_except_the_password():
    form = Everything(GOOD)
    assert form.is_valid(), form.errors
    html = str(form)
    assert 'value="ann@example.org"' in tag_of(html, "id_email")
    assert 'value="3"' in tag_of(html, "id_born_on-day")
    assert 'value="1980"' in tag_of(html, "id_born_on-year")
    assert "checked" in tag_of(html, "id_level-2")
    assert "checked" not in tag_of(html, "id_level")
    assert "checked" in tag_of(html, "id_parts")
    assert "checked" in tag_of(html, "id_parts-2")
    assert "checked" in tag_of(html, "id_agree")
    assert '<option value="full" selected>' in html
    assert ">A\nB</textarea>" in html
    assert "correct horse" not in html


def test_attributes_help_the_browser_to_fill_in():
    html = str(Everything())
    assert 'autocomplete="email"' in tag_of(html, "id_email")
    assert 'autocomplete="name"' in tag_of(html, "id_name")
    assert "nhsuk-input--width-10" in tag_of(html, "id_name")
    assert 'autocomplete="one-time-code"' in tag_of(html, "id_code")
    assert 'inputmode="numeric"' in tag_of(html, "id_code")
    assert 'data-x="1"' in tag_of(html, "id_code")
    assert 'autocomplete="new-password"' in tag_of(html, "id_password")
    assert 'autocomplete="bday-year"' in tag_of(html, "id_born_on-year")
    assert 'inputmode="numeric"' in tag_of(html, "id_born_on-day")
    assert 'rows="5"' in tag_of(html, "id_notes")
    assert 'rows="3"' in tag_of(html, "id_summary")


def test_the_browser_does_not_cut_off_or_refuse_what_is_typed():
    """The server says what is wrong; a browser's own bubbles are not accessible."""
    html = str(Everything())
    assert " maxlength=" not in html
    assert " required" not in html


@pytest.mark.parametrize("field", ["email", "notes", "reason"])
def test_a_hint_is_read_with_its_control(field):
    assert f'aria-describedby="id_{field}-hint"' in tag_of(str(Everything()), f"id_{field}")


def test_choices_have_hints_of_their_own():
    html = str(Everything())
    assert 'aria-describedby="id_level-2-item-hint"' in tag_of(html, "id_level-2")
    assert "With free text" in html
    assert "The least" in html


def test_groups_have_a_legend():
    html = str(Everything())
    legends = re.findall(r"<legend[^>]*>\s*(.*?)\s*</legend>", html)
    assert legends == ["Date of birth", "Level", "Parts"]


def test_errors_say_what_to_do_and_link_to_the_first_control():
    links = error_links(Everything({"token": "t", "born_on-day": "3"}))
    assert links == [
        {"text": "Enter e-mail address", "href": "#id_email"},
        {"text": "Enter name", "href": "#id_name"},
        {"text": "Enter code", "href": "#id_code"},
        {"text": "Enter password", "href": "#id_password"},
        {"text": "The date must include a month and year", "href": "#id_born_on-month"},
        {"text": "Choose an answer", "href": "#id_level"},
        {"text": "Choose at least one answer", "href": "#id_parts"},
        {"text": "Tick the box to go on", "href": "#id_agree"},
        {"text": "Choose an answer", "href": "#id_reason"},
        {"text": "Enter notes", "href": "#id_notes"},
        {"text": "Enter summary", "href": "#id_summary"},
    ]


def test_every_error_link_leads_to_a_control():
    form = Everything({})
    html = str(form)
    for link in error_links(form):
        if "href" in link:
            assert re.match("<(input|select|textarea)", tag_of(html, link["href"][1:])), link


@pytest.mark.parametrize(
    "field",
    ["email", "name", "code", "password", "born_on", "level", "parts", "agree", "reason", "notes"],
)
def test_an_error_is_shown_at_its_field(field):
    html = Everything({})[field].as_field_group()
    assert "nhsuk-form-group--error" in html
    assert f'id="id_{field}-error"' in html
    assert re.search(rf'aria-describedby="[^"]*id_{field}-error', html)


def test_only_the_wrong_boxes_of_a_date_are_marked():
    data = {"born_on-day": "3", "born_on-month": "4", "born_on-year": "80"}
    html = Everything(data)["born_on"].as_field_group()
    assert "nhsuk-input--error" in tag_of(html, "id_born_on-year")
    assert "nhsuk-input--error" not in tag_of(html, "id_born_on-day")


def test_all_boxes_are_marked_when_the_date_is_not_real():
    data = {"born_on-day": "31", "born_on-month": "2", "born_on-year": "1980"}
    html = Everything(data)["born_on"].as_field_group()
    assert html.count("nhsuk-input--error") == 3


def test_stock_messages_are_put_in_plain_words():
    form = Everything(GOOD | {"name": "x" * 11, "level": "none", "summary": "x" * 21})
    assert [link["text"] for link in error_links(form)] == [
        "Name must be 10 characters or fewer",
        "Choose one of the answers",
        "Summary must be 20 characters or fewer",
    ]


def test_a_message_of_the_form_is_kept():
    class Own(forms.Form):
        name = forms.CharField(error_messages={"required": "Enter your name as on your card"})
        nhs_number = forms.CharField(label="NHS number")

    assert [link["text"] for link in error_links(Own({}))] == [
        "Enter your name as on your card",
        "Enter NHS number",
    ]


def test_errors_of_the_whole_form_and_of_hidden_fields_come_first():
    class Pair(forms.Form):
        hidden = forms.CharField(widget=forms.HiddenInput)
        name = forms.CharField()

        def clean(self):
            raise forms.ValidationError("These do not match")

    assert [link["text"] for link in error_links(Pair({}))] == [
        "These do not match",
        "This field is required.",
        "Enter name",
    ]


def test_the_only_question_can_be_the_heading_of_the_page():
    class One(forms.Form):
        page_heading = "name"
        name = forms.CharField(label="What is your name?")

    html = str(One())
    assert re.search(r"<h1[^>]*>\s*<label[^>]*nhsuk-label--l[^>]*>\s*What is your name\?", html)


def test_a_disabled_field_is_drawn_disabled():
    class Fixed(forms.Form):
        name = forms.CharField(disabled=True, initial="Ann")

    assert " disabled" in tag_of(str(Fixed()), "id_name")


def test_a_prefix_is_kept():
    html = str(Everything(prefix="ann"))
    assert 'name="ann-born_on-day"' in html
    assert 'id="id_ann-level"' in html


def test_a_kind_of_field_without_a_drawing_is_an_error():
    class Upload(forms.Form):
        what = forms.CharField(widget=forms.SplitDateTimeWidget)

    with pytest.raises(TypeError, match="No drawing for the widget of 'what'"):
        str(Upload())


def test_words_marked_safe_in_python_stay_html():
    class Help(forms.Form):
        name = forms.CharField(help_text=mark_safe("<b>bold</b>"))

    assert "<b>bold</b>" in str(Help())
