"""The shop's texts in its two languages. A page asks for a word by its key."""

# ruff: noqa: RUF001  # Russian text: its letters look like Latin ones

from oneclick.demo.shop.orders import Status

LANGUAGES = ("en", "ru")

_WORDS: dict[str, tuple[str, str]] = {
    "shop": ("The Paper Lantern", "Бумажный фонарик"),
    "motto": ("a small bookshop", "маленький книжный магазин"),
    "demo": (
        "A demonstration: the books are invented, and no real money moves.",
        "Демонстрация: книги вымышлены, настоящие деньги не списываются.",
    ),
    "books": ("Books", "Книги"),
    "my_orders": ("My orders", "Мои заказы"),
    "other_language": ("Русский", "English"),
    "your_name": ("Your name", "Ваше имя"),
    "sign_in": ("Sign in", "Войти"),
    "sign_out": ("Sign out", "Выйти"),
    "sign_in_first": ("Sign in with any name to buy a book.", "Чтобы купить книгу, войдите под любым именем."),
    "bad_name": ("A name has 1 to 60 letters.", "В имени от 1 до 60 букв."),
    "buy": ("Buy", "Купить"),
    "test_cards": ("Cards to try", "Тестовые карты"),
    "approves": ("The payment goes through", "Платёж пройдёт"),
    "insufficient": ("Not enough money on the card", "На карте не хватит денег"),
    "declines": ("The bank declines", "Банк откажет"),
    "any_expiry": (
        "Any expiry in the future, any name, any CVC2 but 000. Buy twice: next time you'll only be asked for the CVC2.",
        "Любой срок в будущем, любое имя, любой CVC2, кроме 000. Купите дважды: во второй раз спросят только CVC2.",
    ),
    "order": ("Order", "Заказ"),
    "book": ("Book", "Книга"),
    "amount": ("Amount", "Сумма"),
    "state": ("State", "Состояние"),
    "told": ("The gateway told us", "Уведомление от шлюза"),
    "asked": ("The gateway says when asked", "Ответ на запрос"),
    "customer": ("Customer number", "Номер покупателя"),
    "yes": ("yes", "да"),
    "no": ("no", "нет"),
    "nothing": ("nothing yet", "пока ничего"),
    "no_answer": (
        "The payment gateway can't be asked just now. We go on trying.",
        "Платёжный шлюз сейчас не отвечает. Мы продолжаем спрашивать.",
    ),
    "no_orders": ("You have no orders yet.", "У вас ещё нет заказов."),
    "go_on": ("Go to payment", "Перейти к оплате"),
    "again": ("Try to pay again", "Попробовать оплатить ещё раз"),
    "not_found": ("There is no such page", "Такой страницы нет"),
    "not_found_more": (
        "Perhaps the address is mistyped, or the order is another reader's.",
        "Возможно, в адресе ошибка, или это заказ другого читателя.",
    ),
    "refused": ("The shop can't do that", "Так не получится"),
    "refused_more": (
        "What the browser sent is damaged, too large, or not meant for this address.",
        "Браузер прислал что-то повреждённое, слишком большое или не по адресу.",
    ),
    f"{Status.PAID}": ("Paid", "Оплачен"),
    f"{Status.WAITING}": ("Waiting for payment", "Ожидает оплаты"),
    f"{Status.CONFIRMING}": ("Being confirmed", "Подтверждается"),
    f"{Status.DECLINED}": ("Declined", "Отклонён"),
    f"{Status.EXPIRED}": ("Not paid in time", "Не оплачен вовремя"),
    f"{Status.CANCELED}": ("Canceled", "Отменён"),
    f"{Status.PAID}_more": ("Thank you! The book is on its way.", "Спасибо! Книга уже в пути."),
    f"{Status.WAITING}_more": (
        "This page refreshes by itself when the payment is confirmed.",
        "Страница обновится сама, когда оплата подтвердится.",
    ),
    f"{Status.CONFIRMING}_more": (
        "We are waiting for the gateway to confirm the payment. This page refreshes by itself.",
        "Ждём, когда шлюз подтвердит оплату. Страница обновится сама.",
    ),
    f"{Status.DECLINED}_more": (
        "The payment didn't go through and nothing was charged.",
        "Платёж не прошёл, деньги не списаны.",
    ),
    f"{Status.EXPIRED}_more": (
        "The time to pay is over. Nothing was charged.",
        "Время на оплату вышло. Деньги не списаны.",
    ),
    f"{Status.CANCELED}_more": ("The payment was given back.", "Оплата возвращена."),
}


def words(language: str) -> dict[str, str]:
    """Every text in ``en`` or ``ru``, by its key."""
    return {key: pair[LANGUAGES.index(language)] for key, pair in _WORDS.items()}


def price(amount: str, language: str) -> str:
    """An amount in roubles for people: ``1,250.00 ₽``, in Russian ``1 250,00 ₽`` with spaces that don't break."""
    whole, kopecks = amount.split(".")
    grouped = f"{int(whole):,}.{kopecks}"
    if language == "ru":
        grouped = grouped.translate({ord(","): "\N{NO-BREAK SPACE}", ord("."): ","})
    return f"{grouped}\N{NO-BREAK SPACE}\N{RUBLE SIGN}"
