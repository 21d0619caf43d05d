// ConfigTests: every setting at two values, everything that is refused, and the table against its document.
