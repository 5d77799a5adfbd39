"""The student's command, `latentkit`; one module a subcommand."""
