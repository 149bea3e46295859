"""``make messages``: catalogues follow the code, and no translation is lost on the way."""

from pathlib import Path

import pytest
from babel.messages.pofile import PoFileError

from update_messages import updated, used_messages

HEAD = """# A catalogue.
# Its house style.
msgid ""
msgstr ""
"Language: ru\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""
OLD = """#: shop.py
msgid "Gone"
msgstr "Ушло"

# Said by a translator.
#: somewhere_else.py
msgid "Kept"
msgstr "Осталось"
"""
NEW = """#: shop.py templates/page.html
#, python-format
msgid "Pay %(amount)s"
msgstr ""

# Said by a translator.
#: shop.py
msgid "Kept"
msgstr "Осталось"

#: templates/page.html
msgid "Shown"
msgstr ""
"""


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Code and a template with four marked texts, one of them twice."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "shop.py").write_text('marked("Pay %(amount)s")\n\nmarked("Kept")\nprint("Not marked")\n')
    page = "<p>{{ _('Shown') }}</p><p>{{ _('Pay %(amount)s') }}</p>"
    (tmp_path / "templates/page.html").write_text(page)
    (tmp_path / "page.html").write_text("{{ _('No template') }}")
    return tmp_path


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """A catalogue of yesterday."""
    path = tmp_path / "ru/LC_MESSAGES/oneclick.po"
    path.parent.mkdir(parents=True)
    path.write_text(HEAD + OLD)
    return path


def test_translations_stay_new_texts_wait_and_old_ones_go(sources: Path, catalogue: Path) -> None:
    """The head is left alone, and so is what a translator noted."""
    assert updated(catalogue, used_messages(sources)) == HEAD + NEW


def test_what_is_up_to_date_is_written_as_it_was(sources: Path, catalogue: Path) -> None:
    """Nor does a text that only moved to another line change anything."""
    catalogue.write_text(HEAD + NEW)
    (sources / "shop.py").write_text("\n\n" + (sources / "shop.py").read_text())
    assert updated(catalogue, used_messages(sources)) == HEAD + NEW


def test_a_catalogue_that_cannot_be_read_is_not_written_anew(sources: Path, catalogue: Path) -> None:
    """Such as one with a merge left half done: its translations are still in it."""
    catalogue.write_text(HEAD + "<<<<<<< ours\n" + OLD)
    with pytest.raises(PoFileError):
        updated(catalogue, used_messages(sources))
