"""Corpora of dated documents by name, for topic models.

What is wrong with the real ones, and what is done about it, stands at each loader.
"""

import io
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from latentkit.data.counting import Counts
from latentkit.data.download import DataError, read
from latentkit.data.lda_c import read_lda_c
from latentkit.data.planted import Planted, planted_magazine
from latentkit.data.registry import data_set

SEED = 0  # of the embedded corpus


@dataclass(frozen=True)
class Documents:
    """A corpus of dated documents.

    Attributes:
        name: what it is loaded by.
        texts: one string a document, [D].
        titles: what to call each, [D].
        dates: "2016" or "1988-12-18", [D].
        planted: what an embedded corpus was drawn from; None for a real one.
    """

    name: str
    texts: list[str]
    titles: list[str]
    dates: list[str]
    planted: Planted | None = None

    @property
    def years(self) -> NDArray[np.int64]:
        """The year of each document, [D]."""
        return np.array([int(date[:4]) for date in self.dates])


def load_documents(name: str = "embedded") -> Documents:
    """Load a corpus.

    Args:
        name: "embedded" (drawn from known topics, nothing to download), "ap", "acl", "inaugural" or "state_union".
    Raises:
        ValueError: there is no such corpus.
        MissingFile: its files have not been downloaded; the message says how to get them.
    """
    if name not in LOADERS:
        raise ValueError(f"no corpus of documents {name!r}; there are: {', '.join(LOADERS)}")
    return LOADERS[name]()


def load_counts(name: str = "ap") -> Counts:
    """Load a corpus that is published as counts: "ap", whose vocabulary was filtered by its publishers.

    Rows are in the order of `load_documents(name)`.

    Raises:
        ValueError: there is no such corpus.
        MissingFile: its files have not been downloaded.
    """
    if name != "ap":
        raise ValueError(f"no counts of {name!r}; there are: ap. Others: count_words(load_documents({name!r}).texts)")
    return read_lda_c(_ap_member("ap.dat").splitlines(), _ap_member("vocab.txt").splitlines())


def _embedded() -> Documents:
    """1,200 articles of ten planted topics over ten years."""
    texts, years, planted = _magazine()
    titles = [f"article {number + 1}" for number in range(len(texts))]
    return Documents("embedded", list(texts), titles, [str(year) for year in years], planted)


@cache
def _magazine() -> tuple[list[str], list[int], Planted]:
    return planted_magazine(SEED)


def _ap() -> Documents:
    """News stories of the Associated Press, 1988 and 1990 (TREC; the sample of lda-c).

    - The date is in the story's number. There are 23 months: no story is of January 1988 or of 1989.
    - Two stories share one text; both are kept, so that the rows are those of the published counts.
    """
    stories = re.findall(r"<DOCNO>\s*(\S+)\s*</DOCNO>\s*<TEXT>(.*?)</TEXT>", _ap_member("ap.txt"), flags=re.DOTALL)
    titles = [number for number, _ in stories]
    dates = [_date_of_story(number) for number in titles]
    return Documents("ap", [" ".join(text.split()) for _, text in stories], titles, dates)


def _date_of_story(number: str) -> str:
    found = re.fullmatch(r"AP(\d\d)(\d\d)(\d\d)-\d+", number)
    if found is None:
        raise DataError(f"a story of the Associated Press has the number {number!r}, which holds no date")
    return f"19{found[1]}-{found[2]}-{found[3]}"


def _ap_member(name: str) -> str:
    entry = data_set("ap")
    with tarfile.open(fileobj=io.BytesIO(read(entry, entry.files[0]))) as archive:
        member = archive.extractfile(f"ap/{name}")
        if member is None:
            raise DataError(f"ap/{name} is no file in the archive of the Associated Press's stories")
        return member.read().decode("ascii")


def _acl() -> Documents:
    """Abstracts of COLING 2016 and of ACL 2017 to 2021, with their student, demonstration and tutorial volumes.

    - Papers without an abstract are left out: 44 of 2017, and the front matter of every volume.
    - An abstract may hold markup (italics, formulae, addresses): its text is kept, the tags are not.
    """
    entry = data_set("acl")
    papers = [paper for file in entry.files for paper in _papers(read(entry, file))]
    titles, years, texts = (list(column) for column in zip(*papers, strict=True))
    return Documents("acl", texts, titles, years)


def _papers(content: bytes) -> Iterator[tuple[str, str, str]]:
    """(title, year, abstract) of the papers that have one."""
    for volume in ElementTree.fromstring(content).iter("volume"):
        year = volume.findtext("meta/year", "")
        for paper in volume.iter("paper"):
            abstract = _text(paper.find("abstract"))
            if abstract:
                yield _text(paper.find("title")), year, abstract


def _text(element: ElementTree.Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _inaugural() -> Documents:
    """Inaugural addresses of the presidents of the United States, every fourth year from 1789 to 2021.

    - The address of 2005 is in Big5, those of 2013, 2017 and 2021 are in UTF-8, the others are ASCII.
    """
    return _addresses("inaugural", {"2005-Bush": "big5"})


def _state_union() -> Documents:
    """State of the Union addresses, 1945 to 2006.

    - Those of 1970 to 1974 are in Big5, that of 1954 has two bytes of latin-1, the others are ASCII.
    - There is none of 1952, and there are two each of 1963, 1965, 1991 and 2001.
    """
    return _addresses("state_union", dict.fromkeys(NIXON, "big5") | {"1954-Eisenhower": "latin-1"})


NIXON = tuple(f"{year}-Nixon" for year in range(1970, 1975))


def _addresses(name: str, encodings: Mapping[str, str]) -> Documents:
    """The speeches of one of NLTK's zip files; all are UTF-8 but for those named. NLTK reads every one as latin-1."""
    entry = data_set(name)
    titles, texts = [], []
    with zipfile.ZipFile(io.BytesIO(read(entry, entry.files[0]))) as archive:
        for member in sorted(archive.namelist()):
            if found := re.search(r"/(\d{4}-[\w-]+)\.txt$", member):
                titles.append(found[1])
                text = archive.read(member).decode(encodings.get(found[1], "utf-8"))
                texts.append(text.replace("\u3000", " "))  # Big5's space
    return Documents(name, texts, titles, [title[:4] for title in titles])


LOADERS: dict[str, Callable[[], Documents]] = {
    "embedded": _embedded,
    "ap": _ap,
    "acl": _acl,
    "inaugural": _inaugural,
    "state_union": _state_union,
}
