"""Between bytes and values: the data set encodings of PS3.5."""
