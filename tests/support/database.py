"""Names of databases on the tests' server."""


def database_named(url: str, name: str) -> str:
    """The same server's URL with another database."""
    return url.replace("/postgres?", f"/{name}?")
