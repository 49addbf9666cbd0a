"""What an analyzer or an importer knows about a session as a whole."""

from typing import Annotated

from pydantic import Field
from strawberry import ID

from models.enums import AnalyzerKind, AssessmentCode, OpportunityExclusion, SentimentLabel
from schema.inputs.custom_field import CustomFieldValues
from schema.inputs.document import document, optional, required
from schema.inputs.limits import Amount, FiniteFloat, LabelNames, SignedShare
from schema.inputs.session import SessionRef
from schema.scalars import LongText, Name


@document("A named annotation, such as a rubric's verdict or a customer's rating.")
class ScoreInput:
    """A score; the name says what is measured."""

    name: Name = required("What is measured.")
    value: FiniteFloat | None = optional("Measured number, in the measure's own unit.")
    label: Name | None = optional("Verdict in words.")
    comment: LongText | None = optional("Reason for the verdict.")


Scores = Annotated[list[ScoreInput], Field(max_length=100)]
Highlights = Annotated[list[LongText], Field(max_length=50)]
Questions = Annotated[list[LongText], Field(max_length=100)]


@document("Findings about a session. Values that a person has set are never overwritten.")
class AnalysisInput:
    """Findings of one analyzer."""

    provider: Name | None = optional("Analyzer that produced the findings.")
    model: Name | None = optional("Model the analyzer used.")
    summary: LongText | None = optional("What the session was about and how it ended.")
    highlights: Highlights | None = optional("Moments worth reading.")
    sentiment: SentimentLabel | None = optional("Mood of the contact.")
    sentiment_score: SignedShare | None = optional("Mood from -1 (negative) to 1 (positive).")
    topic: Name | None = optional("Intent category.")
    labels: LabelNames | None = optional("Names of labels to add; unknown ones are created.")
    custom_fields: CustomFieldValues | None = optional("Values of custom fields of sessions.")
    assessment: AssessmentCode | None = optional("How well the agent did.")
    is_lead: bool | None = optional("The contact showed an intent to buy.")
    is_opportunity: bool | None = optional("The lead could be won.")
    exclusion: OpportunityExclusion | None = optional("Why a lead is no opportunity.")
    lead_value: Amount | None = optional("What the contact would have paid.")
    expected_result: LongText | None = optional("What should have come out.")
    actual_result: LongText | None = optional("What did come out.")
    knowledge_gaps: Questions | None = optional("Questions the agent could not answer.")
    scores: Scores | None = optional("Named annotations.")


@document("Findings of somebody else about a session.")
class SessionAnalysisRecordInput:
    """What was found, and about which session."""

    session: SessionRef = required("The session, open or ended.")
    analysis: AnalysisInput = required("What was found.")


Kinds = Annotated[list[AnalyzerKind], Field(max_length=len(AnalyzerKind))]


@document("A session to analyze anew.")
class SessionReanalyzeInput:
    """What is to be found out about which session."""

    id: ID = required("Session.")
    kinds: Kinds | None = optional("What to find; all that is enabled when left out.")
