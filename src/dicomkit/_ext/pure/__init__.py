"""The pure-Python twins of the kernels: what they must do, written plainly, and what runs where none was compiled."""
