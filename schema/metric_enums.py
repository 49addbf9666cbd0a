"""The enums that numbers are asked for with, described like those of `schema/enums.py`."""

from typing import Any

from models.enums import SessionDimension, SessionMeasure, TimeGranularity
from schema.described import Described

METRIC_ENUMS: tuple[Described[Any], ...] = (
    Described(
        SessionDimension,
        "What sessions are grouped by. A session has several labels, goals, journey blocks, forms"
        " or chosen options, and then counts once for each; of the rest it has at most one.",
        {
            SessionDimension.STATUS: "Lifecycle and outcome.",
            SessionDimension.ACTIVITY: "How alive it is.",
            SessionDimension.END_REASON: "What ended it; missing while it is open.",
            SessionDimension.CHANNEL_TYPE: "Network that carries it.",
            SessionDimension.CHANNEL: "Connected account that carries it.",
            SessionDimension.MODALITY: "Text, voice or video.",
            SessionDimension.AGENT: "The agent in charge; missing while unassigned.",
            SessionDimension.TOPIC: "Intent category.",
            SessionDimension.LABEL: "Each of its labels.",
            SessionDimension.SENTIMENT: "Mood of the contact.",
            SessionDimension.LENGTH_CLASS: "Short, regular or long; missing while it is open.",
            SessionDimension.HANDLED_BY: "Which agents took part.",
            SessionDimension.GOAL: "Each goal it triggered or completed.",
            SessionDimension.JOURNEY_BLOCK: "Each journey block it visited.",
            SessionDimension.FORM: "Each form it submitted.",
            SessionDimension.ASSESSMENT: "The effective assessment: a human's, else the automatic.",
            SessionDimension.SOURCE: "The producing system.",
            SessionDimension.HOUR_OF_DAY: "Local hour in which it started, 00 to 23.",
            SessionDimension.DAY_OF_WEEK: (
                "Local day of the week on which it started, 1 (Monday) to 7 (Sunday)."
            ),
            SessionDimension.CUSTOM_FIELD: (
                "Value of the custom field `customFieldKey`, a session's field before a contact's"
                " one; each option of a list of options."
            ),
            SessionDimension.UTM_CAMPAIGN: "Campaign that brought the contact.",
        },
    ),
    Described(
        SessionMeasure,
        "What is counted, summed or averaged over sessions. Averages and shares are over the"
        " sessions that have the fact.",
        {
            SessionMeasure.SESSIONS: "How many sessions.",
            SessionMeasure.ACTIVE_SESSIONS: (
                "How many are open; in a series, how many were at any moment of the interval."
            ),
            SessionMeasure.MESSAGES: "How many messages they have.",
            SessionMeasure.CONTACTS: "How many different contacts.",
            SessionMeasure.AVG_DURATION: "Mean seconds from start to end, over ended ones.",
            SessionMeasure.AVG_FIRST_RESPONSE: (
                "Mean seconds from the contact's first message to the first answer."
            ),
            SessionMeasure.NEGATIVE_SHARE: "Share of NEGATIVE among those with a sentiment, 0..1.",
            SessionMeasure.GOAL_COMPLETION_RATE: (
                "Share that completed a goal among those that triggered or completed one, 0..1."
            ),
            SessionMeasure.HANDOFF_RATE: "Share with a handoff, 0..1.",
            SessionMeasure.OSS: (
                "Opportunity success score: mean success factor over assessed opportunities,"
                " without tests, 0..1."
            ),
            SessionMeasure.CSS: (
                "Conversation success score: mean of 0.2 × stars over rated sessions, without"
                " tests, 0..1."
            ),
            SessionMeasure.ASR: (
                "Additional secured revenue in the workspace's currency, without tests."
            ),
            SessionMeasure.LEADS: "How many leads, without tests.",
            SessionMeasure.OPPORTUNITIES: "How many opportunities, without tests.",
        },
    ),
    Described(
        TimeGranularity,
        "Length of the intervals of a series, in local time.",
        {
            TimeGranularity.MINUTE: "Minutes.",
            TimeGranularity.HOUR: "Hours; one that the clock repeats is there twice.",
            TimeGranularity.DAY: "Days from midnight to midnight, 23 to 25 hours long.",
            TimeGranularity.WEEK: "ISO weeks, which start on Monday.",
            TimeGranularity.MONTH: "Calendar months.",
        },
    ),
)
