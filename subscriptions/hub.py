"""Wake-ups: who listens to a workspace is told that its change log has grown.

A message carries a workspace and a sequence number and is only a hint: a listener reads the log.
"""


class Hub:
    """Under construction."""
