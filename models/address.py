"""Addresses as they are compared: one spelling per mailbox and telephone number."""

import re

from models.enums import ChannelType

TELEPHONE = frozenset({ChannelType.PHONE, ChannelType.SMS, ChannelType.WHATSAPP})
"""Channels whose addresses are telephone numbers."""

_SEPARATORS = re.compile(r"[\s().\-/]")
_E164 = re.compile(r"\+[0-9]{5,15}")


def normal_address(channel_type: ChannelType, address: str) -> str:
    """E.164 for telephone channels, lower case for e-mail and SIP; raise ValueError for neither."""
    stripped = address.strip()
    if not stripped:
        raise ValueError("an address is not empty")
    if channel_type in TELEPHONE:
        return _telephone_number(stripped)
    if channel_type in {ChannelType.EMAIL, ChannelType.SIP}:
        return stripped.lower()
    return stripped


def _telephone_number(text: str) -> str:
    digits = _SEPARATORS.sub("", text)
    number = "+" + digits[2:] if digits.startswith("00") else digits
    if not number.startswith("+"):
        number = "+" + number
    if not _E164.fullmatch(number):
        raise ValueError(
            "a telephone number has 5 to 15 digits with its country code, as +15550100"
        )
    return number
