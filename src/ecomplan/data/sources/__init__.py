"""Public sources, one module each, with citation, licence, label and hash."""
