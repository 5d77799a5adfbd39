"""What a submission deserves: its functions are asked hidden cases, the answers are compared here."""
