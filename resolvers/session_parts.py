"""What of a session depends on the clock or on the viewer's workspace as well as on its row."""

from decimal import Decimal

from loaders.viewer import Viewer
from models.enums import DurationUnit, SessionLengthClass
from models.facts import success_factor
from models.session import Session
from models.session_display import lead_value, length_class, running_time, session_url


def elapsed(session: Session, viewer: Viewer, unit: DurationUnit | None) -> float:
    """Running time while open, total once ended; in seconds unless asked otherwise."""
    return running_time(session, viewer.now(), unit or DurationUnit.SECONDS)


def classified_length(session: Session, viewer: Viewer) -> SessionLengthClass | None:
    """By the thresholds of the workspace."""
    return length_class(session, viewer.settings)


def session_link(session: Session, viewer: Viewer) -> str | None:
    """By the template of the workspace."""
    return session_url(session, viewer.settings)


def valued_lead(session: Session, viewer: Viewer) -> Decimal:
    """With the default of the workspace."""
    return lead_value(session, viewer.settings)


def effective_success(session: Session) -> float | None:
    """Of the effective assessment."""
    return success_factor(session.assessment)
