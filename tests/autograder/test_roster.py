"""A roster says who takes the course, however its table was saved; who of them handed nothing in is a status."""

import pytest

from autograder.course import Course
from autograder.roster import Person, parse_roster, read_roster


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("student\nada\nbo\n", [Person("ada"), Person("bo")]),
        ("student,name,email\nada,Ada Lovelace,a@x.org\n", [Person("ada", "Ada Lovelace", "a@x.org")]),
        ('Student;Name\r\n12;"Müller; Jr."\r\n', [Person("12", "Müller; Jr.")]),
        ("First name\tLast name\tSID\nAda\tLovelace\t12\n", [Person("12", "Ada Lovelace")]),
        (
            'Student,ID,SIS Login ID,Section\n"    Points Possible",,,\n"Lovelace, Ada",12,ada,A\n',
            [Person("12", "Lovelace, Ada")],
        ),
        ('Student,ID\n"Lovelace, Ada",12\n"Student, Test",99\n', [Person("12", "Lovelace, Ada")]),
        (
            "First name,Last name,Email address\nAda,Lovelace,a@x.org\n",
            [Person("Ada Lovelace", "Ada Lovelace", "a@x.org")],
        ),
        ("Identifier,Full name,Grade\nParticipant 3,Zoë Ü,-\n", [Person("Zoë Ü", "Zoë Ü")]),
        ("student,name\n\n  \nada\n", [Person("ada")]),
    ],
)
def test_tables_of_several_programs_are_read(text, people):
    assert list(parse_roster(text).values()) == people


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_name_is_read_in_whatever_encoding_a_spreadsheet_saved_it(tmp_path, encoding):
    (tmp_path / "roster.csv").write_bytes("student,name\r\nzoë,Zoë Ünal\r\n".encode(encoding))
    assert read_roster(Course(tmp_path)) == {"zoë": Person("zoë", "Zoë Ünal")}


def test_without_a_file_there_is_no_roster(tmp_path):
    assert read_roster(Course(tmp_path)) is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "no column is headed 'student'"),
        ("who,points\nada,3\n", r"there are: who, points"),
        ("student\nada\nbo\nada\n", "line 4 names 'ada' again"),
        ('student\n"' + "a" * 200_000 + '"\n', "it is not a table"),
    ],
)
def test_what_is_no_roster_is_refused_by_what_is_wrong(tmp_path, content, why):
    (tmp_path / "roster.csv").write_text(content)
    with pytest.raises(ValueError, match=why) as refused:
        read_roster(Course(tmp_path))
    assert "roster.csv" in str(refused.value)


@pytest.mark.parametrize(
    ("student", "name", "called"),
    [
        ("12", "Ada Lovelace", "Ada Lovelace (12)"),
        ("ada", "", "ada"),
        ("Ada Lovelace", "Ada Lovelace", "Ada Lovelace"),
        ("Jo Smith 115", "Jo Smith", "Jo Smith 115"),
    ],
)
def test_a_name_and_a_folder_that_say_the_same_are_said_once(student, name, called):
    assert Person(student, name).called == called


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ada King Lovelace", ("Ada King", "Lovelace")),
        ("van der Berg, Jo", ("Jo", "van der Berg")),
        ("lovelaceada", ("", "lovelaceada")),
        ("", ("", "")),
    ],
)
def test_a_name_has_two_parts(name, parts):
    assert Person("x", name).first_and_last == parts
