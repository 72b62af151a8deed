"""The table of rights: what may be done in a port, and which role may do it.

A right that no role has can be used by nobody. Checks of persons (border inspection) and of cargo
(customs) are rights of their own, and no account may have roles of both. The watch list is a right
beside them. What a person alone may not do needs a second one: a route that names OVERRIDE_APPROVE
names the right to see the case too, so a supervisor is also an officer of the authority concerned.
"""

from enum import StrEnum
from typing import NamedTuple


class Right(StrEnum):
    """What can be done. Every route names those that it needs."""

    SIGN_IN = "sign_in"
    PORT_SEE = "port_see"
    FIGURES_SEE = "figures_see"
    OWN_ACCOUNT = "own_account"
    VEHICLES_HALT = "vehicles_halt"
    VEHICLES_TAKE = "vehicles_take"
    VEHICLES_REMOVE = "vehicles_remove"
    ORDERS_PLACE = "orders_place"
    ORDERS_CANCEL = "orders_cancel"
    MODE_SWITCH = "mode_switch"
    LANES_SEE = "lanes_see"
    LANES_WORK = "lanes_work"
    MANUAL_WORK = "manual_work"
    QUEUE_SEE = "queue_see"
    QUEUE_WORK = "queue_work"
    QUEUE_PLAN = "queue_plan"
    DESK_SEE = "desk_see"
    CARGO_SEE = "cargo_see"
    CARGO_DECIDE = "cargo_decide"
    PERSON_SEE = "person_see"
    PERSON_DECIDE = "person_decide"
    OVERRIDE_APPROVE = "override_approve"
    WATCH_LIST_READ = "watch_list_read"
    WATCH_LIST_WRITE = "watch_list_write"
    DEVICES_SEE = "devices_see"
    DEVICES_MANAGE = "devices_manage"
    DEVICE_SEND = "device_send"
    DRIVER_PAGE = "driver_page"
    ACCOUNTS_MANAGE = "accounts_manage"


class Named(NamedTuple):
    """How people call it."""

    en: str
    zh: str

    def named(self, language: str) -> str:
        """Return its name in English or Chinese."""
        return self.zh if language == "zh" else self.en


RIGHTS: dict[Right, Named] = {
    Right.SIGN_IN: Named("sign in", "登录"),
    Right.PORT_SEE: Named("see the port's page and picture", "查看口岸页面和态势"),
    Right.FIGURES_SEE: Named("read health and metrics", "读取健康状态和指标"),
    Right.OWN_ACCOUNT: Named("see and change one's own account", "查看和修改本人账户"),
    Right.VEHICLES_HALT: Named("halt vehicles and let them go on", "暂停和恢复车辆"),
    Right.VEHICLES_TAKE: Named("take vehicles over and bring them back", "接管和交还车辆"),
    Right.VEHICLES_REMOVE: Named("take vehicles out of a fleet", "将车辆移出车队"),
    Right.ORDERS_PLACE: Named("place transport orders", "下达运输任务"),
    Right.ORDERS_CANCEL: Named("call transport orders off", "取消运输任务"),
    Right.MODE_SWITCH: Named("switch the port's mode", "切换口岸运行模式"),
    Right.LANES_SEE: Named("see lanes and what stands in them", "查看通道及通道内车辆"),
    Right.LANES_WORK: Named("open and close lanes, lead vehicles out", "启停通道，引导车辆驶出"),
    Right.MANUAL_WORK: Named("work by paper slips and enter them", "人工凭单作业和补录"),
    Right.QUEUE_SEE: Named("see bookings and the queue", "查看预约和排队"),
    Right.QUEUE_WORK: Named("call, postpone and cancel in the queue", "叫号、延后和取消排队"),
    Right.QUEUE_PLAN: Named("set quotas, patterns and priorities", "设置配额、放行比例和优先级"),
    Right.DESK_SEE: Named("work at the manual desk", "使用人工复核台"),
    Right.CARGO_SEE: Named("see cargo checks with their images", "查看货物查验记录及图像"),
    Right.CARGO_DECIDE: Named("decide cargo checks", "裁定货物查验"),
    Right.PERSON_SEE: Named("see checks of persons with their images", "查看人员核验记录及图像"),
    Right.PERSON_DECIDE: Named("decide checks of persons", "裁定人员核验"),
    Right.OVERRIDE_APPROVE: Named(
        "approve an override as the second person", "双人复核，批准例外放行"
    ),
    Right.WATCH_LIST_READ: Named("read the watch list", "查阅布控名单"),
    Right.WATCH_LIST_WRITE: Named("change the watch list", "维护布控名单"),
    Right.DEVICES_SEE: Named("see devices and their health", "查看设备及其状态"),
    Right.DEVICES_MANAGE: Named("add and remove devices", "增删设备"),
    Right.DEVICE_SEND: Named("send readings", "上送采集数据"),
    Right.DRIVER_PAGE: Named("see the page of one's own visit", "查看本车次页面"),
    Right.ACCOUNTS_MANAGE: Named("manage accounts", "管理账户"),
}


class Role(StrEnum):
    """Who somebody is to the port."""

    ANYONE = "anyone"
    VIEWER = "viewer"
    PORT_OPERATOR = "port_operator"
    SHIFT_LEADER = "shift_leader"
    GATE_OFFICER = "gate_officer"
    BORDER_OFFICER = "border_officer"
    SUPERVISOR = "supervisor"
    INTEGRATOR = "integrator"
    ADMINISTRATOR = "administrator"
    DEVICE = "device"
    DRIVER = "driver"


class RoleRow(NamedTuple):
    """A row of the table: the role's names and its rights."""

    en: str
    zh: str
    rights: tuple[Right, ...]

    def named(self, language: str) -> str:
        """Return the role's name in English or Chinese."""
        return self.zh if language == "zh" else self.en


_SEE = (Right.SIGN_IN, Right.PORT_SEE, Right.FIGURES_SEE)
_PERSON = (*_SEE, Right.OWN_ACCOUNT)
_OPERATE = (
    Right.VEHICLES_HALT,
    Right.VEHICLES_TAKE,
    Right.VEHICLES_REMOVE,
    Right.ORDERS_PLACE,
    Right.ORDERS_CANCEL,
    Right.MODE_SWITCH,
    Right.LANES_SEE,
    Right.LANES_WORK,
    Right.QUEUE_SEE,
    Right.QUEUE_WORK,
    Right.DEVICES_SEE,
)

ROLES: dict[Role, RoleRow] = {
    Role.ANYONE: RoleRow("anyone", "任何人", _SEE),
    Role.VIEWER: RoleRow("viewer", "查看员", _PERSON),
    Role.PORT_OPERATOR: RoleRow("port operator", "口岸运营员", (*_PERSON, *_OPERATE)),
    Role.SHIFT_LEADER: RoleRow(
        "shift leader",
        "值班长",
        (*_PERSON, *_OPERATE, Right.MANUAL_WORK, Right.QUEUE_PLAN),
    ),
    Role.GATE_OFFICER: RoleRow(
        "gate officer (customs, cargo)",
        "卡口关员（海关，货物）",
        (
            *_PERSON,
            Right.LANES_SEE,
            Right.QUEUE_SEE,
            Right.DESK_SEE,
            Right.CARGO_SEE,
            Right.CARGO_DECIDE,
        ),
    ),
    Role.BORDER_OFFICER: RoleRow(
        "border officer (border inspection, persons)",
        "边检民警（边检，人员）",
        (
            *_PERSON,
            Right.LANES_SEE,
            Right.QUEUE_SEE,
            Right.DESK_SEE,
            Right.PERSON_SEE,
            Right.PERSON_DECIDE,
            Right.WATCH_LIST_READ,
            Right.WATCH_LIST_WRITE,
        ),
    ),
    Role.SUPERVISOR: RoleRow(
        "supervisor (second eyes)",
        "复核主管（双人复核）",
        (*_PERSON, Right.LANES_SEE, Right.DESK_SEE, Right.OVERRIDE_APPROVE),
    ),
    Role.INTEGRATOR: RoleRow(
        "integrator (devices)",
        "集成人员（设备）",
        (*_PERSON, Right.LANES_SEE, Right.DEVICES_SEE, Right.DEVICES_MANAGE),
    ),
    Role.ADMINISTRATOR: RoleRow(
        "administrator",
        "管理员",
        (*_PERSON, Right.DEVICES_SEE, Right.DEVICES_MANAGE, Right.ACCOUNTS_MANAGE),
    ),
    Role.DEVICE: RoleRow("device", "设备", (Right.DEVICE_SEND,)),
    Role.DRIVER: RoleRow("driver (by a page's token)", "司机（凭页面令牌）", (Right.DRIVER_PAGE,)),
}
"""Role by role, what it may do. An account may have several roles."""

GRANTED = tuple(role for role in Role if role not in (Role.ANYONE, Role.DEVICE, Role.DRIVER))
"""Roles that an account of a person may be given."""

APART = ((Role.GATE_OFFICER, Role.BORDER_OFFICER),)
"""Roles that no account may have together."""

TO_CHANGE_PASSWORD = (Right.SIGN_IN, Right.OWN_ACCOUNT)
"""What an account with a one-time password may do until it has one of its own."""

SIGNED_IN_ONLY = (Right.SIGN_IN,)
"""What anyone may do where a port asks everybody to sign in."""


class Caller(NamedTuple):
    """Who asks: an account, a device, the driver of a visit, or anyone (then the name is "")."""

    name: str
    roles: tuple[Role, ...]
    rights: tuple[Right, ...]
    subject: str = ""
    """Of a driver: what the page's token was given for."""
    must_change: bool = False
    """Whether the account has a one-time password, and may only change it."""

    @property
    def by(self) -> str:
        """Name and first role, as the journal has them; see ``acting``."""
        return f"{self.name}/{self.roles[0]}"

    def may(self, *needed: Right) -> bool:
        """Return whether all of these rights are there."""
        return all(right in self.rights for right in needed)

    def acting(self, *needed: Right) -> "Caller":
        """Return the caller with a role first that brings the last of the needed rights."""
        last = needed[-1]
        order = sorted(self.roles, key=lambda role: last not in ROLES[role].rights)
        return self._replace(roles=tuple(order))


def rights_of(roles: tuple[Role, ...]) -> tuple[Right, ...]:
    """Return the rights that roles have together, each once, in the table's order."""
    return tuple(right for right in Right if any(right in ROLES[role].rights for role in roles))


def anyone(*, require_sign_in: bool = False) -> Caller:
    """Return the caller of whom nothing is known."""
    rights = SIGNED_IN_ONLY if require_sign_in else ROLES[Role.ANYONE].rights
    return Caller("", (Role.ANYONE,), rights)
