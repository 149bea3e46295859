"""The log: one JSON object a line on standard error. Events carry ids, codes, counts; no data of a card or person."""

import json
import logging
import logging.config
import sys
from datetime import UTC, datetime

import structlog

# Libraries whose texts tell of sockets and processes, and can't hold data of a payment.
_HARMLESS = ("_granian", "granian", "psycopg.pool")


class LibraryLine(logging.Formatter):
    """The log's format for libraries: where a line is from, and an error's name. Texts and tracebacks may hold data."""

    def format(self, record: logging.LogRecord) -> str:
        """One line of the log; with its text only from libraries whose texts are harmless."""
        line = {"event": "library", "logger": record.name, "level": record.levelname.lower()}
        line["timestamp"] = datetime.fromtimestamp(record.created, UTC).isoformat()
        if record.name.startswith(_HARMLESS):
            line["message"] = record.getMessage()
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line)


def library_logs() -> dict[str, object]:
    """The settings of the ``logging`` module: warnings of all libraries, and what the web server says of itself."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": LibraryLine}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {"_granian": {"handlers": ["stderr"], "level": "INFO", "propagate": False}},
    }


def configure_logs() -> None:
    """Sets up this process's logs. An error's text and its locals are never written: they may hold data."""
    logging.config.dictConfig(library_logs())
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
