"""HTTP in, HTTP out: parse, call one use case, render. No rule and no SQL."""
