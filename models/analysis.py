"""How the analysis of a session goes on, and which of its values findings may replace.

PENDING, and due once the session has ended; then COMPLETE, FAILED with a reason, or SKIPPED because
nobody was to find anything. Whoever analyzes moves `analysis_due_at` ahead: until then it is his.
"""

from collections.abc import Sequence
from datetime import datetime

from models.enums import AnalysisStatus, AnalyzerKind, ValueSource
from models.errors import InvalidTransition, Path
from models.session import Session

_ANALYZERS = frozenset({ValueSource.BUILTIN, ValueSource.PROVIDER})


def ask_for_analysis(
    session: Session, kinds: Sequence[AnalyzerKind], now: datetime, path: Path
) -> None:
    """Have these found, besides what has been asked for already; raise InvalidTransition."""
    if session.is_open:
        message = "The session has not ended yet: it is analyzed when it ends."
        raise InvalidTransition(message, path)
    asked = {*kinds, *_awaited(session)}
    vars(session).update(
        analysis_status=AnalysisStatus.PENDING,
        analysis_error=None,
        analysis_kinds=[kind.value for kind in AnalyzerKind if kind in asked],
        analysis_due_at=now,
    )


def _awaited(session: Session) -> list[AnalyzerKind]:
    """What has been asked for and is not found yet; the first analysis finds everything."""
    if session.analysis_status is not AnalysisStatus.PENDING:
        return []
    names: list[str] | None = session.analysis_kinds
    return list(AnalyzerKind) if names is None else [AnalyzerKind(name) for name in names]


def conclude_analysis(session: Session, status: AnalysisStatus, error: str | None = None) -> None:
    """It is over, until somebody asks for it again."""
    vars(session).update(
        analysis_status=status, analysis_error=error, analysis_kinds=None, analysis_due_at=None
    )


def may_replace(
    value: object, owner: ValueSource | None, source: ValueSource, *, on_demand: bool
) -> bool:
    """Whether a finding may take a value's place; `owner` is whom it is from, if that is known.

    Nobody replaces what a person has said. An analyzer fills gaps and replaces what analyzers
    found; what the producer stated it replaces only when somebody asked for the analysis.
    """
    if value is None or source is ValueSource.HUMAN:
        return True
    if owner is ValueSource.HUMAN:
        return False
    return on_demand or source not in _ANALYZERS or owner in _ANALYZERS
