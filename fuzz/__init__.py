"""A mutation fuzzer for every decoder: any bytes give a value or a `DicomError`, soon and in little memory."""
