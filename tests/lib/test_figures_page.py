"""`latentkit figures`: one page that holds the problem sets' figures and fetches nothing."""

import re

import pytest

from latentkit import explore
from latentkit.commands import figures
from latentkit.commands.cli import main


def names(html):
    """Of the figures, without the end that tells their content."""
    return [key.rsplit("-", 1)[0] for key in re.findall(r'<div [^>]*data-latentkit-figure="([\w-]+)"', html)]


def is_whole(html, count):
    assert len(names(html)) == count == html.count("<h2>")
    assert not re.search(r'(?:src|href)="(?!data:|#)', html), "nothing is fetched"


def test_a_page_of_two_figures_stands_by_itself(tmp_path, capsys, monkeypatch):
    cheap = [figure for figure in figures.FIGURES if figure[2] in (explore.elbo_gap, explore.annealing_schedules)]
    monkeypatch.setattr(figures, "FIGURES", cheap)
    assert main(["figures", str(tmp_path / "new" / "page.html")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'new' / 'page.html'}\n"
    is_whole((tmp_path / "new" / "page.html").read_text(encoding="utf-8"), 2)


@pytest.mark.slow
def test_the_page_holds_every_figure():
    html = figures.figures_page()
    is_whole(html, len(figures.FIGURES))
    assert sorted(names(html)) == sorted(explore.__all__)


def test_a_page_that_cannot_be_written_is_a_line_before_the_work(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(figures, "figures_page", lambda: pytest.fail("it worked"))
    (tmp_path / "file").write_text("")
    assert main(["figures", str(tmp_path / "file" / "page.html")]) == 1
    assert "the page cannot be written" in capsys.readouterr().err
