"""From a learning platform's download to submitted/: what it holds, whose each file is, and which notebook counts."""
