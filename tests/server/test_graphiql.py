"""The page /graphiql: what it is made of, and that a person can work with it in a real browser."""

import hashlib
import re
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx2
import pytest
from playwright.async_api import Page, async_playwright

import server
from server.graphiql import graphiql_routes
from tests.server.small_app import KEY, Probe, serving, small_app

CHROMIUM = Path("/usr/bin/chromium")
needs_chromium = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"{CHROMIUM} is not installed")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--no-first-run"]  # fmt: skip
VENDORED = Path(server.__path__[0]) / "static" / "graphiql"
REFUSED = "status of 401"  # what a page that was given no key begins with
HOSTILE_KEY = '"><script>alert(1)</script>&'


def with_page(key: str | None) -> AbstractAsyncContextManager[str]:
    pages = graphiql_routes("/graphql", key)
    return serving(small_app(Probe(), max_body_bytes=100_000, pages=pages))


@pytest.fixture
async def address() -> AsyncGenerator[str]:
    async with with_page(KEY) as where:
        yield where


@pytest.fixture
async def page() -> AsyncGenerator[Page]:
    """A tab; requests to other hosts and complaints in its console fail the test."""
    urls: list[str] = []
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        tab = await browser.new_page(viewport={"width": 1400, "height": 850})
        tab.on("request", lambda request: urls.append(request.url))
        tab.on("websocket", lambda socket: urls.append(socket.url))
        tab.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        tab.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        yield tab
        await browser.close()
    ours = re.compile(r"(http|ws)://127\.0\.0\.1:\d+/|data:")
    assert [url for url in urls if not ours.match(url)] == []
    assert [each for each in complaints if each.startswith("error") and REFUSED not in each] == []


def test_the_vendored_files_are_those_that_were_published() -> None:
    lines = (VENDORED / "SHA256SUMS").read_text().splitlines()
    listed = {name: digest for digest, name in (line.split() for line in lines)}
    found = {path.name for path in VENDORED.iterdir()}

    contents = {name: (VENDORED / name).read_bytes() for name in listed}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    assert digests == listed
    assert found - set(listed) == {"SHA256SUMS", "LICENSES.md", "page.js", "page.css"}
    licences = (VENDORED / "LICENSES.md").read_text()
    assert [name for name in listed if f"`{name}`" not in licences] == []


async def test_the_policy_names_no_foreign_host(address: str) -> None:
    async with httpx2.AsyncClient(base_url=f"http://{address}") as client:
        response = await client.get("/graphiql")

    policy = response.headers["content-security-policy"]
    hosts = set(re.findall(r"\w+://[^\s;]+", policy))
    assert hosts == {f"ws://{address}", f"wss://{address}"}
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self';" in policy
    assert response.headers["cache-control"] == "no-store"


async def test_a_strange_host_does_not_get_into_the_policy(address: str) -> None:
    async with httpx2.AsyncClient(base_url=f"http://{address}") as client:
        response = await client.get("/graphiql", headers={"Host": "x; script-src *"})

    assert "x;" not in response.headers.get("content-security-policy", "")


async def test_what_is_put_into_the_page_is_escaped() -> None:
    async with with_page(HOSTILE_KEY) as address, httpx2.AsyncClient() as client:
        html = (await client.get(f"http://{address}/graphiql")).text

    assert "alert(1)" in html
    assert "<script>alert" not in html


async def test_every_file_of_the_page_is_served_and_checked_by_the_browser(address: str) -> None:
    async with httpx2.AsyncClient(base_url=f"http://{address}") as client:
        html = (await client.get("/graphiql")).text
        urls = re.findall(r'(?:src|href)="(/[^"]+)"', html)
        statuses = {(await client.get(url)).status_code for url in urls}
        missing = await client.get("/graphiql/assets/nothing.js")

    assert len(urls) == 8
    assert statuses == {200}
    assert html.count('integrity="sha256-') == 6
    assert missing.status_code == 404


async def type_operation(page: Page, name: str, text: str) -> None:
    """As a person would, who does not click on run before the tab has taken the name."""
    await page.locator(".graphiql-query-editor .CodeMirror").click()
    await page.keyboard.press("Control+a")
    await page.keyboard.insert_text(text)
    await page.get_by_role("tab", name=name).wait_for()


async def type_headers(page: Page, headers: str) -> None:
    editor = page.locator(".graphiql-editor-tool .CodeMirror:visible")
    await editor.click()
    await page.keyboard.press("Control+a")
    await page.keyboard.insert_text(headers)


async def run(page: Page) -> None:
    await page.locator(".graphiql-execute-button").click()


async def see(page: Page, text: str) -> None:
    await page.locator(".result-window", has_text=text).wait_for(timeout=10_000)


@needs_chromium
async def test_in_demo_mode_a_click_shows_data_and_a_subscription_its_events(
    page: Page, address: str
) -> None:
    await page.goto(f"http://{address}/graphiql")

    await type_operation(page, "Hello", 'query Hello { echo(text: "hello there") }')
    await run(page)
    await see(page, "hello there")

    await type_operation(page, "Live", "subscription Live { numbers(to: 3) }")
    await run(page)
    await see(page, '"numbers": 2')


@needs_chromium
async def test_without_a_preset_key_the_typed_one_is_used_for_both(page: Page) -> None:
    async with with_page(None) as address:
        await page.goto(f"http://{address}/graphiql")
        await see(page, "UNAUTHENTICATED")

        await type_headers(page, f'{{"Authorization": "Bearer {KEY}"}}')
        await type_operation(page, "Hello", 'query Hello { echo(text: "now I may") }')
        await run(page)
        await see(page, "now I may")

        await type_operation(page, "Live", "subscription Live { numbers(to: 5) }")
        await run(page)
        await see(page, '"numbers": 4')


@needs_chromium
async def test_the_documentation_and_the_explorer_know_the_schema(page: Page, address: str) -> None:
    await page.goto(f"http://{address}/graphiql")

    await page.get_by_label("Show Documentation Explorer").click()
    await page.locator(".graphiql-doc-explorer", has_text="Subscription").wait_for()
    await page.get_by_label("Show GraphiQL Explorer").click()
    await page.locator(".docExplorerWrap", has_text="contextNumber").wait_for()


@needs_chromium
async def test_the_first_tabs_lead_through_the_product(page: Page, address: str) -> None:
    await page.goto(f"http://{address}/graphiql")

    for name in ("StatusChanges", "EndSession", "Timeline"):
        await page.get_by_role("tab", name=name).click()
        headers = page.locator(".graphiql-editor-tool .CodeMirror:visible")
        assert f"Bearer {KEY}" in await headers.inner_text()
