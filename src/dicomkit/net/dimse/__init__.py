"""Message exchange without I/O: command sets, statuses, and messages over an association (PS3.7)."""
