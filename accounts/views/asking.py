"""How the pages of accounts ask and answer."""

import json

from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.shortcuts import render


def sent(request):
    """What a form was sent with; None when the page is only looked at."""
    return request.POST if request.method == "POST" else None


def answer(request, template, form, **context):
    """The page with its form; 422 where something in it must be mended."""
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)


def passes(form, check, field="code"):
    """What `check` gives for the words in a form; None, with the reason on the form, where it refuses them."""
    if not form.is_valid():
        return None
    try:
        return check(**form.cleaned_data)
    except ValidationError as error:
        form.add_error(field, error)
        return None


def as_json(request):
    """What a script sent; raises ValidationError where it is not JSON."""
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        raise ValidationError("What your browser sent could not be read. Try again") from None


def answer_script(act):
    """What `act` gives, for a script; or, with 422, why not, in words for the person."""
    try:
        return JsonResponse(act())
    except ValidationError as error:
        return JsonResponse({"problem": error.messages[0]}, status=422)
