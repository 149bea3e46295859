"""The texts of errors in an input that pydantic refused: what to do, and never the value."""

from pydantic_core import ErrorDetails

_WHAT_TO_DO = {
    "missing": "is missing; give it a value",
    "extra_forbidden": "is unknown; correct the name or take it out",
}


def what_to_do(item: ErrorDetails) -> str:
    """The text of an error: what is wrong with one value, and so what to do, without the value."""
    return _WHAT_TO_DO.get(item["type"], item["msg"].removeprefix("Value error, "))
