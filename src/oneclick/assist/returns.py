"""Where a payer goes back to. Pure. Source: P 4.1."""

from collections.abc import Mapping


def return_url(
    parameters: Mapping[str, str], merchant_ok: str | None, merchant_no: str | None, *, paid: bool
) -> str | None:
    """The shop's address for this result, or None if nobody gave one.

    The request's addresses win; the merchant's count only if the request has none of the three.
    """
    names = ("URL_RETURN_OK" if paid else "URL_RETURN_NO", "URL_RETURN")
    if any(parameters.get(name) for name in ("URL_RETURN", "URL_RETURN_OK", "URL_RETURN_NO")):
        return next((parameters[name] for name in names if parameters.get(name)), None)
    return merchant_ok if paid else merchant_no
