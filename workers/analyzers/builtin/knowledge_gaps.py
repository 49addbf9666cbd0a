"""KNOWLEDGE_GAPS: what the contact asked before the agent said that it does not know.

A gap shows as the producer's own mark on the answer, as a RETRIEVAL step that found nothing, or as
a phrase; the question is the contact's last message before the answer.
"""

from models.analyzer_options import GapOptions
from schema.inputs.analysis import AnalysisInput
from workers.analyzers.builtin.phrases import UNKNOWING, phrases
from workers.analyzers.transcript import Transcript, Turn
from workers.analyzers.words import Phrases, shortened

_MOST_GAPS = 100
_MOST_QUESTION = 500


def find_gaps(transcript: Transcript, options: GapOptions) -> AnalysisInput:
    """Each question once, in the order in which they were asked."""
    known = phrases(options.phrases, UNKNOWING, use_defaults=options.use_defaults)
    questions: dict[str, None] = {}
    asked = ""
    for turn in transcript.turns:
        if turn.is_contact:
            asked = shortened(turn.text, _MOST_QUESTION) or asked
        elif turn.is_agent and asked and _is_unknowing(turn, known):
            questions[asked] = None
    return AnalysisInput(knowledge_gaps=list(questions)[:_MOST_GAPS])


def _is_unknowing(turn: Turn, known: Phrases) -> bool:
    return turn.is_missing_knowledge or turn.has_empty_retrieval or known.occur_in(turn.text)
