"""CRC32C and CRC64NVME, which Python's standard library does not have.

A CRC is the remainder of a division of polynomials. A loop over the bytes of an upload takes seconds. Here shifts of
large integers fold the first half of a polynomial into the second one, until few bits are left for a loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

PIECE_BYTES = 32 * 1024
"""Pieces have one length, so that the powers are calculated once, and fit into the processor's cache."""
SHORT_BITS = 64


@dataclass(frozen=True)
class Crc:
    """A CRC of reflected bits, whose register begins with ones and is inverted at the end.

    In an integer with N bits, the lowest bit is the coefficient of x^(N-1), and the highest one that of x^0.
    """

    width: int
    divisor: int
    """The polynomial without its coefficient of x^width."""

    def of(self, content: bytes) -> bytes:
        """The CRC of some bytes, in network order."""
        ones = register = (1 << self.width) - 1
        for start in range(0, len(content), PIECE_BYTES):
            piece = content[start : start + PIECE_BYTES]
            # The zeros that the division appends to a message are the highest bits.
            register = self._remainder(int.from_bytes(piece, "little") ^ register, 8 * len(piece) + self.width)
        return (register ^ ones).to_bytes(self.width // 8, "big")

    def _remainder(self, polynomial: int, bits: int) -> int:
        while bits > 2 * self.width + SHORT_BITS:
            half = (bits - self.width + 1) // 2
            first, factor = polynomial & ((1 << half) - 1), _power(self, bits - half)
            product = 0
            for position in range(self.width):
                if factor >> position & 1:
                    product ^= first << position
            polynomial = (polynomial >> half) ^ (product << (bits - 2 * half - self.width + 1))
            bits -= half
        for _ in range(bits - self.width):
            polynomial = self._times_x(polynomial)
        return polynomial

    def _times_x(self, remainder: int) -> int:
        return (remainder >> 1) ^ (self.divisor if remainder & 1 else 0)

    def _times(self, left: int, right: int) -> int:
        product = 0
        for position in range(self.width):
            product = self._times_x(product) ^ (left if right >> position & 1 else 0)
        return product


@cache
def _power(crc: Crc, exponent: int) -> int:
    """The remainder of x^exponent."""
    if not exponent:
        return 1 << (crc.width - 1)
    half = _power(crc, exponent // 2)
    square = crc._times(half, half)
    return crc._times_x(square) if exponent % 2 else square


CRC32C = Crc(32, 0x82F63B78)
CRC64NVME = Crc(64, 0x9A6C9329AC4BC9B5)
