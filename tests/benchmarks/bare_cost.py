"""What do a class's own computation and its hidden cases cost, without a grader around them? Used by bench_grading.py.

    python tests/benchmarks/bare_cost.py COURSE ps1_elbo

Prints CPU seconds per submission, measured in forks of a warm interpreter that run the cells and call the functions
with the hidden cases, but neither confine, nor send, nor judge, nor record anything.
"""

import os
import sys
import time
from pathlib import Path

from autograder.authoring.notebook import kind
from autograder.classroom.simulate import TRUTH
from autograder.course import Course
from autograder.grading.intake.submission import take_in_student
from autograder.grading.judging.cells import DEMONSTRATIONS
from autograder.grading.judging.plan import GradingPlan, prepare
from autograder.grading.running.imports import imported_names
from autograder.worker.server import warm_shell
from autograder.worker.shell import Shell, silence
from latentkit.check import recording
from latentkit.check.calling import respond


def cost(shell: Shell, plan: GradingPlan, submitted: Path, student: str) -> float:
    """CPU seconds of one submission, without the fork."""
    intake = take_in_student(submitted, student, plan.name, plan.skeleton, plan.limits)
    notebook, examinations = intake.canonical, plan.variants.met_by(student, intake.sha256).examinations
    ours, childs = os.pipe()
    if os.fork() == 0:
        start = time.process_time()
        with recording():
            for cell in notebook.cells:
                left_out = DEMONSTRATIONS & set(cell.metadata.get("tags", ())) or kind(cell) == "check"
                if cell.cell_type == "code" and not left_out:
                    shell.run(cell.source, 2**20)
        for name, examination in examinations.items():
            for solved in examination.cases:
                if callable(shell.user_ns.get(name)):
                    with silence():
                        respond(shell.user_ns[name], solved.case, reveal=False)
        os.write(childs, repr(time.process_time() - start).encode())
        os._exit(0)
    os.close(childs)
    with os.fdopen(ours) as answer:
        seconds = float(answer.read())
    os.wait()
    return seconds


def main() -> None:
    course, name = Course(Path(sys.argv[1])), sys.argv[2]
    plan = prepare(course, name)
    shell = warm_shell(imported_names(plan.skeleton))
    students = [path.name for path in sorted(course.submitted.iterdir()) if path.name != TRUTH]
    print(sum(cost(shell, plan, course.submitted, student) for student in students) / len(students))


if __name__ == "__main__":
    main()
