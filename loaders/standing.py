"""Ids that went into others when contacts were merged: what finds the ids that took their place.

A merged contact's row points at the winner, which is never one that was merged itself. A loser's
conversation without a thread stays with it, empty, where the winner has one on the same channel.
"""

STANDING_CONTACT = 'SELECT COALESCE(m."merged_into_id", m."id") FROM "contact" m WHERE {}'
"""For a condition on the `id` of `m`."""
STANDING_CONVERSATION = (
    'SELECT COALESCE(k."id", m."id") FROM "conversation" m'
    ' JOIN "contact" o ON o."id" = m."contact_id"'
    ' LEFT JOIN "conversation" k ON k."contact_id" = o."merged_into_id"'
    ' AND k."channel_type" = m."channel_type"'
    ' AND COALESCE(k."channel_id", 0) = COALESCE(m."channel_id", 0) AND k."external_id" IS NULL'
    " WHERE {}"
)
"""The same of conversations."""
