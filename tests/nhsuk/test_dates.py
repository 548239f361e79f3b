from datetime import date

import pytest
from django import forms

from nhsuk.dates import DateField, DateParts


class Birthday(forms.Form):
    born_on = DateField(label="Date of birth", noun="Your date of birth")


def typed(day="", month="", year=""):
    return Birthday({"born_on-day": day, "born_on-month": month, "born_on-year": year})


@pytest.mark.parametrize(
    "parts",
    [("3", "3", "1980"), ("03", "03", "1980"), (" 3 ", "mar", "1980"), ("3", "MARCH", "1980")],
)
def test_a_real_date_is_taken(parts):
    form = typed(*parts)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["born_on"] == date(1980, 3, 3)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (("", "", ""), "Enter your date of birth"),
        (("31", "", "1980"), "Your date of birth must include a month"),
        (("", "", "1980"), "Your date of birth must include a day and month"),
        (("3", "3", "80"), "Year must include 4 numbers"),
        (("3", "3", "١٩٨٠"), "Year must include 4 numbers"),
        (("29", "2", "2023"), "Your date of birth must be a real date"),
        (("31", "4", "2023"), "Your date of birth must be a real date"),
        (("0", "4", "2023"), "Your date of birth must be a real date"),
        (("-1", "4", "2023"), "Your date of birth must be a real date"),
        (("1", "13", "2023"), "Your date of birth must be a real date"),
        (("1", "foo", "2023"), "Your date of birth must be a real date"),
        (("9" * 5000, "1", "2023"), "Your date of birth must be a real date"),
        (("1", "1", "0000"), "Your date of birth must be a real date"),
    ],
)
def test_partial_and_impossible_dates_are_refused_in_plain_words(parts, message):
    assert typed(*parts).errors == {"born_on": [message]}


def test_a_date_that_is_not_required_may_be_left_empty():
    field = DateField(required=False)
    assert field.clean(None) is None


def test_a_form_sent_without_the_boxes_is_empty():
    assert Birthday({}).errors == {"born_on": ["Enter your date of birth"]}


def test_the_boxes_show_what_was_there_before():
    widget = DateField().widget
    assert widget.format_value(date(1980, 3, 9)) == DateParts("9", "3", "1980")
    assert widget.format_value(DateParts("x", "", "")) == DateParts("x", "", "")
    assert widget.format_value(None) == DateParts()


def test_an_unchanged_date_is_not_a_change():
    field = DateField()
    assert not field.has_changed(date(1980, 3, 9), DateParts("9", "3", "1980"))
    assert field.has_changed(date(1980, 3, 9), DateParts("8", "3", "1980"))


def test_whether_a_date_was_sent_at_all():
    widget = DateField().widget
    assert widget.value_omitted_from_data({}, {}, "on")
    assert not widget.value_omitted_from_data({"on-day": ""}, {}, "on")
    assert widget.id_for_label("id_on") == "id_on-day"
