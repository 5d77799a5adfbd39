"""Where submissions run: a warm process, its sandboxed children, and the judge's side of talking to them."""
