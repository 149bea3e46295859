"""The page of a refusal: values for its template."""

from dataclasses import dataclass
from typing import ClassVar

from oneclick.languages import Language


@dataclass(frozen=True, kw_only=True)
class RefusalPage:
    """Why an order can't be paid here: ``code`` as ``7.158``; ``order_url`` leads back to it."""

    template: ClassVar[str] = "refusal.html"

    language: Language
    code: str
    title: str
    explanation: str
    advice: str
    for_shop: str
    other_language_url: str | None
    order_url: str | None = None
