"""Log lines for operations: to standard error, one event a line, with values that were chosen and nothing else."""

import logging
import sys

import structlog


def configure(*, verbose: bool = False) -> None:
    """Set up structlog; libraries are heard from WARNING on, and only their kind, never their arguments."""
    logging.basicConfig(level=logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO if verbose else logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
