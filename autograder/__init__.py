"""Authoring, grading and class tools for the course kit.

cli, commands       the command `autograder`: its options, and what each subcommand does
classroom           collect, report, feedback, export, and a simulated class to rehearse with
grading             from a submitted notebook to a grade in the gradebook
authoring           from an author's source to what students get
rubrics             one package a problem set: each exercise's reference beside its known mistakes
exercise            what an exercise is, and how its cases are solved
course, files       where a course keeps its things, and how they are written
worker              what runs in the process of a student's code
"""
