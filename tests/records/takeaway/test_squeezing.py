"""What waits in memory comes out as it was put in, and takes little room meanwhile."""

import os

from records.takeaway.squeezing import Squeezed


def test_it_comes_out_as_it_was_put_in():
    pieces = [b"", b"{}", os.urandom(100_000), b"x" * 1_000_000, "Łukasz".encode()]
    waiting = Squeezed()
    for piece in pieces:
        waiting.add(piece)
    assert b"".join(waiting.taken_out()) == b"".join(pieces)


def test_nothing_comes_out_of_nothing():
    assert b"".join(Squeezed().taken_out()) == b""


def test_the_same_words_again_and_again_take_little_room():
    waiting = Squeezed()
    for number in range(20_000):
        waiting.add(b'{"resourceType":"Observation","status":"final","value":%d}' % number)
    held = sum(map(len, waiting._pieces))
    taken = b"".join(waiting.taken_out())
    assert len(taken) > 1_000_000 > 8 * held
    assert waiting._pieces == []
