"""Who may talk to the workbench, and what a browser may do with what it gets.

A page of another site can send requests to 127.0.0.1 as well: by a form, an image, a script, or by a name that it
lets point there (DNS rebinding). So every request must name this host, come from this page or from no page at all,
and, where it changes something, carry a header that other sites cannot send without being asked about first.
"""

import hmac
import ipaddress
import secrets
from dataclasses import dataclass

from flask import Request, Response

from nanocaliper.errors import RequestError

__all__ = ["HEADER", "Access", "check_request", "is_loopback", "protect_response", "read_token"]

#: Header that every request that changes something must carry.
HEADER = "X-Nanocaliper"
_COOKIE = "nanocaliper_token"
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_PAGE_POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_DOCUMENT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'; sandbox allow-popups"
)


@dataclass(frozen=True)
class Access:
    """From where the workbench may be used.

    Parameters
    ----------
    token : str or None
        What everybody must know; None where only this computer reaches the workbench.
    """

    token: str | None = None

    @staticmethod
    def for_host(host: str) -> "Access":
        """Demand a new token where others than this computer reach the address."""
        return Access(None if is_loopback(host) else secrets.token_urlsafe(24))


def is_loopback(host: str) -> bool:
    """Whether only this computer reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_request(request: Request, access: Access) -> None:
    """Refuse what does not come from the workbench's own page or from a program of the user.

    Parameters
    ----------
    request : Request
    access : Access

    Raises
    ------
    RequestError
        With status 403, or 401 where the token is missing.
    """
    host = request.headers.get("Host", "")
    if access.token is None and _name_of(host) not in _LOOPBACK_NAMES:
        raise RequestError(
            f"The request is for the host '{_show(host)}'; expected 127.0.0.1 or localhost. Open the address that "
            "'nanocaliper serve' printed.",
            403,
        )
    origin = request.headers.get("Origin")
    if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
        raise RequestError(
            f"The request comes from the page '{_show(origin)}', which is not the workbench: it was refused.",
            403,
        )
    site = request.headers.get("Sec-Fetch-Site", "none")
    opened = (
        request.method == "GET"
        and request.path == "/"
        and request.headers.get("Sec-Fetch-Mode") == "navigate"
    )
    if site not in ("same-origin", "none") and not opened:
        raise RequestError("The request comes from a page of another site: it was refused.", 403)
    if request.method not in _SAFE_METHODS and request.headers.get(HEADER) != "1":
        raise RequestError(
            f"The header '{HEADER}: 1' is missing; requests that change something need it (curl: -H '{HEADER}: 1')"
            ".",
            403,
        )
    if access.token is not None:
        _check_token(request, access.token)


def _check_token(request: Request, token: str) -> None:
    given = read_token(request) or request.cookies.get(_COOKIE, "")
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.casefold() == "bearer":
        given = value.strip()
    if not hmac.compare_digest(given.encode("utf-8", "replace"), token.encode()):
        raise RequestError(
            "The token is missing or wrong; open the whole address that 'nanocaliper serve' printed, or send the "
            "header 'Authorization: Bearer TOKEN'.",
            401,
        )


def read_token(request: Request) -> str | None:
    """Give the token in the address, which is there once, when the page is opened."""
    return request.args.get("token") if request.method == "GET" and request.path == "/" else None


def protect_response(response: Response, access: Access, *, given: str | None = None) -> Response:
    """Add the headers that keep content from becoming script.

    Parameters
    ----------
    response : Response
    access : Access
    given : str, optional
        Token from the address, already checked: kept as a cookie.

    Returns
    -------
    Response
    """
    headers = response.headers
    alone = response.mimetype == "image/svg+xml" or headers.pop("X-Document", None) is not None
    headers["Content-Security-Policy"] = _DOCUMENT_POLICY if alone else _PAGE_POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["X-Frame-Options"] = "DENY"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers.setdefault("Cache-Control", "no-store")
    if given and access.token is not None:
        response.set_cookie(_COOKIE, access.token, httponly=True, samesite="Strict")
    return response


def _name_of(host: str) -> str:
    """Cut the port from a Host header."""
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).casefold()


def _show(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text[:80])
