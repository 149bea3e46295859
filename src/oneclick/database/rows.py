"""Rows as frozen values: a column whose field is an enum becomes its member, and None stays None."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import Enum
from typing import Any, TypeVar, get_args, get_type_hints

from psycopg.rows import BaseRowFactory

Row = TypeVar("Row")


def columns(row: type[Any], table: str | None = None) -> str:
    """The row's columns as a statement names them, each with its table if one is given."""
    return ", ".join(f"{table}.{field.name}" if table else field.name for field in fields(row))


def row_maker(row: type[Row]) -> Callable[[Mapping[str, Any]], Row]:
    """A function that makes a row of columns by name; raises ``ValueError`` on a word that an enum hasn't got."""
    enums = {name: enum for name, hint in get_type_hints(row).items() if (enum := _enum(hint)) is not None}

    def make(values: Mapping[str, Any]) -> Row:
        words = {name: enum(values[name]) for name, enum in enums.items() if values[name] is not None}
        return row(**{**values, **words})

    return make


def rows_of(row: type[Row]) -> BaseRowFactory[Row]:
    """The row factory of a cursor whose statement names the row's columns."""
    make = row_maker(row)

    def factory(cursor: Any) -> Callable[[Any], Row]:  # noqa: ANN401  # psycopg's own signature
        names = [column.name for column in cursor.description or ()]
        return lambda values: make(dict(zip(names, values, strict=True)))

    return factory


def _enum(hint: Any) -> type[Enum] | None:  # noqa: ANN401  # any type hint
    options = [option for option in get_args(hint) or (hint,) if isinstance(option, type)]
    return next((option for option in options if issubclass(option, Enum)), None)
