"""Logs: one JSON object a line on standard error. Events carry ids, codes, counts; never data of a card or person."""

import json
import logging
import sys

import structlog


class _NamesOnly(logging.Formatter):
    """For the lines of libraries: where from, and an error's name. Their texts and tracebacks may hold data."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        return json.dumps({"event": "library", "logger": record.name, "level": record.levelname, "error": error})


def configure_logs() -> None:
    """Sets up this process's logs. An error's text and its locals are never written: they may hold data."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_NamesOnly())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
