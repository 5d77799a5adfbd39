"""Train the lecture's models; one module a kind of data."""
