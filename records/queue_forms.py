"""How staff narrow the queue down; whatever is asked for that is not there, all is shown."""

from django import forms
from django.http import QueryDict

from records.models import StaffTask
from records.waiting import IDENTITY, Filters


class QueueForm(forms.Form):
    """The filters of the queue, as they stand in its address."""

    kind = forms.ChoiceField(label="What", required=False)
    holder = forms.ChoiceField(label="With whom", required=False)
    overdue = forms.BooleanField(label="Only what is overdue", required=False)

    def __init__(self, asked, counts=None, codes=0):
        super().__init__(asked)
        shown = counts.by_kind if counts else {}
        kinds = [(kind.value, f"{kind.label} ({shown.get(kind, 0)})") for kind in StaffTask.Kind]
        kinds.append((IDENTITY, f"Identity checks at the front desk ({codes})"))
        total, mine, nobodys = (counts.total, counts.mine, counts.nobodys) if counts else (0, 0, 0)
        self.fields["kind"].choices = [("", f"Every task ({total})"), *kinds]  # type: ignore[attr-defined]
        self.fields["holder"].choices = [  # type: ignore[attr-defined]
            ("", f"Everybody ({total})"),
            ("mine", f"Me ({mine})"),
            ("nobody", f"Nobody ({nobodys})"),
        ]

    @property
    def filters(self):
        """What to show."""
        self.is_valid()  # what is not valid is left out of the answers
        given = self.cleaned_data
        return Filters(given.get("kind", ""), given.get("holder", ""), bool(given.get("overdue")))


def kept(filters, page=1):
    """The filters as they stand in an address, so that a task that was taken on leads back to them."""
    address = QueryDict(mutable=True)
    for name in ("kind", "holder"):
        if value := getattr(filters, name):
            address[name] = value
    if filters.overdue:
        address["overdue"] = "on"
    if page > 1:
        address["page"] = str(page)
    return address.urlencode()
