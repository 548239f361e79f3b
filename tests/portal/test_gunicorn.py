"""How gunicorn is told to serve."""

import gc

from portal import gunicorn


def test_what_the_code_is_made_of_is_no_longer_looked_through_for_lost_objects():
    before = gc.get_threshold()
    try:
        gunicorn.when_ready(None)
        assert gc.get_freeze_count() > 10_000
        assert gc.get_threshold()[0] == gunicorn.OBJECTS_BETWEEN_LOOKS
    finally:
        gc.set_threshold(*before)
