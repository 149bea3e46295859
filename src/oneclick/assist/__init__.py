"""The ASSIST protocol as pure code: requests, signatures, codes, dates, texts. Source: docs/protocol/assist.md."""
