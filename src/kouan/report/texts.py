"""Every text a report shows, in English and Chinese, by key. ``text`` raises KeyError for others.

A text may have named places such as {count}, the same ones in both languages.
"""

from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
LANGUAGE_NAMES: dict[Language, str] = {"en": "English", "zh": "中文"}

TEXTS: dict[str, tuple[str, str]] = {
    # --- the page ----------------------------------------------------------------------------
    "title": ("{port}: report of a run", "{port}：运行报告"),
    "language": ("Language", "语言"),
    "skip": ("Skip to the figures", "跳到数据"),
    "contents": ("Contents", "目录"),
    "period": (
        "{from_day} to {to_day}, {days} days counted",
        "{from_day} 至 {to_day}，计 {days} 天",
    ),
    "period_one": ("{from_day}, one day counted", "{from_day}，计 1 天"),
    "part_of_day": (
        "The run lasted {hours} h: less than a day, so it has no figures a day.",
        "本次运行持续 {hours} 小时，不足一天，故不给出日均数据。",
    ),
    "local_time": ("local time {zone}", "当地时间 {zone}"),
    "predicted_note": (
        "Outcomes are predicted by a simulation of the declared port. Figures of the port file are "
        "listed with what they rest on.",
        "结果由对所声明口岸的仿真预测得出；口岸文件中的数据逐项列出其依据。",
    ),
    # --- labels of figures -------------------------------------------------------------------
    "predicted": ("predicted", "预测"),
    "measured": ("measured", "实测"),
    "checked": ("checked", "已核查"),
    "input": ("input", "输入"),
    "assumption": ("assumption", "假设"),
    "calibrated": ("calibrated", "校准"),
    # --- sections ----------------------------------------------------------------------------
    "headline": ("Headline figures", "主要数据"),
    "day_profile": ("An average day", "平均一天"),
    "days": ("Day by day", "逐日"),
    "stages": ("Times by stage", "各环节用时"),
    "stay": ("Time in port", "在港时间"),
    "release": ("Release times", "放行时间"),
    "stations": ("Use of stations", "工位利用率"),
    "queues": ("Queues", "排队"),
    "fleets": ("Fleets", "车队"),
    "fleet_name": ("Fleet", "车队"),
    "fleet": ("Fleet {fleet}", "车队 {fleet}"),
    "cycle": ("What a cycle consists of", "一个循环的构成"),
    "crossings": ("Crossings: one-way and two-way counts", "过境次数：单向与双向分列"),
    "visits": ("Visits", "车次"),
    "violations": ("Broken rules", "违反的规则"),
    "beside_published": ("Beside published figures", "与公开数据对照"),
    "published_figure": ("Published figure", "公开数据"),
    "interval_95": ("95 % interval", "95% 区间"),
    "live_run": ("What the live run came to", "实时运行结果"),
    "repeat": ("How to repeat this run", "如何重现本次运行"),
    "basis": ("What the figures rest on", "数据依据"),
    "sources": ("Sources", "来源"),
    "source": ("Source", "来源"),
    # --- a live run --------------------------------------------------------------------------
    "live_entries": ("Entries in the journal", "日志记录数"),
    "live_fresh": ("Of these, in this run", "其中本次运行"),
    "live_visits_finished": ("Visits finished", "完成车次"),
    "live_visits_turned_back": ("Visits turned back", "退回车次"),
    "live_visits_open": ("Visits under way", "在途车次"),
    "live_crossings": ("Crossings, one way", "过境次数（单向）"),
    "live_trips": ("Round trips of vehicles", "车辆往返趟次"),
    "live_mass_kg": ("Carried, kg", "运量，千克"),
    "live_lag_p50_ms": ("Lag of the loop, median, ms", "循环滞后中位数，毫秒"),
    "live_lag_p99_ms": ("Lag of the loop, P99, ms", "循环滞后 P99，毫秒"),
    "live_lag_max_ms": ("Lag of the loop, most, ms", "循环滞后最大值，毫秒"),
    "live_violations": ("Broken rules", "违反的规则"),
    "live_messages_published": ("Messages sent to vehicles", "发往车辆的消息"),
    "live_messages_received": ("Messages from vehicles", "来自车辆的消息"),
    "live_messages_lost": ("Messages lost", "丢失的消息"),
    "live_journal_sha256": ("Journal, SHA-256", "日志 SHA-256"),
    "live_port_ms": ("Port time of the last entry", "最后记录的口岸时间"),
    "live_seconds": ("Seconds the run lasted", "运行时长，秒"),
    # --- accounts ----------------------------------------------------------------------------
    "account": ("Account", "账户"),
    "roles": ("Roles", "角色"),
    "rights": ("Rights", "权限"),
    "account_disabled": ("disabled", "已停用"),
    "account_one_time": ("one-time password", "一次性密码"),
    "account_password": ("password", "密码"),
    "account_tokens": ("tokens only", "仅令牌"),
    # --- vehicles ----------------------------------------------------------------------------
    "vehicle": ("Vehicle", "车辆"),
    "at_node": ("At", "位置"),
    "towards": ("Next", "下一点"),
    "errand": ("On", "任务"),
    "load_kg": ("Load, kg", "载重，千克"),
    "charge_wh": ("Battery, Wh", "电量，Wh"),
    "kept": ("Kept by", "停止原因"),
    "errand_idle": ("idle", "空闲"),
    "errand_order": ("order", "运输"),
    "errand_to_parking": ("to parking", "回停车场"),
    "errand_to_charger": ("to charger", "去充电"),
    "errand_charging": ("charging", "充电中"),
    "errand_to_unload": ("brings its load back", "载货返回"),
    "errand_taken": ("in a person's hands", "人工接管"),
    "errand_driving": ("driving", "行驶"),
    "kept_hold": ("held", "暂停放行"),
    "kept_pause": ("paused", "已停车"),
    "kept_stop": ("emergency stop", "紧急停车"),
    "kept_silent": ("silent", "失去联系"),
    "kept_taken": ("taken over", "人工接管"),
    # --- figures -----------------------------------------------------------------------------
    "figure": ("Figure", "指标"),
    "value": ("Value", "数值"),
    "label": ("Label", "标注"),
    "visits_started": ("Visits begun", "开始车次"),
    "visits_finished": ("Visits finished", "完成车次"),
    "visits_in_port": ("In port at the end", "期末在港"),
    "turned_back": ("Turned back", "退回"),
    "by_slips": ("Stages ended by paper slips", "凭单人工完成环节"),
    "no_show": ("Did not come", "未到"),
    "left": ("Left", "离港"),
    "finished": ("Finished", "完成"),
    "tonnes": ("Tonnes", "吨"),
    "tonnes_per_day": ("Tonnes a day", "日均吨数"),
    "round_trips": ("Round trips", "往返趟次"),
    "round_trips_per_day": ("Round trips a day", "日均往返趟次"),
    "loaded_one_way": ("Loaded one-way crossings", "重载单程次数"),
    "loaded_one_way_per_day": ("Loaded one-way crossings a day", "日均重载单程次数"),
    "cycle_min": ("Cycle", "循环时间"),
    "cycle_mean": ("Cycle, mean", "平均循环时间"),
    "cycle_p95": ("Cycle, P95", "循环时间 P95"),
    "tonnes_per_trip": ("Tonnes a trip", "每趟吨数"),
    "kwh_per_tonne": ("Energy a tonne", "每吨能耗"),
    "trips_per_vehicle_and_day": ("Trips a vehicle and day", "单车日均趟次"),
    "vehicle_use": ("Vehicles on trips, of open hours", "车辆在途占开放时间"),
    "vehicles": ("Vehicles", "车辆数"),
    "orders": ("Transport orders", "运输任务"),
    "driving": ("Driving", "行驶"),
    "loading": ("Loading", "装货"),
    "unloading": ("Unloading", "卸货"),
    "gates": ("Gates and checks", "卡口与检查"),
    "waiting": ("Waiting", "等待"),
    "one_way_entry": ("Entry, one way", "进境（单向）"),
    "one_way_exit": ("Exit, one way", "出境（单向）"),
    "two_way": ("Both ways added (two-way count)", "双向合计（双向计数）"),
    "crossings_note": (
        "A round trip is one crossing each way. A one-way count must never be set against a "
        "two-way count.",
        "一个往返即进、出境各一次。单向数与双向数不可相互比较。",
    ),
    # --- tables ------------------------------------------------------------------------------
    "procedure": ("Procedure", "流程"),
    "stage": ("Stage", "环节"),
    "visit_class": ("Class", "类别"),
    "state": ("State", "状态"),
    "count": ("Number", "数量"),
    "part": ("Part", "组成"),
    "share": ("Share", "占比"),
    "wait_mean": ("Wait, mean", "等待均值"),
    "wait_p95": ("Wait, P95", "等待 P95"),
    "service_mean": ("Service, mean", "服务均值"),
    "service_p95": ("Service, P95", "服务 P95"),
    "mean": ("Mean", "均值"),
    "median": ("Median", "中位数"),
    "p50": ("P50", "P50"),
    "p90": ("P90", "P90"),
    "p95": ("P95", "P95"),
    "max": ("Most", "最大"),
    "buffer": ("Buffer time", "缓冲时间"),
    "buffer_index": ("Buffer index", "缓冲指数"),
    "interval": ("Interval", "时段"),
    "group": ("Group", "分组"),
    "all": ("all", "全部"),
    "pre_arrival": ("declared before arrival", "提前申报"),
    "after_arrival": ("declared after arrival", "到港后申报"),
    "channel_green": ("channel green", "绿色通道（布控）"),
    "channel_yellow": ("channel yellow", "黄色通道（布控）"),
    "channel_red": ("channel red", "红色通道（布控）"),
    "arrival_to_declaration": ("arrival to declaration", "抵达至申报"),
    "declaration_to_release": ("declaration to release", "申报至放行"),
    "arrival_to_release": ("arrival to release", "抵达至放行"),
    "release_to_gate_out": ("release to gate out", "放行至出卡口"),
    "arrival_to_gate_out": ("arrival to gate out", "抵达至出卡口"),
    "stations_of": ("Stations", "工位数"),
    "station": ("Station", "工位"),
    "services": ("Services", "服务次数"),
    "busy_h": ("Busy, station-hours", "作业（工位小时）"),
    "open_h": ("Open, station-hours", "开放（工位小时）"),
    "use": ("Use", "利用率"),
    "place": ("Place", "地点"),
    "day": ("Day", "日期"),
    "hour": ("Hour", "小时"),
    "arrivals": ("Visits begun", "开始车次"),
    "queue": ("Visits queueing, mean", "平均排队数"),
    "rule": ("Rule", "规则"),
    "entry_number": ("Entry", "记录号"),
    "subject": ("Subject", "对象"),
    "what": ("What happened", "情况"),
    "none_broken": ("No rule was broken.", "未违反任何规则。"),
    "some_broken": (
        "{total} times; the first {shown} are listed.",
        "共 {total} 次，列出前 {shown} 次。",
    ),
    "what_on": ("Rests on", "依据"),
    "publisher": ("Publisher", "发布者"),
    "published": ("Published", "发布时间"),
    "says": ("Statement", "内容"),
    "journal_hash": ("Journal, SHA-256", "日志 SHA-256"),
    "command": ("Command", "命令"),
    "repeat_note": (
        "The same port file, seed, start date and version give the same journal, byte for byte.",
        "相同的口岸文件、种子、起始日期与版本得到逐字节相同的日志。",
    ),
    "method": (
        "Percentiles are by nearest rank, within 0.4 % above 256 ms; counts, means and sums are "
        "exact. Buffer time is P95 less the mean, the buffer index its share of the mean (FHWA). "
        "Station use and queues are over open hours; station-hours are those of all stations of a "
        "place, added up.",
        "百分位数按最近秩法，256 毫秒以上误差不超过 0.4 %；计数、均值与合计为精确值。"
        "缓冲时间为 P95 减均值，缓冲指数为其占均值之比（FHWA）。工位利用率与排队均按开放时间计算；"
        "工位小时为一处所有工位的小时数之和。",
    ),
    # --- charts, for those who can't see them ------------------------------------------------
    "chart_profile": (
        "Bars of visits begun by local hour, most {most} at {hour}:00; below, the mean number of "
        "visits queueing.",
        "按当地小时的开始车次柱状图，{hour}:00 最多，为 {most}；下图为平均排队数。",
    ),
    "chart_stages": (
        "Bars of mean wait and mean service by stage; the longest together is {name} with "
        "{most} min.",
        "各环节平均等待与服务时间条形图；合计最长的是 {name}，{most} 分钟。",
    ),
    "chart_stations": (
        "Bars of use over open hours by station; the busiest is {name} with {most} %.",
        "各工位开放时间利用率条形图；最繁忙的是 {name}，{most} %。",
    ),
    "chart_cycle": (
        "One bar of {total} min, split into: {parts}.",
        "一条共 {total} 分钟的条形，依次为：{parts}。",
    ),
    "data_of_chart": ("Data of the chart", "图表数据"),
    # --- units -------------------------------------------------------------------------------
    "min": ("min", "分钟"),
    "h": ("h", "小时"),
    "t": ("t", "吨"),
    "kwh_t": ("kWh/t", "kWh/吨"),
    "percent": ("%", "%"),
    "in_minutes": ("{name} (min)", "{name}（分钟）"),
}


def text(key: str, language: Language, **places: object) -> str:
    """The text of a key in a language, with its named places filled in."""
    english, chinese = TEXTS[key]
    chosen = english if language == "en" else chinese
    return chosen.format(**places) if places else chosen


def named(key: str, language: Language) -> str:
    """The text of a key, or the key itself where it is a name from the port file."""
    return text(key, language) if key in TEXTS else key
