"""Results that a fit keeps on disk while it runs, so that it can be taken up after it was ended."""

from symdcrnn.checkpoint.journal import NO_JOURNAL, Journal, opened_journal

__all__ = ["NO_JOURNAL", "Journal", "opened_journal"]
