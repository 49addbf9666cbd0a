"""The enums of `models/enums.py` as GraphQL shows them, every value described.

Enums are open: clients must expect values that a later version adds.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import strawberry

from models.enums import (
    ActorType,
    AnalysisStatus,
    AnalyzerKind,
    AssessmentCode,
    ChannelType,
    ContactOrderField,
    CustomFieldTarget,
    CustomFieldType,
    DeliveryStatus,
    DurationUnit,
    GoalStatus,
    HandledBy,
    ImportConflict,
    IngestOutcome,
    JourneyExitKind,
    MessageContentType,
    Modality,
    OpportunityExclusion,
    OrderDirection,
    ReasoningStepKind,
    Scope,
    SentimentLabel,
    SessionActivity,
    SessionEndReason,
    SessionEventKind,
    SessionLengthClass,
    SessionOrderField,
    SessionStatus,
    UserErrorCode,
    ValueSource,
)

Described = tuple[str, Mapping[str, str]]

_ENUMS: dict[type[StrEnum], Described] = {
    ActorType: (
        "Who acts or speaks.",
        {
            "CONTACT": "The person on the other side.",
            "AI_AGENT": "A machine of the workspace.",
            "HUMAN_AGENT": "A person of the workspace.",
            "SYSTEM": "Neither: the server or an integration.",
        },
    ),
    AnalysisStatus: (
        "How far the analysis of a session is.",
        {
            "PENDING": "Not analysed yet.",
            "COMPLETE": "Findings are stored.",
            "FAILED": "The analyzer failed; it can be run again.",
            "SKIPPED": "None is wanted.",
        },
    ),
    AnalyzerKind: (
        "What an analyzer finds.",
        {
            "SUMMARY": "What the session was about and how it ended.",
            "SENTIMENT": "Mood of the contact.",
            "TOPIC": "Intent category.",
            "LABELS": "Labels that fit.",
            "CUSTOM_FIELDS": "Values of custom fields.",
            "ASSESSMENT": "How well the agent did.",
            "LEAD": "Whether there was an intent to buy.",
            "KNOWLEDGE_GAPS": "Questions the agent could not answer.",
        },
    ),
    AssessmentCode: (
        "How well the agent did.",
        {
            "YES_A": "Ideal: main task done without issues (factor 1).",
            "YES_B": "Fallback success: the lead was saved by the backup plan (factor 1).",
            "NO": "Failure by technical or logical error (factor 0).",
        },
    ),
    ChannelType: (
        "Network that a session runs on.",
        {
            "WEB": "Widget on a web page.",
            "WHATSAPP": "WhatsApp.",
            "INSTAGRAM": "Instagram direct messages.",
            "FACEBOOK": "Facebook Messenger.",
            "TELEGRAM": "Telegram.",
            "SMS": "Text messages.",
            "EMAIL": "E-mail.",
            "PHONE": "Telephone network.",
            "SIP": "SIP trunk.",
            "MOBILE_SDK": "Inside a mobile app.",
            "API": "Programmatic client.",
            "OTHER": "Anything else.",
        },
    ),
    ContactOrderField: (
        "What contacts are ordered by.",
        {
            "NAME": "Folded name, so that case and accents do not matter.",
            "CREATED_AT": "When it was created.",
            "LAST_SEEN_AT": "When it last took part in a session.",
            "SESSION_COUNT": "Number of sessions.",
        },
    ),
    CustomFieldTarget: (
        "What a custom field belongs to.",
        {"CONTACT": "Contacts.", "SESSION": "Sessions."},
    ),
    CustomFieldType: (
        "What values a custom field takes.",
        {
            "TEXT": "Text.",
            "NUMBER": "Number.",
            "DATE": "ISO 8601 date, or an instant with its offset.",
            "BOOLEAN": "True or false.",
            "SELECT": "One of the options.",
            "MULTI_SELECT": "Any of the options.",
            "URL": "http or https URL.",
            "EMAIL": "E-mail address.",
            "PHONE": "Telephone number.",
        },
    ),
    DeliveryStatus: (
        "How far a channel has delivered a message.",
        {
            "PENDING": "Not handed over yet.",
            "SENT": "Handed to the channel.",
            "DELIVERED": "Arrived at the contact's device.",
            "READ": "Seen by the contact.",
            "FAILED": "Not deliverable.",
        },
    ),
    DurationUnit: (
        "Unit of a duration given as a number.",
        {
            "MILLISECONDS": "Thousandths of a second.",
            "SECONDS": "Seconds.",
            "MINUTES": "Minutes of 60 seconds.",
            "HOURS": "Hours of 60 minutes.",
        },
    ),
    GoalStatus: (
        "What became of a goal in a session.",
        {"TRIGGERED": "It was pursued.", "COMPLETED": "It was reached."},
    ),
    HandledBy: (
        "Who answered, in order of first appearance.",
        {
            "AI_ONLY": "Only AI agents.",
            "HUMAN_ONLY": "Only human agents.",
            "AI_THEN_HUMAN": "An AI agent first, a human later.",
            "HUMAN_THEN_AI": "A human first, an AI agent later.",
            "NOBODY": "No agent at all.",
        },
    ),
    ImportConflict: (
        "What to do with a session whose source and externalId are known.",
        {
            "SKIP": "Leave it as it is.",
            "UPDATE": (
                "Given start fields overwrite; messages and events are matched by externalId (known"
                " ones updated, new ones appended, those without one ignored); the end applies if"
                " it is open; startedAt and contact never change."
            ),
            "FAIL": "Refuse the document with TAKEN.",
        },
    ),
    IngestOutcome: (
        "What became of one document.",
        {
            "CREATED": "A new session.",
            "UPDATED": "A known session was changed.",
            "SKIPPED": "A known session was left as it is.",
            "FAILED": "Refused; nothing of it was written.",
        },
    ),
    JourneyExitKind: (
        "How a journey block was left.",
        {
            "ADVANCED": "To the next block.",
            "DROPPED": "The contact gave up here.",
            "JUMPED": "To a block elsewhere in the flow.",
            "ENDED": "The flow was complete.",
        },
    ),
    MessageContentType: (
        "What a message carries.",
        {
            "TEXT": "Plain text.",
            "HTML": "HTML.",
            "MARKDOWN": "Markdown.",
            "IMAGE": "Picture, as attachment.",
            "AUDIO": "Sound, as attachment.",
            "VIDEO": "Video, as attachment.",
            "FILE": "Any file, as attachment.",
            "LOCATION": "Place, in the payload.",
            "TEMPLATE": "Template with parameters, in the payload.",
            "FORM": "Form, in the payload.",
            "TOOL_RESULT": "Result of a tool call, in the payload.",
            "OTHER": "Anything else, in the payload.",
        },
    ),
    Modality: (
        "Text chat, voice call or video conversation.",
        {"TEXT": "Text chat.", "VOICE": "Voice call.", "VIDEO": "Video conversation."},
    ),
    OpportunityExclusion: (
        "Why a lead is no opportunity.",
        {
            "REFUSED": "The contact said no.",
            "UNAVAILABLE": "What was wanted could not be had.",
            "NO_CONTACT_INFO": "The contact left no way to be reached.",
        },
    ),
    OrderDirection: ("Which way an order runs.", {"ASC": "Smallest first.", "DESC": "Largest first."}),
    ReasoningStepKind: (
        "What sort of step led to an answer.",
        {
            "INTENT": "Recognised what the contact wants.",
            "RETRIEVAL": "Looked up knowledge.",
            "CONDITION": "Evaluated a condition.",
            "ACTION": "Decided what to do.",
            "TOOL_CALL": "Called a tool.",
            "MODEL_CALL": "Called a model.",
            "GUARDRAIL": "Checked a rule.",
            "HANDOFF": "Handed over.",
            "OTHER": "Anything else.",
        },
    ),
    Scope: (
        "What an API key may do.",
        {
            "SESSIONS_READ": "Read sessions.",
            "MESSAGES_READ": "Read message text, timelines and reasoning.",
            "CONTACTS_READ": "Read contacts.",
            "CONTACTS_WRITE": "Write contacts.",
            "PII_READ": "See e-mail addresses, telephone numbers and handles unmasked.",
            "INGEST": "Write sessions, messages and events.",
            "REVIEW": "Review, label and score sessions.",
            "METRICS_READ": "Read metrics.",
            "EXPORT": "Export data.",
            "WEBHOOKS": "Manage webhooks.",
            "ADMIN": "Everything.",
            "AUDIT_READ": "Read the audit trail.",
        },
    ),
    SentimentLabel: (
        "Mood of the contact.",
        {"POSITIVE": "Pleased.", "NEUTRAL": "Neither.", "NEGATIVE": "Displeased."},
    ),
    SessionActivity: (
        "How alive the session is right now; orthogonal to status.",
        {
            "LIVE": "Open, last activity within the idle window.",
            "IDLE": (
                "Open, no activity for longer than the idle window. A new message makes it LIVE"
                " again."
            ),
            "ENDED": "Closed.",
        },
    ),
    SessionEndReason: (
        "Why a session ended.",
        {
            "AGENT_ENDED": "The agent wrapped it up.",
            "CONTACT_ENDED": "The contact said goodbye or left.",
            "CONTACT_CANCELLED": "The contact broke it off.",
            "AGENT_CANCELLED": "The agent broke it off.",
            "TRANSFERRED": "It went on elsewhere.",
            "INACTIVITY_TIMEOUT": "Nobody said anything for too long.",
            "MAX_DURATION": "It ran for too long.",
            "CHANNEL_DISCONNECTED": "The connection broke.",
            "ERROR": "A failure ended it.",
            "IMPORTED": "It was over when it was imported.",
            "UNKNOWN": "Nobody said why.",
        },
    ),
    SessionEventKind: (
        "What happened in a session.",
        {
            "STARTED": "It began. Recorded by the server.",
            "CONNECTED": "The contact's connection was established.",
            "DISCONNECTED": "The contact's connection ended.",
            "IDLED": "It fell silent. Recorded by the server.",
            "RESUMED": "It went on after silence. Recorded by the server.",
            "STATUS_CHANGED": "Its status changed. Recorded by the server.",
            "ENDED": "It ended. Recorded by the server.",
            "REOPENED": "It went on after its end. Recorded by the server.",
            "ERROR": "Something failed.",
            "HANDOFF_REQUESTED": "Another agent was asked for.",
            "HANDOFF_ACCEPTED": "Another agent took over.",
            "HANDED_BACK": "The agent gave the session back.",
            "AGENT_JOINED": "An agent joined.",
            "AGENT_LEFT": "An agent left.",
            "JOURNEY_BLOCK_ENTERED": "A block of a flow was entered.",
            "JOURNEY_BLOCK_EXITED": "A block of a flow was left.",
            "GOAL_TRIGGERED": "A goal was pursued.",
            "GOAL_COMPLETED": "A goal was reached.",
            "FORM_SUBMITTED": "A form was submitted.",
            "LABEL_ADDED": "A label was added.",
            "LABEL_REMOVED": "A label was removed.",
            "CUSTOM_FIELD_SET": "A custom field was set.",
            "ANALYSIS_COMPLETED": "An analysis was stored.",
            "ASSESSED": "The session was assessed.",
            "COMMENTED": "Somebody left a comment.",
            "CUSTOM": "Anything else; see `name`.",
        },
    ),
    SessionLengthClass: (
        "Length of an ended session, by the workspace's thresholds.",
        {
            "SHORT": "Below `shortBelow`.",
            "REGULAR": "Between the two.",
            "LONG": "From `longFrom` on.",
        },
    ),
    SessionOrderField: (
        "What sessions are ordered by.",
        {
            "STARTED_AT": "When it began.",
            "ENDED_AT": "When it ended; missing while it is open.",
            "LAST_ACTIVITY_AT": "When something last happened.",
            "UPDATED_AT": "When it was last written.",
            "DURATION": "Length; missing while it is open.",
            "MESSAGE_COUNT": "Number of messages.",
            "CONTACT_NAME": "The contact's folded name.",
            "QUALITY_STARS": "Stars it was rated with.",
            "ADDITIONAL_SECURED_REVENUE": "ASR.",
        },
    ),
    SessionStatus: (
        "Lifecycle and outcome. Exactly one open value (ACTIVE); the rest are final.",
        {
            "ACTIVE": "In progress: endedAt is null.",
            "COMPLETED": "Wrapped up normally, explicitly or by inactivity (see endReason).",
            "FAILED": "Ended by an error.",
            "CANCELLED": "Terminated early by the contact or an agent.",
        },
    ),
    UserErrorCode: (
        "What sort of user error it is.",
        {
            "NOT_FOUND": "Nothing of that name in the workspace.",
            "REQUIRED": "Something is missing.",
            "INVALID": "A value breaks a rule.",
            "TOO_LONG": "A text is too long.",
            "TOO_MANY": "A list is too long.",
            "TAKEN": "A unique name is in use.",
            "CONFLICT": "References contradict each other.",
            "STALE_VERSION": "Somebody else has written since `ifVersion`.",
            "INVALID_TRANSITION": "The session's state forbids it.",
            "SESSION_CLOSED": "The session has ended.",
            "IDEMPOTENCY_MISMATCH": "The idempotency key was used for another input.",
            "FORBIDDEN": "The key may not do that.",
            "LIMIT_EXCEEDED": "A limit is reached.",
        },
    ),
    ValueSource: (
        "Who wrote a derived value.",
        {
            "BUILTIN": "An analyzer of the server.",
            "PROVIDER": "An analyzer outside.",
            "HUMAN": "A person.",
            "IMPORTED": "It came with the session.",
            "API": "A client.",
        },
    ),
}


def _register() -> None:
    for members, (description, values) in _ENUMS.items():
        definition: Any = getattr(
            strawberry.enum(members, description=description), "__strawberry_definition__"  # noqa: B009
        )
        for value in definition.values:
            value.description = values[value.name]


_register()
