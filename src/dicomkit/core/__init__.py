"""The value types that everything else is built from (PS3.5); import each from its own module."""
