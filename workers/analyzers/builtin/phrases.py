"""Phrases by which the built-in analyzers recognise what English-speaking agents and contacts do.

Workspaces add their own, in any language, by the options of a binding.
"""

from collections.abc import Iterable
from functools import lru_cache

from workers.analyzers.words import Phrases

UNKNOWING = (
    "i don't know", "i do not know", "i'm not sure", "i am not sure", "not sure about that",
    "i don't have information", "i do not have information", "i don't have that information",
    "i do not have that information", "i don't have any information",
    "don't have enough information",
    "i don't have details", "i do not have details", "i don't have access to that",
    "i do not have access to that", "i have no information", "no information about",
    "no information on", "i'm not familiar with", "i am not familiar with",
    "i don't understand", "i do not understand", "i didn't understand", "i did not understand",
    "i couldn't find any information", "i could not find any information",
    "i couldn't find an answer", "i could not find an answer", "i couldn't find anything about",
    "i can't answer", "i cannot answer", "i'm unable to answer", "i am unable to answer",
    "outside my knowledge", "beyond my knowledge", "i can't help with that",
    "i cannot help with that", "i'm not able to help with that", "i wasn't trained",
    "not in my knowledge base", "please rephrase", "could you rephrase", "can you rephrase",
)  # fmt: skip
"""The agent says that it does not know: a gap in its knowledge."""

FAILING = (
    "i was unable", "i am unable", "i'm unable", "was unable to", "unable to complete",
    "unable to make", "unable to book", "couldn't be completed", "could not be completed",
    "i couldn't", "i could not", "i wasn't able", "i was not able", "i'm not able", "i am not able",
    "i can't make", "i cannot make", "i can't book", "i can't do that",
    "something went wrong", "went wrong", "there was an error", "there was a problem",
    "there was an issue", "an error occurred", "has failed", "have failed", "it failed",
    "i failed", "i fail to", "was unsuccessful", "were unsuccessful", "not successful",
    "wasn't successful", "was not successful", "did not go through", "didn't go through",
    "not completed", "wasn't completed", "was not completed", "wasn't scheduled",
    "was not scheduled", "was not booked", "wasn't booked", "is not available",
    "isn't available", "are not available", "no longer available", "not possible",
)  # fmt: skip
"""The agent says that it did not succeed."""

SUCCEEDING = (
    "has been", "have been", "i have booked", "i've booked", "i have reserved", "i've reserved",
    "i have made", "i've made", "i have scheduled", "i've scheduled", "i have added", "i've added",
    "i have sent", "i've sent", "i have set", "i've set", "i have transferred", "i've transferred",
    "i have cancelled", "i've cancelled", "i have canceled", "i've canceled", "i have updated",
    "i've updated", "i have issued", "i've issued", "i have purchased", "i've purchased",
    "i booked", "i reserved", "i made", "i scheduled", "i added", "i sent", "i bought",
    "i purchased",
    "successfully", "was successful", "is confirmed", "is booked", "is reserved", "is scheduled",
    "is complete", "is done", "it's done", "is set", "are booked", "are confirmed", "now playing",
    "is playing", "is on its way", "on the way", "all set", "payment is done",
    "reservation complete", "purchase complete", "was a success", "went through", "is underway",
    "confirmed your", "booked your", "is successful", "were successful", "booking is",
    "has started", "you will receive",
)  # fmt: skip
"""The agent says that something was done, or that it is about to happen."""

PROMISING = ("i will", "i'll", "we will", "we'll", "you will", "you'll", "you can expect")
"""The agent says what it is going to do."""

CHECKING = (
    "please confirm", "confirm the following", "confirm the details", "is that correct",
    "is this correct", "is that right", "is this right", "just to confirm", "please verify",
    "does that sound", "would you like", "do you want", "shall i", "should i",
    "anything else", "something else", "further assistance", "do you need", "may i",
)  # fmt: skip
"""The agent asks back, which is no result yet."""

COURTESY = (
    "have a great day", "have a nice day", "have a good day", "have a wonderful day", "good day",
    "enjoy your", "you're welcome", "you are welcome", "my pleasure", "thank you for", "good bye",
    "goodbye", "take care", "glad to help", "glad i could help", "happy to help", "enjoy the",
    "see you", "safe travels", "feel free",
)  # fmt: skip
"""What is said at the end of any conversation."""

BUYING = (
    "buy", "purchase", "order a", "order an", "order some", "place an order", "book", "reserve",
    "reservation", "make an appointment", "schedule an appointment", "schedule a visit", "rent",
    "hire", "subscribe", "sign up", "upgrade", "how much is", "how much does", "how much would",
    "how much for", "what does it cost", "what's the price", "what is the price", "quote",
    "pricing", "tickets", "a ticket", "get a table", "a table for", "interested in", "i'll take it",
)  # fmt: skip
"""The contact shows an intent to buy."""

REFUSING = (
    "not interested", "no longer interested", "changed my mind", "don't want it", "do not want it",
    "don't need it", "too expensive", "i'll pass", "i will pass", "never mind", "nevermind",
    "forget it", "don't book", "do not book", "don't buy", "i don't want to buy",
    "i won't be buying", "stop contacting me", "unsubscribe",
)  # fmt: skip
"""The contact no longer wants to."""

NOT_OFFERED = (
    "sold out", "out of stock", "fully booked", "no longer offer", "don't offer", "do not offer",
    "not available in your", "we don't sell", "we do not sell", "discontinued", "no availability",
    "no rooms available", "no tables available", "no tickets available",
)  # fmt: skip
"""The agent says that what is asked for cannot be had."""


@lru_cache(maxsize=256)
def phrases(own: tuple[str, ...], defaults: tuple[str, ...], *, use_defaults: bool) -> Phrases:
    """A workspace's phrases, and ours unless it does without."""
    return Phrases((*own, *defaults) if use_defaults else own)


@lru_cache(maxsize=32)
def ours(*groups: tuple[str, ...]) -> Phrases:
    """The phrases of these groups."""
    return Phrases(_joined(groups))


def _joined(groups: Iterable[tuple[str, ...]]) -> list[str]:
    return [phrase for group in groups for phrase in group]
