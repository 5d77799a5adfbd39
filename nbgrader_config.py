"""nbgrader's configuration of this course: its folders, our executor, and the repairs that its defaults need."""

from pathlib import Path

from nbclient import NotebookClient

from autograder.classroom import nbgrader_files
from autograder.grading import nbgrader_app

c = get_config()  # noqa: F821  (nbgrader defines it)

# Folders. The source of a problem set is solutions/NAME.py; `autograder release NAME` makes the notebook for nbgrader.
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.source_directory = "build/source"
c.CourseDirectory.release_directory = "assignments"

# Grading. Each submission runs in its own sandboxed process and is judged outside of it, whether one types
# `autograder grade`, `nbgrader autograde` or presses the formgrader's button.
nbgrader_app.install()
c.Autograde.sanitize_preprocessors = ["autograder.grading.nbgrader_app.NeverUnconfined"]

# What nbgrader writes of students is for the instructor alone; what it releases, the students can read.
nbgrader_files.install()
c.ExchangeFactory.collect = "autograder.classroom.nbgrader_files.OwnersCollect"
c.ExchangeFactory.release_feedback = "autograder.classroom.nbgrader_files.ReleaseFeedback"
c.ExportApp.plugin_class = "autograder.classroom.nbgrader_files.OwnersCsv"

# Feedback never prints a hidden test. What a student wrote is made harmless, there and in the formgrader, by a process
# that is ended where it takes too long.
c.GenerateFeedback.preprocessors = [
    "nbgrader.preprocessors.GetGrades",
    "nbgrader.preprocessors.ClearHiddenTests",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
c.HTMLExporter.sanitize_html = True
c.HTMLExporter.filters = {
    "clean_html": "autograder.classroom.showing.shown_html",
    "markdown2html": "autograder.classroom.showing.shown_prose",
    "highlight_code": "autograder.classroom.showing.shown_cell",
}

# Validating. A cell with Output widgets can stall nbclient until the cell's timeout, because nbclient keeps a registry
# of widgets to answer for; each client is given an empty one. (It is no trait, so that configuration cannot set it.)
NotebookClient.widget_registry = property(lambda client: {}, lambda client, registry: None)
c.Execute.timeout = 180
