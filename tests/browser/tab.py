"""A browser tab that records every problem in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, Response

# The properties whose loss a person would notice.
STYLE = """selector => {
  const style = getComputedStyle(document.querySelector(selector))
  return ['fontFamily', 'color', 'backgroundColor', 'maxWidth', 'margin', 'padding', 'lineHeight']
    .map(name => style[name])
}"""
# Chromium logs most violations to the console. The event reports all of them.
CSP = """document.addEventListener('securitypolicyviolation', event =>
  console.error(`CSP: ${event.violatedDirective} forbids ${event.blockedURI || event.sourceFile}`))"""
# Milliseconds for every wait. The development server may be restarting, on a busy machine.
PATIENCE = 180_000
# Chromium gives up all loads when a network interface comes or goes, as with every container of another test.
DISTURBED = "net::ERR_NETWORK_CHANGED"
# The error page of such a load may come only during the next attempt, and ends it.
AFTERMATH = 'interrupted by another navigation to "chrome-error:'
ATTEMPTS = 20


@contextmanager
def undisturbed() -> Iterator[None]:
    """Pass over a load that Chromium gave up for a change of the machine's network."""
    try:
        yield
    except Error as error:
        if not any(cause in error.message for cause in (DISTURBED, AFTERMATH)):
            raise


@dataclass
class Tab:
    """One page in a separate context (cookies, cache)."""

    page: Page
    screenshots: Path
    problems: list[str] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)

    def open(self, url: str) -> int:
        """Load a page with all its resources and return its status."""
        for _ in range(ATTEMPTS):
            before = len(self.problems)
            with undisturbed():
                response = self.page.goto(url, wait_until="load")
                assert response
                if not self._was_disturbed():
                    return response.status
            del self.problems[before:]
        raise AssertionError(f"the machine's network changed during each of {ATTEMPTS} attempts to load {url}")

    def style(self, selector: str) -> list[str]:
        """The computed style of an element."""
        return list(self.page.evaluate(STYLE, selector))

    def screenshot(self, name: str) -> None:
        """Save a screenshot; pytest keeps the folders of its last three runs."""
        self.page.screenshot(path=self.screenshots / f"{name}.png", full_page=True)

    def stylesheets(self) -> list[str]:
        """The addresses of the page's stylesheets."""
        return list(self.page.evaluate("[...document.styleSheets].map(sheet => sheet.href)"))

    def recorded_problems(self) -> list[str]:
        """The problems so far; the console may report one after the page is loaded."""
        self.page.wait_for_timeout(50)
        while self._was_disturbed():
            self.problems.clear()
            with undisturbed():
                self.page.reload(wait_until="load")
            self.page.wait_for_timeout(50)
        return self.problems

    def _was_disturbed(self) -> bool:
        return any(DISTURBED in problem for problem in self.problems)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"console: {message.text} ({message.location.get('url')})")

    def _failed(self, request: Request) -> None:
        self.problems.append(f"failed: {request.url}: {request.failure}")

    def _answered(self, response: Response) -> None:
        self.answers[response.url] = response.status


def new(browser: Browser, screenshots: Path, *, scheme: str = "light", width: int = 1280, height: int = 800) -> Tab:
    """Open a tab in a window of this size, for a user who prefers this colour scheme."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
    )
    context.set_default_timeout(PATIENCE)
    context.add_init_script(CSP)
    tab = Tab(context.new_page(), screenshots)
    tab.page.on("console", tab._console)
    tab.page.on("pageerror", lambda error: tab.problems.append(f"script: {error}"))
    tab.page.on("requestfailed", tab._failed)
    tab.page.on("response", tab._answered)
    return tab
