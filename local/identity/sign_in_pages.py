"""The pages of the identity, for people: plain HTML without scripts, readable without its style."""

import base64
import hashlib
import html
from collections.abc import Sequence

from aiohttp import web

from local.identity.made_up_people import PEOPLE, Person
from local.identity.oauth_errors import OAuthError

_STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 34rem; padding: 2rem 1rem; }
h1 { font-size: 1.75rem; line-height: 1.2; }
p, dd { overflow-wrap: anywhere; }
ul { list-style: none; margin: 1.5rem 0; padding: 0; }
button { border: 1px solid GrayText; border-radius: .5rem; background: Canvas; color: CanvasText; font: inherit; }
button { cursor: pointer; padding: .75rem 1rem; }
li button { margin-bottom: .75rem; text-align: start; width: 100%; }
button:hover { border-color: LinkText; }
button:focus-visible { outline: 3px solid LinkText; outline-offset: 2px; }
button span { display: block; font-size: .875rem; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def choice_of_person(origins: Sequence[str], hint: str) -> web.Response:
    """The page on which one chooses who one is; the form goes to its own address.

    Args:
        origins: where the answer of the form may lead to.
        hint: the user principal name of the person who comes first.
    """
    people = sorted(PEOPLE.values(), key=lambda person: person.username != hint)
    choices = "\n".join(map(_choice, people))
    body = f"""<h1>Sign in</h1>
<p>This stands in for Microsoft Entra ID on this machine. All these people are made up, and nobody has a password.</p>
<form method="post">
<ul>
{choices}
</ul>
<button type="submit" name="person" value="">Cancel</button>
</form>"""
    return _page("Sign in", body, origins)


def signed_out() -> web.Response:
    """The page after a sign-out that leads to no application."""
    return _page("Signed out", "<h1>You are signed out</h1>\n<p>You can close this window.</p>")


def refusal(error: OAuthError) -> web.Response:
    """The page that says why nobody can sign in, for what must not be told to the address in the request."""
    body = f"""<h1>Sorry, but we can&rsquo;t sign you in</h1>
<p>{html.escape(error.description)}</p>"""
    return _page("Sign-in failed", body, status=400)


def _choice(person: Person) -> str:
    roles = ", ".join(person.roles) or "No app role"
    return (
        f'<li><button type="submit" name="person" value="{person.key}"><strong>{person.name}</strong>'
        f"<span>{person.description}.</span> <span>{roles}</span></button></li>"
    )


def _page(title: str, body: str, origins: Sequence[str] = (), *, status: int = 200) -> web.Response:
    text = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - local identity</title>
<link rel="icon" href="data:,">
<style>{_STYLE}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
    targets = " ".join(["'self'", *origins])
    policy = [
        "default-src 'none'",
        f"style-src 'sha256-{_STYLE_HASH}'",
        "img-src data:",
        "base-uri 'none'",
        # Browsers hold the redirect after a form to this as well.
        f"form-action {targets}",
        "frame-ancestors 'none'",
    ]
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "; ".join(policy),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    return web.Response(text=text, content_type="text/html", charset="utf-8", status=status, headers=headers)
