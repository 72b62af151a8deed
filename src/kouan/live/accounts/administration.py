"""Accounts of others over HTTP: /api/accounts for people, /api/device-accounts for devices."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kouan.live.accounts.answers import answer_problems, read_body
from kouan.live.accounts.book import Accounts
from kouan.live.accounts.gatekeeper import caller, needs
from kouan.live.accounts.people import DEVICE, LOCAL, PERSON, checked_roles
from kouan.live.accounts.rights import GRANTED, RIGHTS, ROLES, Right
from kouan.live.accounts.signing_in import SigningIn

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
RoleNames = Annotated[list[str], msgspec.Meta(min_length=1, max_length=len(GRANTED))]


class NewAccount(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The body that makes a person's account."""

    name: Name
    roles: RoleNames


class NewRoles(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The body that gives an account other roles."""

    roles: RoleNames


class NewDevice(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The body that makes a device's account."""

    name: Name


class AccountRoutes:
    """Answers those who manage accounts and devices. Secrets are in an answer once, when made."""

    def __init__(self, accounts: Accounts) -> None:
        """Manage these accounts."""
        self._accounts = accounts
        self._signing_in = SigningIn(accounts)
        self._one_hash = asyncio.Semaphore(1)

    def add_to(self, app: FastAPI) -> None:
        """Add the routes."""
        answer_problems(app)
        app.get("/api/roles")(self._roles)
        app.get("/api/accounts")(self._list)
        app.post("/api/accounts")(self._add)
        app.get("/api/account-acts")(self._acts)
        app.post("/api/accounts/{name}/roles")(self._give_roles)
        app.post("/api/accounts/{name}/reset")(self._reset)
        app.post("/api/accounts/{name}/disable")(self._disable)
        app.post("/api/accounts/{name}/enable")(self._enable)
        app.get("/api/device-accounts")(self._list_devices)
        app.post("/api/device-accounts")(self._add_device)
        app.post("/api/device-accounts/{name}/renew")(self._renew_device)
        app.post("/api/device-accounts/{name}/disable")(self._disable_device)

    @needs(Right.OWN_ACCOUNT)
    async def _roles(self, _request: Request) -> Response:
        roles = {role: row._asdict() for role, row in ROLES.items()}
        rights = {right: named._asdict() for right, named in RIGHTS.items()}
        return JSONResponse({"roles": roles, "rights": rights})

    @needs(Right.ACCOUNTS_MANAGE)
    async def _list(self, _request: Request) -> Response:
        return await self._tell(PERSON, LOCAL)

    @needs(Right.ACCOUNTS_MANAGE)
    async def _acts(self, _request: Request) -> Response:
        found = await asyncio.to_thread(self._accounts.acts)
        return JSONResponse([one._asdict() for one in found])

    @needs(Right.ACCOUNTS_MANAGE)
    async def _add(self, request: Request) -> Response:
        asked = await read_body(request, NewAccount)
        by = caller(request).by
        name = await asyncio.to_thread(self._accounts.add, asked.name, asked.roles, by)
        return await self._one_time(name, by, 201)

    @needs(Right.ACCOUNTS_MANAGE)
    async def _give_roles(self, request: Request) -> Response:
        asked = await read_body(request, NewRoles)
        name, by = await self._known(request, PERSON), caller(request).by
        roles = checked_roles(asked.roles)
        return await self._do(lambda: self._accounts.people.set_roles(name, roles, by))

    @needs(Right.ACCOUNTS_MANAGE)
    async def _reset(self, request: Request) -> Response:
        name = await self._known(request, PERSON)
        return await self._one_time(name, caller(request).by, 200)

    @needs(Right.ACCOUNTS_MANAGE)
    async def _disable(self, request: Request) -> Response:
        name, by = await self._known(request, PERSON), caller(request).by
        return await self._do(lambda: self._accounts.disable(name, by))

    @needs(Right.ACCOUNTS_MANAGE)
    async def _enable(self, request: Request) -> Response:
        name, by = await self._known(request, PERSON), caller(request).by
        return await self._do(lambda: self._accounts.enable(name, by))

    @needs(Right.DEVICES_SEE)
    async def _list_devices(self, _request: Request) -> Response:
        return await self._tell(DEVICE)

    @needs(Right.DEVICES_MANAGE)
    async def _add_device(self, request: Request) -> Response:
        asked = await read_body(request, NewDevice)
        by = caller(request).by
        token = await asyncio.to_thread(self._accounts.add_device, asked.name, by)
        return JSONResponse({"name": asked.name, "token": token}, 201)

    @needs(Right.DEVICES_MANAGE)
    async def _renew_device(self, request: Request) -> Response:
        name = await self._known(request, DEVICE)
        by = caller(request).by
        token = await asyncio.to_thread(self._accounts.renew_device, name, by)
        return JSONResponse({"name": name, "token": token})

    @needs(Right.DEVICES_MANAGE)
    async def _disable_device(self, request: Request) -> Response:
        name, by = await self._known(request, DEVICE), caller(request).by
        return await self._do(lambda: self._accounts.disable(name, by))

    async def _known(self, request: Request, kind: str) -> str:
        """The account that the path names: managing people is no right to devices, nor back."""
        name = request.path_params["name"]
        found = await asyncio.to_thread(self._accounts.people.known, name, kind)
        return found.name

    async def _one_time(self, name: str, by: str, status: int) -> Response:
        async with self._one_hash:
            password = await asyncio.to_thread(self._signing_in.reset, name, by)
        return JSONResponse({"name": name, "one_time_password": password}, status)

    async def _tell(self, *kinds: str) -> Response:
        found = await asyncio.to_thread(self._accounts.people.all, *kinds)
        told: list[dict[str, Any]] = [one._asdict() for one in found]
        return JSONResponse(told)

    async def _do(self, work: Callable[[], None]) -> Response:
        await asyncio.to_thread(work)
        return Response(status_code=204)
