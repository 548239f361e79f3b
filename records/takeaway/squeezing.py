"""Text that has to wait in memory before it can be written on: a record says the same words again and again."""

import zlib
from collections.abc import Iterator

QUICKLY = 1
"""Of zlib's levels: the others take much longer and save little more."""


class Squeezed:
    """Bytes that are added piece by piece and taken out once, in order, when all are there."""

    def __init__(self) -> None:
        self._squeeze = zlib.compressobj(QUICKLY)
        self._pieces: list[bytes] = []

    def add(self, data: bytes) -> None:
        """Put bytes behind what is there."""
        self._keep(self._squeeze.compress(data))

    def taken_out(self) -> Iterator[bytes]:
        """All of it, in pieces of another size than they were added in; what was taken out is gone."""
        self._keep(self._squeeze.flush())
        back = zlib.decompressobj()
        waiting, self._pieces = self._pieces[::-1], []
        while waiting:
            yield back.decompress(waiting.pop())
        yield back.flush()

    def _keep(self, piece: bytes) -> None:
        if piece:  # most often it waits for more
            self._pieces.append(piece)
