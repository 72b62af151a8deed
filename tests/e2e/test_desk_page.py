"""The pages of the desk and of lanes in a real browser, before a port whose lane reads trucks."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from kouan.cli.twin_pictures import Shown
from kouan.live.accounts.book import Accounts
from kouan.live.accounts.signing_in import SigningIn
from tests.e2e.browser import PORT_SHOWN, Watched, browser_on
from tests.e2e.gate_port import LANE, PLATE, SHOWN, GatePort, gate_port, wait_until

pytestmark = pytest.mark.xdist_group("desk_page")
PASSWORD = "correct horse battery"
WORKING = "#work:not([hidden])"
ASKED = "#ask:not([hidden])"
ALIKE = SHOWN._replace(seal="SEALO042")
PEOPLE = {
    "li": ("gate_officer",),
    "wang": ("border_officer",),
    "zhao": ("border_officer", "supervisor"),
    "ops": ("shift_leader",),
}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatePort]:
    """One port with one desk for all tests."""
    one_desk = ("--set", "places.bay.stations=1")
    with gate_port(tmp_path_factory.mktemp("desk") / "data", *one_desk) as running:
        yield running


@pytest.fixture(scope="module", autouse=True)
def tokens(port: GatePort) -> dict[str, str]:
    """People with passwords; a token for each, to look at what their page was told."""
    found = {name: port.officer(name, *roles) for name, roles in PEOPLE.items()}
    accounts = Accounts(port.data)
    try:
        for name in PEOPLE:
            SigningIn(accounts).set_password(name, PASSWORD, "tests")
    finally:
        accounts.close()
    return found


def send_to_the_desk(port: GatePort, visit: str, shown: Shown) -> None:
    """Let a truck be read that something is wrong with, and leave the lane for the desk."""
    port.announce(visit, plate=shown.plate)
    port.drive_up(shown)
    wait_until(lambda: port.lane()["leaving"], "no verdict")
    port.leave_backwards()


def sign_in(watched: Watched, name: str, path: str = "/desk") -> Page:
    """Sign in where a page asks for it, and come back to that page."""
    page = watched.page
    page.click("#ask-sign-in")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(WORKING)
    assert page.url.endswith(path)
    return page


def is_focused(page: Page, selector: str) -> bool:
    found = "selector => document.querySelector(selector) === document.activeElement"
    return bool(page.evaluate(found, selector))


def decide(page: Page, key: str, reason: str) -> None:
    """Decide by keyboard alone."""
    page.keyboard.press(key)
    assert is_focused(page, "#reason")
    page.keyboard.type(reason)
    page.keyboard.press("Enter")


def test_a_review_is_passed_by_keyboard(port: GatePort, tokens: dict[str, str]) -> None:
    """A seal that looks alike: the officer hears of it, sees where it differs, and passes it."""
    with browser_on(f"{port.process.url}desk", shows=ASKED) as watched:
        page = sign_in(watched, "li")
        expect(page.locator("#none")).to_be_visible()
        send_to_the_desk(port, "alike", ALIKE)
        expect(page.locator("#said")).to_have_text(f"New review: {PLATE}, Seal. 1 open.")
        assert is_focused(page, "#reviews [aria-current]")
        expect(page.locator("#facts ul.why li")).to_have_text(
            ["Seal: read SEALO042, declared SEAL0042: differs in one look-alike"]
        )
        seal = page.locator(".compared tr.concern")
        assert seal.locator("mark").all_inner_texts() == ["0", "O"]
        expect(seal).to_contain_text("differs at character 5")
        drawn = "() => [...document.querySelectorAll('figure img')].map((one) => one.naturalWidth)"
        page.wait_for_function(f"() => ({drawn})().length === 3 && ({drawn})().every(Boolean)")
        page.keyboard.press("c")
        expect(page.locator(".tags")).to_contain_text("claimed by li")
        decide(page, "p", "")
        expect(page.locator("#reason-form")).to_be_visible()
        assert len(port.reviews(tokens["li"])) == 1, "no decision without a reason"
        page.keyboard.press("Escape")
        expect(page.locator("#reason-form")).to_be_hidden()
        decide(page, "p", "cpr: the seal itself says 0042")
        expect(page.locator("#none")).to_be_visible()
        expect(page.locator("#said")).to_have_text(f"{PLATE}: passed.")
        assert is_focused(page, "#reviews-title")
        assert watched.complaints == []
        assert watched.outside(port.process.url) == []
    ended = [event for kind, event, _ in port.journal() if kind == "ServiceEnded"]
    (review,) = [event for event in ended if event[1:3] == ["alike", "bay"]]
    said = next(one for one in review[5] if one[0] == "documents")
    assert (said[1], said[-1]) == ("cpr: the seal itself says 0042", "li/gate_officer")


def test_a_second_person_confirms_what_did_not_match(
    port: GatePort, tokens: dict[str, str]
) -> None:
    send_to_the_desk(port, "other", SHOWN._replace(passport="K99887766"))
    with browser_on(f"{port.process.url}desk", shows=ASKED) as watched:
        page = sign_in(watched, "wang")
        expect(page.locator(".tag.result")).to_have_text("does not match")
        expect(page.locator("#facts ul.why")).to_have_text("Driver: another driver than declared")
        assert is_focused(page, "#reviews [aria-current]")
        decide(page, "p", "a new passport, seen")
        expect(page.locator(".tags")).to_contain_text("now a supervisor has to confirm")
        expect(page.locator("[data-act=pass]")).to_be_disabled()
        expect(page.locator("#why-not")).to_contain_text("expected a supervisor as second person")
        page.keyboard.press("p")
        expect(page.locator("#reason-form")).to_be_hidden()
        page.get_by_role("button", name="切换到中文").click()
        expect(page.locator("#why-not")).to_contain_text("须由复核主管作为第二人确认")
        expect(page.locator("#facts ul.why")).to_have_text("司机：司机与申报不符")
        shown = page.locator("main").inner_text()
        assert not re.search(r"undefined|NaN|null|\{\w+\}|\b(read|driver|declared)\b", shown)
        assert watched.complaints == []
    with browser_on(f"{port.process.url}desk", shows=ASKED) as watched:
        page = sign_in(watched, "zhao")
        expect(page.locator(".done")).to_contain_text("a new passport, seen")
        expect(page.locator(".done")).to_contain_text("wang · border officer")
        decide(page, "p", "seen as well")
        expect(page.locator("#none")).to_be_visible()
    assert "other" not in port.reviews(tokens["zhao"])


def test_the_other_authority_and_a_deleted_picture(port: GatePort, tokens: dict[str, str]) -> None:
    """Two officers at once: what one ends is told to the other; a deleted picture is said to be."""
    send_to_the_desk(port, "gone", ALIKE)
    review = port.reviews(tokens["li"])["gone"]
    images = [found["image"] for found in review["found"] if found["image"]]
    for document in (port.data / "documents").rglob(f"*{images[0]}*"):
        document.unlink()
    with browser_on(f"{port.process.url}desk", shows=ASKED) as watched:
        page = sign_in(watched, "li")
        expect(page.locator(".gone")).to_have_text("This picture was deleted.")
        page.keyboard.press("e")
        page.keyboard.type("odd")
        assert port.decide("refuse", "gone", tokens["li"])[0] == 202
        expect(page.locator("#said")).to_have_text(f"{PLATE}: decided. 0 open.")
        expect(page.locator("#review")).to_be_hidden()


def test_who_waits_until_a_desk_is_free_is_counted(port: GatePort, tokens: dict[str, str]) -> None:
    second = ALIKE._replace(plate="蒙L80002")
    send_to_the_desk(port, "desk-first", ALIKE)
    send_to_the_desk(port, "desk-second", second)
    with browser_on(f"{port.process.url}desk", shows=ASKED) as watched:
        page = sign_in(watched, "li")
        expect(page.locator("#reviews button")).to_have_count(1)
        expect(page.locator("#waiting")).to_have_text("Waiting until a desk is free: 1.")
        assert port.decide("refuse", "desk-first", tokens["li"])[0] == 202
        expect(page.locator("#waiting")).to_be_hidden()
        expect(page.locator("#reviews button")).to_contain_text(second.plate)
        assert port.decide("refuse", "desk-second", tokens["li"])[0] == 202
        expect(page.locator("#none")).to_be_visible()


def test_a_stranger_in_a_lane_is_named(port: GatePort) -> None:
    port.announce("meant", plate="蒙L12845")
    port.drive_up(SHOWN._replace(plate="蒙L12B45"))
    with browser_on(f"{port.process.url}lanes", shows=ASKED) as watched:
        page = sign_in(watched, "ops", "/lanes")
        card = page.locator(f"[data-station={LANE}]")
        expect(card.locator(".state")).to_contain_text("Somebody stands here who is not let in")
        expect(card.locator(".plates")).to_contain_text("蒙L12B45")
        expect(card.locator(".alarms")).to_contain_text("differs in one look-alike")
        light = card.locator("tr", has_text="light")
        expect(light).to_contain_text("red")
        assert page.locator("#visits option").first.get_attribute("value") == "meant"
        card.locator(".naming input").fill("nobody")
        page.keyboard.press("Enter")
        expect(page.locator("#problem")).to_contain_text("expected one that was announced")
        card.locator(".naming input").fill("meant")
        page.keyboard.press("Enter")
        expect(page.locator("#problem")).to_be_hidden()
        expect(card.locator(".state")).not_to_contain_text("not let in")
        expect(card.locator(".plates")).to_contain_text("蒙L12845")
        wait_until(lambda: port.lane()["leaving"], "no verdict")
        port.leave_backwards()
        expect(card.locator(".state")).to_have_text("Empty")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_who_may_not_see_a_page_is_told(port: GatePort, width: int, scheme: str) -> None:
    with browser_on(f"{port.process.url}desk", width, 844, ASKED, color_scheme=scheme) as watched:
        page = watched.page
        expect(page.locator("#ask-says")).to_contain_text("Only people with an account")
        page.click("#ask-sign-in")
        page.fill("#name", "ops")
        page.fill("#password", PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator("#ask-says")).to_contain_text(
            "ops may not see this page (shift leader)"
        )
        page.click("#pages a[href='/lanes']")
        page.wait_for_selector(WORKING)
        page.click("#pages a[href='/']")
        page.wait_for_selector(PORT_SHOWN)
        fits = "document.documentElement.scrollWidth <= window.innerWidth"
        assert page.evaluate(fits)
        assert watched.complaints == []
