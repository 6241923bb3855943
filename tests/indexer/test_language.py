import pytest
from fakes import article

from indexer.language import language_of, with_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The mayor resigned on Tuesday after a long debate in the council about the bridge.", "en"),
        ("Der Bürgermeister trat am Dienstag nach einer langen Debatte im Rat zurück.", "de"),
        ("Le maire a démissionné mardi après un long débat au conseil municipal.", "fr"),
        ("시장은 화요일에 의회에서 긴 토론 끝에 사임했다.", "ko"),
        ("Storm hits coast", None),
        ("7-0, 2-1, 3-3, 4-4, 1-0, 2-2, 0-0, 5-1, 3-2, 1-1, 2-0, 4-1, 3-0, 2-3", None),
        ("", None),
    ],
)
def test_a_language_is_told_or_left_open(text, language):
    assert language_of(text) == language


def test_a_stated_language_stays():
    german = "Der Bürgermeister trat am Dienstag nach einer langen Debatte im Rat zurück."
    assert with_language(article(1, german, language="en-GB")).language == "en-GB"
    assert with_language(article(1, german)).language == "de"
