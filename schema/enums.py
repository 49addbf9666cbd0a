"""The enums of `models/enums.py` as clients see them: described, and so is every value.

Enums are open: clients must expect values that a later version adds.
"""

from enum import StrEnum
from typing import Any

import strawberry
from strawberry.types.enum import has_enum_definition

from models.enums import (
    ActorType,
    AnalysisStatus,
    AnalyzerKind,
    AssessmentCode,
    ChannelType,
    ContactOrderField,
    CustomFieldTarget,
    CustomFieldType,
    DefinitionKind,
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
    SearchField,
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
from schema.described import Described
from schema.metric_enums import METRIC_ENUMS
from schema.stream_enums import STREAM_ENUMS


def describe_enums() -> None:
    """Give the texts to Strawberry before the schema is built; KeyError where one is missing."""
    for described in (*_ENUMS, *METRIC_ENUMS, *STREAM_ENUMS):
        _describe(described)


def _describe(described: Described[Any]) -> None:
    """Declarations have registered the enum when they were imported: completed, not replaced."""
    texts = {member.name: text for member, text in described.values.items()}
    enum: type[StrEnum] = described.enum
    registered = enum if has_enum_definition(enum) else strawberry.enum(enum)
    assert has_enum_definition(registered)
    definition = registered.__strawberry_definition__
    definition.description = described.text
    for value in definition.values:
        value.description = texts[value.name]


_ENUMS: tuple[Described[Any], ...] = (
    Described(
        SessionStatus,
        "Lifecycle and outcome. Exactly one open value (ACTIVE); the rest are final.",
        {
            SessionStatus.ACTIVE: "In progress: endedAt is null.",
            SessionStatus.COMPLETED: (
                "Wrapped up normally, explicitly or by inactivity (see endReason)."
            ),
            SessionStatus.FAILED: "Ended by an error.",
            SessionStatus.CANCELLED: "Terminated early by the contact or an agent.",
        },
    ),
    Described(
        SessionActivity,
        "How alive the session is right now; orthogonal to status.",
        {
            SessionActivity.LIVE: "Open, last activity within the idle window.",
            SessionActivity.IDLE: (
                "Open, no activity for longer than the idle window. A new message makes it LIVE"
                " again."
            ),
            SessionActivity.ENDED: "Closed.",
        },
    ),
    Described(
        SessionEndReason,
        "What brought a session to its end.",
        {
            SessionEndReason.AGENT_ENDED: "The agent wrapped it up.",
            SessionEndReason.CONTACT_ENDED: "The contact said goodbye or hung up.",
            SessionEndReason.CONTACT_CANCELLED: (
                "The contact broke off before the matter was settled."
            ),
            SessionEndReason.AGENT_CANCELLED: "The agent broke off before the matter was settled.",
            SessionEndReason.TRANSFERRED: "It went on elsewhere.",
            SessionEndReason.INACTIVITY_TIMEOUT: "Nobody wrote or spoke for `closeAfter`.",
            SessionEndReason.MAX_DURATION: "It reached the longest duration its channel allows.",
            SessionEndReason.CHANNEL_DISCONNECTED: "The connection was lost.",
            SessionEndReason.ERROR: "A technical error; the session's `error` has the details.",
            SessionEndReason.IMPORTED: "It came in finished, without a reason.",
            SessionEndReason.UNKNOWN: "The producer does not know.",
        },
    ),
    Described(
        ChannelType,
        "Network that carries a session.",
        {
            ChannelType.WEB: "Chat widget on a web page.",
            ChannelType.WHATSAPP: "WhatsApp.",
            ChannelType.INSTAGRAM: "Instagram direct messages.",
            ChannelType.FACEBOOK: "Facebook Messenger.",
            ChannelType.TELEGRAM: "Telegram.",
            ChannelType.SMS: "Text messages of a telephone network.",
            ChannelType.EMAIL: "E-mail.",
            ChannelType.PHONE: "Call over a telephone network.",
            ChannelType.SIP: "Call over a SIP trunk.",
            ChannelType.MOBILE_SDK: "Chat or call inside a mobile app.",
            ChannelType.API: "A program that talks to the agent directly.",
            ChannelType.OTHER: "Any other network.",
        },
    ),
    Described(
        Modality,
        "Text chat, voice call or video conversation.",
        {
            Modality.TEXT: "Text chat.",
            Modality.VOICE: "Voice call.",
            Modality.VIDEO: "Video conversation.",
        },
    ),
    Described(
        SessionLengthClass,
        "Length of an ended session by the workspace's settings `shortBelow` and `longFrom`.",
        {
            SessionLengthClass.SHORT: "Shorter than `shortBelow`.",
            SessionLengthClass.REGULAR: "At least `shortBelow`, shorter than `longFrom`.",
            SessionLengthClass.LONG: "At least `longFrom`.",
        },
    ),
    Described(
        SentimentLabel,
        "Mood of the contact.",
        {
            SentimentLabel.POSITIVE: "Pleased.",
            SentimentLabel.NEUTRAL: "Neither pleased nor displeased.",
            SentimentLabel.NEGATIVE: "Displeased.",
        },
    ),
    Described(
        AssessmentCode,
        "How well the agent did its main task.",
        {
            AssessmentCode.YES_A: "Ideal: main task done without issues (factor 1).",
            AssessmentCode.YES_B: (
                "Fallback success: the lead was saved by the backup plan (factor 1)."
            ),
            AssessmentCode.NO: "Failure by technical or logical error (factor 0).",
        },
    ),
    Described(
        ActorType,
        "Who acts or speaks.",
        {
            ActorType.CONTACT: "The person the session is with.",
            ActorType.AI_AGENT: "An automatic agent.",
            ActorType.HUMAN_AGENT: "A person who answers for the workspace.",
            ActorType.SYSTEM: "None of them: the server or an integration.",
        },
    ),
    Described(
        HandledBy,
        "Which agents took part, in the order of their first appearance.",
        {
            HandledBy.AI_ONLY: "AI agents only.",
            HandledBy.HUMAN_ONLY: "Human agents only.",
            HandledBy.AI_THEN_HUMAN: "An AI agent first, a human one later.",
            HandledBy.HUMAN_THEN_AI: "A human agent first, an AI one later.",
            HandledBy.NOBODY: "No agent took part.",
        },
    ),
    Described(
        AnalysisStatus,
        "How far the analysis of a session is.",
        {
            AnalysisStatus.PENDING: "Not analysed yet.",
            AnalysisStatus.COMPLETE: "Findings are stored.",
            AnalysisStatus.FAILED: "The analyzer failed; it can be run again.",
            AnalysisStatus.SKIPPED: "None is wanted, as after a silent import.",
        },
    ),
    Described(
        AnalyzerKind,
        "What an analyzer finds out.",
        {
            AnalyzerKind.SUMMARY: "Summary and highlights.",
            AnalyzerKind.SENTIMENT: "Mood of the contact.",
            AnalyzerKind.TOPIC: "Intent category.",
            AnalyzerKind.LABELS: "Labels that may be applied automatically.",
            AnalyzerKind.CUSTOM_FIELDS: "Values of custom fields that may be extracted.",
            AnalyzerKind.ASSESSMENT: "How well the agent did.",
            AnalyzerKind.LEAD: "Lead, opportunity and their value.",
            AnalyzerKind.KNOWLEDGE_GAPS: "Questions the agent could not answer.",
        },
    ),
    Described(
        DefinitionKind,
        "What is declared by kind and key.",
        {
            DefinitionKind.GOAL: "Something that sessions are to reach.",
            DefinitionKind.JOURNEY_BLOCK: "A step of a designed conversation flow.",
            DefinitionKind.FORM: "A form that sessions can submit.",
        },
    ),
    Described(
        ValueSource,
        "Who wrote a derived value.",
        {
            ValueSource.BUILTIN: "An analyzer that comes with the server.",
            ValueSource.PROVIDER: "An analyzer of the workspace's choice.",
            ValueSource.HUMAN: "A person; analyzers never overwrite it.",
            ValueSource.IMPORTED: "It came in with an ingested session.",
            ValueSource.API: "Any other write through the API.",
        },
    ),
    Described(
        MessageContentType,
        "What a message carries.",
        {
            MessageContentType.TEXT: "Plain text.",
            MessageContentType.HTML: "HTML, in `text`.",
            MessageContentType.MARKDOWN: "Markdown, in `text`.",
            MessageContentType.IMAGE: "Picture, attached.",
            MessageContentType.AUDIO: "Sound, attached.",
            MessageContentType.VIDEO: "Film, attached.",
            MessageContentType.FILE: "Any other file, attached.",
            MessageContentType.LOCATION: "Place, in `payload`.",
            MessageContentType.TEMPLATE: "Message template with its parameters, in `payload`.",
            MessageContentType.FORM: "Form or its answers, in `payload`.",
            MessageContentType.TOOL_RESULT: "Result of a tool call, in `payload`.",
            MessageContentType.OTHER: "Anything else, in `payload`.",
        },
    ),
    Described(
        DeliveryStatus,
        "How far the channel has delivered a message.",
        {
            DeliveryStatus.PENDING: "Not handed over yet.",
            DeliveryStatus.SENT: "Handed to the channel.",
            DeliveryStatus.DELIVERED: "Arrived at the recipient's device.",
            DeliveryStatus.READ: "Opened by the recipient.",
            DeliveryStatus.FAILED: "The channel gave up.",
        },
    ),
    Described(
        SessionEventKind,
        "What happened in a session besides messages.",
        {
            SessionEventKind.STARTED: "The session began. Recorded by the server.",
            SessionEventKind.CONNECTED: "The contact's connection was established.",
            SessionEventKind.DISCONNECTED: "The contact's connection ended or was lost.",
            SessionEventKind.IDLED: "Silence outlasted the idle window. Recorded by the server.",
            SessionEventKind.RESUMED: "Activity came back after silence. Recorded by the server.",
            SessionEventKind.STATUS_CHANGED: "The status changed. Recorded by the server.",
            SessionEventKind.ENDED: "The session ended. Recorded by the server.",
            SessionEventKind.REOPENED: (
                "A message within `reopenWindow` opened it again. Recorded by the server."
            ),
            SessionEventKind.ERROR: "Something failed.",
            SessionEventKind.HANDOFF_REQUESTED: "Another agent was asked for.",
            SessionEventKind.HANDOFF_ACCEPTED: "Another agent took over.",
            SessionEventKind.HANDED_BACK: "The session was given back to the first agent.",
            SessionEventKind.AGENT_JOINED: "An agent joined.",
            SessionEventKind.AGENT_LEFT: "An agent left.",
            SessionEventKind.JOURNEY_BLOCK_ENTERED: "The flow reached a block.",
            SessionEventKind.JOURNEY_BLOCK_EXITED: "The flow left a block.",
            SessionEventKind.GOAL_TRIGGERED: "Work towards a goal began.",
            SessionEventKind.GOAL_COMPLETED: "A goal was reached.",
            SessionEventKind.FORM_SUBMITTED: "The contact filled in a form.",
            SessionEventKind.LABEL_ADDED: "A label was added.",
            SessionEventKind.LABEL_REMOVED: "A label was removed.",
            SessionEventKind.CUSTOM_FIELD_SET: "A custom field got a value.",
            SessionEventKind.ANALYSIS_COMPLETED: "An analysis was stored.",
            SessionEventKind.ASSESSED: "The agent's success was assessed.",
            SessionEventKind.COMMENTED: "A comment was written.",
            SessionEventKind.CUSTOM: "Anything else; the event's `name` says what.",
        },
    ),
    Described(
        ReasoningStepKind,
        "What an agent did on the way to an answer.",
        {
            ReasoningStepKind.INTENT: "Recognised what the contact wants.",
            ReasoningStepKind.RETRIEVAL: "Looked up knowledge.",
            ReasoningStepKind.CONDITION: "Evaluated conditions.",
            ReasoningStepKind.ACTION: "Took an action of the flow.",
            ReasoningStepKind.TOOL_CALL: "Called a tool or a service.",
            ReasoningStepKind.MODEL_CALL: "Called a language model.",
            ReasoningStepKind.GUARDRAIL: "Checked the answer against a rule.",
            ReasoningStepKind.HANDOFF: "Decided to pass the session on.",
            ReasoningStepKind.OTHER: "Anything else.",
        },
    ),
    Described(
        CustomFieldTarget,
        "What a custom field belongs to.",
        {
            CustomFieldTarget.CONTACT: "Contacts.",
            CustomFieldTarget.SESSION: "Sessions.",
        },
    ),
    Described(
        CustomFieldType,
        "What values a custom field takes.",
        {
            CustomFieldType.TEXT: "Text.",
            CustomFieldType.NUMBER: "Number.",
            CustomFieldType.DATE: "ISO 8601 date, or an instant with its offset.",
            CustomFieldType.BOOLEAN: "True or false.",
            CustomFieldType.SELECT: "One of the options.",
            CustomFieldType.MULTI_SELECT: "Any number of the options.",
            CustomFieldType.URL: "An http or https URL.",
            CustomFieldType.EMAIL: "E-mail address.",
            CustomFieldType.PHONE: "Telephone number.",
        },
    ),
    Described(
        GoalStatus,
        "How far a session got with a goal.",
        {
            GoalStatus.TRIGGERED: "Pursued, not reached.",
            GoalStatus.COMPLETED: "Reached.",
        },
    ),
    Described(
        JourneyExitKind,
        "How a session left a journey block.",
        {
            JourneyExitKind.ADVANCED: "On to the next block.",
            JourneyExitKind.DROPPED: "The contact gave up here.",
            JourneyExitKind.JUMPED: "To a block elsewhere in the flow.",
            JourneyExitKind.ENDED: "The flow ended here.",
        },
    ),
    Described(
        OpportunityExclusion,
        "Why a lead is no opportunity.",
        {
            OpportunityExclusion.REFUSED: "The contact refused the offer.",
            OpportunityExclusion.UNAVAILABLE: "What was wanted is not to be had.",
            OpportunityExclusion.NO_CONTACT_INFO: "The contact left no way to be reached.",
        },
    ),
    Described(
        Scope,
        "What an API key may do.",
        {
            Scope.SESSIONS_READ: "Read sessions.",
            Scope.MESSAGES_READ: "Read message text, events, timelines and reasoning.",
            Scope.CONTACTS_READ: "Read contacts beyond their display name.",
            Scope.CONTACTS_WRITE: "Create, change and merge contacts.",
            Scope.PII_READ: "See e-mail addresses, telephone numbers and handles unmasked.",
            Scope.INGEST: "Start, continue, end and ingest sessions, and record analyses.",
            Scope.REVIEW: "Change review state, comment, score and re-analyse sessions.",
            Scope.METRICS_READ: "Read metrics, facets and series.",
            Scope.EXPORT: "Take sessions out in files.",
            Scope.WEBHOOKS: "Manage webhooks.",
            Scope.ADMIN: "Manage catalogue, settings and keys, delete, erase, and everything else.",
            Scope.AUDIT_READ: "Read the audit trail.",
        },
    ),
    Described(
        UserErrorCode,
        "Why a write was refused.",
        {
            UserErrorCode.NOT_FOUND: "Nothing of that id or name in the workspace.",
            UserErrorCode.REQUIRED: "A value is missing.",
            UserErrorCode.INVALID: "A value breaks a rule; the message says which.",
            UserErrorCode.TOO_LONG: "A text is longer than allowed.",
            UserErrorCode.TOO_MANY: "A list has more elements than allowed.",
            UserErrorCode.TAKEN: "A unique name or external id is in use.",
            UserErrorCode.CONFLICT: "Parts of the input contradict each other.",
            UserErrorCode.STALE_VERSION: "Somebody else has written since `ifVersion`.",
            UserErrorCode.INVALID_TRANSITION: "The session's state forbids it.",
            UserErrorCode.SESSION_CLOSED: "The session has ended and takes nothing more.",
            UserErrorCode.IDEMPOTENCY_MISMATCH: "The idempotency key was used for another input.",
            UserErrorCode.FORBIDDEN: "The API key lacks a scope, or the contact is blocked.",
            UserErrorCode.LIMIT_EXCEEDED: "A limit is reached.",
        },
    ),
    Described(
        DurationUnit,
        "Unit of a duration that is given as a number.",
        {
            DurationUnit.MILLISECONDS: "Thousandths of a second.",
            DurationUnit.SECONDS: "Seconds.",
            DurationUnit.MINUTES: "Minutes of 60 seconds.",
            DurationUnit.HOURS: "Hours of 60 minutes.",
        },
    ),
    Described(
        OrderDirection,
        "Which way an order runs. Null is smaller than every value.",
        {
            OrderDirection.ASC: "Smallest or oldest first, null before all.",
            OrderDirection.DESC: "Largest or newest first, null after all.",
        },
    ),
    Described(
        SessionOrderField,
        "What sessions are ordered by.",
        {
            SessionOrderField.STARTED_AT: "When it began.",
            SessionOrderField.ENDED_AT: "When it ended; null while open.",
            SessionOrderField.LAST_ACTIVITY_AT: "When something last happened in it.",
            SessionOrderField.UPDATED_AT: "When it was last written.",
            SessionOrderField.DURATION: "From start to end; null while open.",
            SessionOrderField.MESSAGE_COUNT: "Number of messages.",
            SessionOrderField.CONTACT_NAME: "Name of the contact, case and accents aside.",
            SessionOrderField.QUALITY_STARS: "Stars it was rated with; null while unrated.",
            SessionOrderField.ADDITIONAL_SECURED_REVENUE: (
                "Additional secured revenue; null while unassessed."
            ),
        },
    ),
    Described(
        SearchField,
        "Where a search looks.",
        {
            SearchField.SESSION_ID: "The short id.",
            SearchField.EXTERNAL_ID: "The id in the producing system.",
            SearchField.SUMMARY: "The summary.",
            SearchField.TOPIC: "What it is about.",
            SearchField.CONTACT_NAME: "The contact's name; needs CONTACTS_READ.",
            SearchField.CONTACT_EMAIL: "The contact's e-mail; needs CONTACTS_READ and PII_READ.",
            SearchField.CONTACT_PHONE: "The contact's phone; needs CONTACTS_READ and PII_READ.",
            SearchField.AGENT_NAME: "The name of the agent in charge.",
            SearchField.COMMENT: "Notes of reviewers.",
            SearchField.METADATA: "Keys of the metadata, and texts and numbers among its values.",
            SearchField.MESSAGE_TEXT: "What was said; needs MESSAGES_READ.",
        },
    ),
    Described(
        ContactOrderField,
        "What contacts are ordered by.",
        {
            ContactOrderField.NAME: "Name, case and accents aside.",
            ContactOrderField.CREATED_AT: "When the contact was first known.",
            ContactOrderField.LAST_SEEN_AT: "When the contact was last active.",
            ContactOrderField.SESSION_COUNT: "Number of sessions.",
        },
    ),
    Described(
        ImportConflict,
        "UPDATE: given start fields overwrite; messages and events are matched by externalId"
        " (known ones updated, new ones appended, those without one ignored); end applies if"
        " open; startedAt and contact never change.",
        {
            ImportConflict.SKIP: "A known (source, externalId) is left as it is.",
            ImportConflict.UPDATE: "A known session is brought up to date.",
            ImportConflict.FAIL: "A known session is refused.",
        },
    ),
    Described(
        IngestOutcome,
        "What became of one ingested session.",
        {
            IngestOutcome.CREATED: "It is new.",
            IngestOutcome.UPDATED: "It was known and has changed.",
            IngestOutcome.SKIPPED: "It was known and is unchanged.",
            IngestOutcome.FAILED: "It was refused and left nothing behind.",
        },
    ),
)
