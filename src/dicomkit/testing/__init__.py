"""What tests of programs that use or extend dicomkit can use: `dicomkit.testing.codecs`, the suite that codecs pass."""
