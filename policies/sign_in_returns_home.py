"""After signing in or out, a browser returns to one of our own addresses, over HTTPS.

Cognito sends the code that becomes a token to a callback address. One over plain HTTP can be read on its way;
one that nobody needs any more may belong to somebody else by now. `http://localhost` never leaves the machine,
and is for development only.

Take `CallbackURLs` from `web.callback_urls` and `LogoutURLs` from `web.logout_urls` of the environment, each
with `https://`.

Source: RFC 9700, "Best Current Practice for OAuth 2.0 Security", section 2.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from skafu.sdk import Resource, Unknown, Violation, policy

SETTINGS = {
    "CallbackURLs": "web.callback_urls",
    "LogoutURLs": "web.logout_urls",
}


@policy(severity="high", resources=["AWS::Cognito::UserPoolClient"], controls=["soc2:CC6.1", "soc2:CC6.7"])
def check(client: Resource) -> Iterator[Violation | Unknown]:
    """Each address is HTTPS, and one of the environment's."""
    for name, setting in SETTINGS.items():
        urls = client.get(name, [])
        if isinstance(urls, Unknown):
            yield urls
            continue
        wanted = client.environment.get(setting)
        for index, url in enumerate(urls):
            if isinstance(url, Unknown):
                yield url
            elif not _is_safe(client, url):
                yield client.violation(
                    f"{url} is no HTTPS address.", at=(name, index), fix="Write https://, and the whole host."
                )
            elif wanted is not None and url not in wanted:
                yield client.violation(
                    f"{url} is none of {', '.join(wanted)}.",
                    at=(name, index),
                    fix=f"Take {name} from {setting}.",
                )


def _is_safe(client: Resource, url: Any) -> bool:
    parts = urlsplit(url)
    local = parts.hostname in ("localhost", "127.0.0.1")
    in_development = client.environment.get("stage", client.environment.name) == "development"
    secure = parts.scheme == "https" and bool(parts.hostname) and "*" not in url
    return secure or (parts.scheme == "http" and local and in_development)
