"""What a wrong function does: found out from its answers and by asking it more, stated only where it is proved."""
