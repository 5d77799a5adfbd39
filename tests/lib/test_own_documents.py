"""A reader's own documents: every shape that they come in, and the command that finds topics in them."""

import csv
import json
import re

import numpy as np
import pytest

from latentkit.commands.cli import main
from latentkit.commands.topics import find_topics, trends
from latentkit.commands.topics_page import topics_page
from latentkit.data.own_documents import read_documents
from latentkit.topics import load_topics

TEXTS = ["the ship sails the sea", "a sailor on a ship at sea", "bake the bread, butter the bread", "butter and bread"]
DATES = ["2001-05-01", "spring 2001", "May 2003", "2004"]


@pytest.fixture
def folder(tmp_path):
    for number, text in enumerate(TEXTS):
        place = tmp_path / "mine" / ("deep" if number % 2 else ".") / f"{number}.txt"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    (tmp_path / "mine" / "picture.png").write_bytes(b"\x89PNG")
    return tmp_path / "mine"


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "talks.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["title", "abstract", "date"])
        writer.writerows(
            (f"talk {number}", text, date) for number, (text, date) in enumerate(zip(TEXTS, DATES, strict=True))
        )
    return path


def test_every_text_file_of_a_folder_is_a_document(folder):
    found = read_documents(folder)
    assert sorted(found.texts) == sorted(TEXTS) and "deep/1.txt" in found.titles and found.years is None


def test_years_come_from_the_names_of_files(tmp_path):
    for name in ("1789-Washington.txt", "Speech of 2009 (12345).txt", "undated.txt"):
        (tmp_path / name).write_text("we the people")
    found = read_documents(tmp_path, by_year="name")
    assert found.years == [1789, 2009] and found.skipped == ["undated.txt: no year in 'undated.txt'"]
    with pytest.raises(ValueError, match="has no columns; a folder goes with --by-year name"):
        read_documents(tmp_path, by_year="year")


def test_a_row_of_a_table_is_a_document_with_title_and_year(table):
    found = read_documents(table, "abstract", "date")
    assert found.texts == TEXTS
    assert found.titles == ["talk 0", "talk 1", "talk 2", "talk 3"]
    assert found.years == [2001, 2001, 2003, 2004]


@pytest.mark.parametrize("delimiter, name", [(";", "t.csv"), ("\t", "t.tsv"), (",", "T.CSV")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_tables_come_with_other_delimiters_and_encodings(tmp_path, delimiter, name, encoding):
    lines = [delimiter.join(("when", "text")), delimiter.join(("1999", '"Möwe, ""See""\nzwei Zeilen"'))]
    (tmp_path / name).write_bytes("\r\n".join(lines).encode(encoding))
    found = read_documents(tmp_path / name, by_year="when")
    assert found.texts == ['Möwe, "See"\nzwei Zeilen'] and found.years == [1999]


def test_a_line_of_json_is_a_document(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text(
        "\n\n".join(json.dumps({"title": "one", "text": text, "year": 1990 + i}) for i, text in enumerate(TEXTS))
    )
    found = read_documents(path, by_year="year")
    assert found.texts == TEXTS and found.titles == ["one"] * 4 and found.years == [1990, 1991, 1992, 1993]


def test_a_line_of_a_text_file_is_a_document(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("\n\n".join(TEXTS))
    found = read_documents(path)
    assert found.texts == TEXTS and found.titles == ["line 1", "line 3", "line 5", "line 7"]


def test_rows_without_a_text_or_a_year_are_named(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("text,year\nship,2001\n,2002\nsea,soon\nbread\n")
    found = read_documents(path, by_year="year")
    assert found.texts == ["ship"]
    assert found.skipped == ["row 2: no text", "row 3: no year in 'soon'", "row 4: no year in 'None'"]


@pytest.mark.parametrize(
    "name, content, options, message",
    [
        ("t.csv", "a,b\n1,2\n", {}, "row 1: no column 'text'; there are: 'a', 'b'; name one: --column NAME"),
        ("t.csv", "a,b\n1,2\n", {"column": "c"}, "row 1: no column 'c'; there are: 'a', 'b'"),
        ("t.csv", "text\nship\n", {"by_year": "when"}, "row 1: no column 'when'; there are: 'text'"),
        ("t.csv", "text,year\n", {}, "holds no document"),
        ("t.csv", "text,year\n,\n", {}, "holds no document; row 1: no text"),
        ("t.jsonl", '{"text": "a"}\n{"text"\n', {}, "line 2 is not JSON"),
        ("t.jsonl", "[1]\n", {}, "line 1 must be a JSON object"),
        ("t.jsonl", "[" * 100_000, {}, "line 1 is not JSON"),
        ("t.txt", "", {}, "holds no document"),
        ("t.txt", "ship", {"column": "text"}, "has no columns"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path, capsys, name, content, options, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(ValueError) as refused:
        read_documents(tmp_path / name, **options)
    assert message in str(refused.value)
    flags = [part for option, value in options.items() for part in (f"--{option.replace('_', '-')}", value)]
    assert main(["topics", str(tmp_path / name), *flags]) == 2
    assert message in capsys.readouterr().err


def test_a_picture_an_empty_folder_and_nothing_are_refused(tmp_path, capsys):
    (tmp_path / "picture.jpg").write_bytes(bytes(range(256)) * 50)
    (tmp_path / "empty").mkdir()
    for name, code, message in (
        ("picture.jpg", 2, "is not a text file"),
        ("empty", 2, "holds no .txt file"),
        ("nosuch", 1, "nosuch"),
    ):
        assert main(["topics", str(tmp_path / name)]) == code
        assert message in capsys.readouterr().err


@pytest.fixture(scope="module")
def talks(tmp_path_factory):
    """Documents of two subjects, of which one is left for the other over four years."""
    random = np.random.default_rng(0)
    sea, kitchen = ["ship", "sailor", "harbour", "anchor", "storm"], ["bread", "butter", "oven", "flour", "sugar"]
    rows = ["title,text,year"]
    for number in range(80):
        year, place = divmod(number, 20)
        subject, words = ("sea", sea) if place < 16 - 4 * year else ("kitchen", kitchen)
        rows.append(f"{subject} {number},{' '.join(random.choice(words, 30))},{2000 + year}")
    path = tmp_path_factory.mktemp("talks") / "talks.csv"
    path.write_text("\n".join(rows))
    return path


@pytest.mark.parametrize("method", ["gibbs", "variational"])
def test_topics_and_their_trends_are_found(talks, method):
    found = find_topics(talks, k=2, method=method, by_year="year")
    sea = next(k for k, words in enumerate(found.words) if "ship" in words[:5])
    assert sorted(found.words[sea][:5]) == sorted(["ship", "sailor", "harbour", "anchor", "storm"])
    years, shares = trends(found)
    assert years == [2000, 2001, 2002, 2003]
    truth = [
        np.mean([title.startswith("sea") for title, y in zip(found.titles, found.years, strict=True) if y == year])
        for year in years
    ]
    assert np.allclose(shares[:, sea], truth, atol=0.02) and np.allclose(shares.sum(1), 1)


def test_the_command_prints_what_it_found_and_saves_the_model(talks, tmp_path, capsys):
    arguments = ["topics", str(talks), "--k", "2", "--by-year", "year", "--save", str(tmp_path / "model")]
    assert main(arguments) == 0
    told = capsys.readouterr().out
    assert "80 documents, 2,400 tokens of 10 words, 2 topics" in told and "2000:" in told and "2003:" in told
    assert main([*arguments, "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert [topic["size"] for topic in content["topics"]] == sorted(
        (t["size"] for t in content["topics"]), reverse=True
    )
    assert all(len(topic["share_by_year"]) == 4 and len(topic["documents"]) == 3 for topic in content["topics"])
    assert load_topics(tmp_path / "model").topic_word_.shape == (2, 10)
    assert len(json.loads((tmp_path / "model" / "words.json").read_text())) == 10


def test_documents_that_are_left_out_are_counted(talks, tmp_path, capsys):
    path = tmp_path / "more.csv"
    path.write_text(talks.read_text() + "\n" + "\n".join(f"odd,unheard{i},2001" for i in range(3)) + "\n,,\n" * 7)
    assert main(["topics", str(path), "--k", "2"]) == 0
    told = capsys.readouterr().err
    assert "left out: 3 documents in which no word stayed" in told
    assert told.count("no text") == 5 and "left out: 2 more" in told


def test_the_page_stands_by_itself(talks, tmp_path, capsys):
    page = tmp_path / "talks <b>.html"
    assert main(["topics", str(talks), "--k", "2", "--by-year", "year", "--html", str(page)]) == 0
    assert f"page: {page}" in capsys.readouterr().out
    html = page.read_text(encoding="utf-8")
    assert 'data-latentkit-figure="topic_browser-' in html and "Topics over time" in html
    assert not re.search(r'(?:src|href)="(?!data:|#)', html), "nothing is fetched"
    assert html.count("<h2>") == 3 and "sea 0" in html


def test_a_page_of_hostile_titles_holds_them_as_text(tmp_path):
    path = tmp_path / "t.csv"
    bad = "<script>alert(1)</script>"
    path.write_text("title,text\n" + "\n".join(f"{bad},ship anchor word{i % 3}" for i in range(9)))
    html = topics_page(find_topics(path, k=2, max_share=1.0), bad)
    assert bad not in html


def test_a_page_that_cannot_be_written_is_a_line(talks, tmp_path, capsys):
    assert main(["topics", str(talks), "--k", "2", "--html", str(tmp_path / "nosuch" / "page.html")]) == 1
    assert "page.html" in capsys.readouterr().err


def test_what_was_found_is_printed_where_the_page_cannot_be_written(talks, tmp_path, capsys):
    assert main(["topics", str(talks), "--k", "2", "--json", "--html", str(tmp_path / "nosuch" / "page.html")]) == 1
    assert len(json.loads(capsys.readouterr().out)["topics"]) == 2


def test_json_may_hold_other_ends_of_lines(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text(
        json.dumps({"text": "ship\u2028sea\u0085storm"}, ensure_ascii=False) + "\r\n", encoding="utf-8", newline=""
    )
    assert read_documents(path).texts == ["ship\u2028sea\u0085storm"]
