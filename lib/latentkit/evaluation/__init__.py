"""How good a trained model is; one module a kind of data."""
