"""One verb, one file, told in numbered steps; each owns its commits and none calls another."""
