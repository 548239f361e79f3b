"""An empty field is drawn once; what somebody typed is drawn each time and kept nowhere."""

from datetime import date

import pytest
from django import forms
from markupsafe import Markup

from nhsuk.dates import DateField
from nhsuk.drawing import MOST_KEPT, Drawings
from nhsuk.forms import Radios


class Asking(forms.Form):
    name = forms.CharField()
    day = DateField(noun="The day", required=False)
    kind = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=Radios)


class Macro:
    def __init__(self):
        self.told = []

    def __call__(self, params):
        self.told.append(params)
        return Markup(len(self.told))


@pytest.fixture
def macro():
    return Macro()


@pytest.mark.parametrize("field", ["name", "day", "kind"])
def test_an_empty_field_is_drawn_once(macro, field):
    drawn = Drawings()
    assert drawn(macro, Asking()[field]) == drawn(macro, Asking()[field])
    assert len(macro.told) == 1


@pytest.mark.parametrize("field", ["name", "day", "kind"])
@pytest.mark.parametrize(
    "form",
    [
        lambda: Asking({"name": "Ada", "day-day": "3", "kind": "a"}),
        lambda: Asking({}),
        lambda: Asking(initial={"name": "Ada", "day": date(2020, 1, 2)}),
    ],
)
def test_what_was_typed_or_sent_is_not_kept(macro, field, form):
    drawn = Drawings()
    drawn(macro, form()[field])
    drawn(macro, form()[field])
    typed = field != "kind" or form().is_bound
    assert (len(macro.told) == 2, drawn._kept == {}) == (typed, typed)


def test_another_choice_or_question_is_another_drawing(macro):
    drawn = Drawings()
    chosen = {drawn(macro, Asking(initial={"kind": kind})["kind"]) for kind in ("a", "b", None)}
    assert len(chosen) == 3


def test_no_more_is_kept_than_the_limit(macro):
    drawn = Drawings()
    for number in range(MOST_KEPT + 3):
        drawn(macro, Asking(prefix=str(number))["name"])
    assert len(drawn._kept) == 3
