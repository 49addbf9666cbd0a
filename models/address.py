"""Addresses as they are compared: one spelling per mailbox and telephone number."""

import re

from models.enums import ChannelType

TELEPHONE = frozenset({ChannelType.PHONE, ChannelType.SMS, ChannelType.WHATSAPP})
"""Channels whose addresses are telephone numbers."""

_SEPARATORS = re.compile(r"[\s().\-/]")
_E164 = re.compile(r"\+[0-9]{5,15}")
_MAILBOX = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DIALLED = re.compile(r"\+?[0-9]{3,20}(?:(?:x|ext)[0-9]{1,6})?", re.IGNORECASE)


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


def check_mailbox(text: str) -> str:
    """Raise ValueError unless mail could be sent there."""
    if not _MAILBOX.fullmatch(text):
        raise ValueError("an e-mail address has a mailbox and a domain, as ada@example.com")
    return text


def check_dialled(text: str) -> str:
    """Raise ValueError unless it could be dialled: digits, also short ones, and an extension."""
    if not _DIALLED.fullmatch(_SEPARATORS.sub("", text)):
        raise ValueError(
            "a telephone number has 3 to 20 digits, as +1 555 0100 or 0221-4711 ext. 2"
        )
    return text


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
