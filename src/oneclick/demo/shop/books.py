"""The books that the shop sells. Every title and author is invented."""

# ruff: noqa: RUF001  # Russian text: its letters look like Latin ones

from dataclasses import dataclass

CURRENCY = "RUB"


@dataclass(frozen=True)
class Book:
    """A book of the shop; texts by language, the price in kopecks."""

    id: str
    title: dict[str, str]
    author: dict[str, str]
    price_minor: int

    @property
    def amount(self) -> str:
        """The price as the protocol writes it: ``490.50``."""
        return f"{self.price_minor // 100}.{self.price_minor % 100:02}"


def _book(book_id: str, english: tuple[str, str], russian: tuple[str, str], price_minor: int) -> Book:
    title = {"en": english[0], "ru": russian[0]}
    author = {"en": english[1], "ru": russian[1]}
    return Book(book_id, title, author, price_minor)


_SHELF = (
    _book(
        "lighthouse",
        ("The Lighthouse at Half Past Four", "Marta Veresova"),
        ("Маяк в половине пятого", "Марта Вересова"),
        490_50,
    ),
    _book("rain", ("A Short History of Rain", "Ivo Lindt"), ("Краткая история дождя", "Иво Линдт"), 649_99),
    _book(
        "garden",
        ("Letters to a Northern Garden", "Anna Tikhorechkina"),
        ("Письма северному саду", "Анна Тихоречкина"),
        385_00,
    ),
    _book(
        "rooms",
        ("The Cartographer of Small Rooms", "Teodor Brass"),
        ("Картограф тесных комнат", "Теодор Брасс"),
        1250_00,
    ),
    _book("tea", ("Tea with the Astronomers", "Lidia Zorkaya"), ("Чай с астрономами", "Лидия Зоркая"), 720_10),
    _book("bridges", ("Nine Bridges and a Boat", "Pavel Onegov"), ("Девять мостов и лодка", "Павел Онегов"), 99_90),
)
BOOKS = {book.id: book for book in _SHELF}
