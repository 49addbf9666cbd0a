"""Primary keys made by the application: 63 bits, close to time order on both databases.

42 bits of milliseconds and 21 bits of a per-process counter that starts at random and counts up
within a millisecond, so that two processes rarely meet and an insert that does is retried.
"""

import secrets
from datetime import UTC, datetime

from models.fields import to_milliseconds

_COUNTER_BITS = 21
_COUNTER_MASK = (1 << _COUNTER_BITS) - 1
_SHORT_ID_BITS = 40
_SHORT_ID_MULTIPLIER = 0x9E3779B97F  # odd, so the product is a permutation of 40 bits
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

_counter = secrets.randbits(_COUNTER_BITS)


def new_key(at: datetime | None = None) -> int:
    """A key that sorts by `at` (now unless given); `at` lies between 1970 and 2109."""
    global _counter  # noqa: PLW0603  # the one mutable thing here, guarded by the event loop
    _counter = (_counter + 1) & _COUNTER_MASK
    return (to_milliseconds(at or datetime.now(UTC)) << _COUNTER_BITS) | _counter


def short_id(key: int) -> str:
    """Eight Crockford base-32 characters that tell sessions apart in a table."""
    bits = (key * _SHORT_ID_MULTIPLIER) & ((1 << _SHORT_ID_BITS) - 1)
    return "".join(_CROCKFORD[(bits >> shift) & 31] for shift in range(35, -1, -5))
