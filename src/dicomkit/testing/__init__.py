"""What tests of programs that use or extend dicomkit can use.

`dicomkit.testing.codecs` is the suite that codecs pass, `dicomkit.testing.sessions` two ends of the network in memory.
"""
