"""A real browser on a page, and everything it asked for and complained of."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Page, sync_playwright

PORT_SHOWN = "#place-table tbody tr"


@dataclass
class Watched:
    """A page with what its browser said and requested."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def outside(self, url: str) -> list[str]:
        """Requests to anywhere but the port's own address."""
        return [request for request in self.requests if not request.startswith(url)]


def executable() -> str | None:
    """The browser to use: named by KOUAN_CHROMIUM, on the path, or else playwright's own."""
    return os.environ.get("KOUAN_CHROMIUM") or shutil.which("chromium")


@contextmanager
def browser_on(
    url: str, width: int = 1440, height: int = 900, shows: str = PORT_SHOWN, **context: str
) -> Iterator[Watched]:
    """Open a page and wait until it shows the port, or what else is named by a selector."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        chosen: dict[str, object] = {"viewport": {"width": width, "height": height}, **context}
        page = browser.new_context(**chosen).new_page()  # type: ignore[arg-type]
        watched = Watched(page)
        page.on("console", lambda message: watched.complaints.append(message.text))
        page.on("pageerror", lambda error: watched.complaints.append(str(error)))
        page.on("request", lambda request: watched.requests.append(request.url))
        page.goto(url)
        page.wait_for_selector(shows)
        yield watched
        browser.close()
