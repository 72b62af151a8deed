"""The place as declared.

One file says what a port is: places, roads, lanes, stations, hours of both sides, procedures,
fleets and demand. This room holds the model, reads and checks it, and compiles hours into plain
integer intervals. Pure, but for `read` (files) and `calendar` (dates).
"""
