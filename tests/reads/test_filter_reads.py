"""What a filter says that it reads: rights and streams depend on it."""

from typing import Any

import orjson
import pytest

from loaders.prepared_filter import prepared
from loaders.session_filter import SESSION_FIELDS, matching
from loaders.viewer import Viewer
from models.enums import CustomFieldTarget
from schema.inputs.document import client_name, parsed
from schema.inputs.session_filter import SessionFilter
from tests.reads.client import global_id
from tests.reads.rows import Rows

ALWAYS = {"is_archived"}
TEXT = {"eq": "x"}
AT = {"gte": "2026-01-01T00:00:00Z"}
READS: list[tuple[dict[str, Any], set[str]]] = [
    ({"id": {"isNull": False}}, {"id"}),
    ({"externalId": TEXT}, {"external_id"}),
    ({"source": TEXT}, {"source"}),
    ({"status": {"eq": "ACTIVE"}}, {"status"}),
    ({"activity": {"eq": "LIVE"}}, {"activity"}),
    ({"isOpen": True}, {"ended_at"}),
    ({"endReason": {"isNull": True}}, {"end_reason"}),
    ({"channelType": {"eq": "WEB"}}, {"channel_type"}),
    ({"channelId": {"isNull": True}}, {"channel_id"}),
    ({"modality": {"eq": "TEXT"}}, {"modality"}),
    ({"agent": {"id": {"isNull": True}, "name": TEXT}}, {"agent_id", "agent.name"}),
    ({"contact": {"id": {"isNull": False}}}, {"contact_id"}),
    ({"contact": {"not": {"email": TEXT}}}, {"contact.email"}),
    ({"contact": {"labels": {"isEmpty": True}}}, {"contact.labels"}),
    (
        {"contact": {"customFields": [{"key": "tier", "isSet": True}]}},
        {"contact.custom_fields", "contact.custom_fields.tier"},
    ),
    ({"contact": {"metadata": [{"path": "a", "exists": True}]}}, {"contact.metadata"}),
    ({"conversationId": {"isNull": False}}, {"conversation_id"}),
    ({"labels": {"none": {"name": TEXT}}}, {"labels", "label.name"}),
    (
        {"customFields": [{"key": "ssn", "text": TEXT}]},
        {"custom_fields", "custom_fields.ssn", "personal_data"},
    ),
    ({"metadata": [{"path": "a", "text": TEXT}]}, {"metadata"}),
    ({"topic": TEXT}, {"topic"}),
    ({"summary": TEXT}, {"summary_text"}),
    ({"comment": TEXT}, {"comments"}),
    ({"messageText": TEXT}, {"messages", "message.text"}),
    ({"sentiment": {"isNull": True}}, {"sentiment_label"}),
    ({"startedAt": AT}, {"started_at"}),
    ({"endedAt": AT}, {"ended_at"}),
    (
        {"activeDuring": {"from": AT["gte"], "to": AT["gte"]}},
        {"started_at", "ended_at"},
    ),
    ({"lastActivityAt": {"last": "P1D"}}, {"last_activity_at"}),
    ({"createdAt": AT}, {"created_at"}),
    ({"updatedAt": AT}, {"updated_at"}),
    ({"durationSeconds": {"gt": 1}}, {"duration_ms"}),
    ({"lengthClass": {"in": []}}, {"duration_ms", "settings"}),
    ({"messageCount": {"gt": 1}}, {"message_count"}),
    ({"contactMessageCount": {"gt": 1}}, {"contact_message_count"}),
    ({"hasResponses": True}, {"contact_message_count"}),
    ({"hasMissingKnowledge": True}, {"has_missing_knowledge"}),
    ({"hasHandoff": True}, {"has_handoff"}),
    ({"handledBy": {"eq": "NOBODY"}}, {"handled_by"}),
    ({"goals": {"some": {"key": "x"}}}, {"goals", "goal.key"}),
    ({"journey": {"some": {"key": "x", "isLast": True}}}, {"journey", "journey_block.key"}),
    ({"forms": {"isEmpty": True}}, {"forms"}),
    ({"scores": {"none": {"name": "x", "value": {"gt": 1}}}}, {"scores"}),
    ({"events": {"some": {"at": AT}}}, {"events"}),
    ({"isLead": True}, {"is_lead"}),
    ({"isOpportunity": False}, {"is_opportunity"}),
    ({"autoAssessment": {"isNull": True}}, {"auto_assessment"}),
    ({"humanAssessment": {"isNull": True}}, {"human_assessment"}),
    ({"assessment": {"eq": "NO"}}, {"auto_assessment", "human_assessment"}),
    ({"qualityStars": {"eq": 1}}, {"stars"}),
    ({"additionalSecuredRevenue": {"gt": "1"}}, {"additional_secured_revenue"}),
    ({"isTest": True}, {"is_test"}),
    ({"isTodo": True}, {"is_todo"}),
    ({"isDone": True}, {"is_done"}),
    ({"isArchived": True}, {"is_archived"}),
    ({"isFavorite": True}, {"is_favorite"}),
    ({"utm": {"source": TEXT, "term": TEXT}}, {"utm_source", "utm_term"}),
]


async def reads(viewer: Viewer, filter: dict[str, Any]) -> set[str]:
    wanted = await prepared(viewer, parsed(SessionFilter, orjson.dumps(filter)))
    return set(matching(viewer, wanted).reads)


async def test_a_condition_names_every_field_that_it_reads(viewer: Viewer) -> None:
    rows = Rows(viewer)
    rows.field("ssn", is_personal_data=True)
    rows.field("tier", applies_to=CustomFieldTarget.CONTACT)
    view = rows.view({"or": [{"topic": TEXT}, {"isArchived": True}]})
    await rows.save()

    assert [(one, await reads(viewer, one) - ALWAYS) for one, _ in READS] == [
        (one, expected - ALWAYS) for one, expected in READS
    ]
    assert await reads(viewer, {"savedViewId": global_id(view)}) == {"topic", "is_archived"}


def test_every_field_is_among_them() -> None:
    fields = {client_name(name) for name in SESSION_FIELDS}

    assert fields - {name for filter, _ in READS for name in filter} <= {"savedViewId", "search"}


@pytest.mark.parametrize("negated", [False, True])
async def test_it_does_so_however_deep_it_stands(viewer: Viewer, *, negated: bool) -> None:
    filter: dict[str, Any] = {"or": [{"and": [{"messageText": TEXT}]}, {"topic": TEXT}]}

    found = await reads(viewer, {"not": filter} if negated else filter)

    assert found == {"messages", "message.text", "topic", "is_archived"}
