"""Tools for a whole class: simulated classes, reports, feedback, exports."""
