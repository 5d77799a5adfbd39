"""The process that runs students' notebooks. It is all of the grader that a student's code can import.

A worker imports torch and the kit once, then forks a child per submission. It never imports a reference,
a rubric or a hidden case: what is not in its memory cannot be read there.
"""
