"""Mutations as tests send them: whole documents through the schema."""

from typing import Any

SESSION = "id status activity endReason messageCount contactMessageCount version isTest topic"
ERRORS = "userErrors { code message field } changeCursor"

START = f"""mutation($input: SessionStartInput!) {{
  sessionStart(input: $input) {{ session {{ {SESSION} externalId }} isReplay {ERRORS} }} }}"""
APPEND = f"""mutation($input: MessageAppendInput!) {{
  messageAppend(input: $input) {{
    session {{ {SESSION} }} messages {{ id text sequence externalId }}
    sessionOpened isReplay {ERRORS} }} }}"""
RECORD = f"""mutation($input: SessionEventRecordInput!) {{
  sessionEventRecord(input: $input) {{
    session {{ {SESSION} hasMissingKnowledge handledBy handoffs {{ kind }}
      goals {{ goal {{ key }} status }} journey {{ block {{ key }} exitKind }} }}
    isReplay {ERRORS} }} }}"""
END = f"""mutation($input: SessionEndInput!) {{
  sessionEnd(input: $input) {{
    session {{ {SESSION} endedAt duration summary {{ text source }} error {{ code message }}
      statusHistory {{ from to reason }} }} isReplay {ERRORS} }} }}"""
INGEST = f"""mutation($input: SessionIngestBatchInput!) {{
  sessionIngest(input: $input) {{
    created updated skipped failed {ERRORS}
    results {{ index outcome session {{ externalId }} userErrors {{ code message field }} }}
  }} }}"""
CONTACT_SHOWN = """id externalId name displayName email phone company avatarUrl location source
  metadata isBlocked createdAt lastSeenAt
  handles { channelType address } labels { name } customFields { key value }"""
UPSERT = f"""mutation($input: ContactUpsertInput!) {{
  contactUpsert(input: $input) {{ contact {{ {CONTACT_SHOWN} }} isReplay {ERRORS} }} }}"""
MERGE = f"""mutation($input: ContactMergeInput!) {{
  contactMerge(input: $input) {{ contact {{ {CONTACT_SHOWN} }} isReplay {ERRORS} }} }}"""

CONTACT = {"externalId": "c-1", "attributes": {"name": "Ada"}}


def start(**parts: Any) -> dict[str, Any]:
    """Input of sessionStart."""
    return {"input": {"contact": CONTACT, "channelType": "WEB", **parts}}


def append(text: str = "hi", **parts: Any) -> dict[str, Any]:
    """Input of a routed messageAppend with one message."""
    messages = parts.pop("messages", [{"senderType": "CONTACT", "text": text}])
    return {"input": {"contact": CONTACT, "channelType": "WEB", "messages": messages, **parts}}


def error(code: str, message: str, *field: str) -> dict[str, Any]:
    """A user error as clients see it."""
    return {"code": code, "message": message, "field": list(field) or None}
