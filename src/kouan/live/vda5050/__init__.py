"""VDA 5050: one neutral model, a codec with a version table, and the master of one vehicle.

Whole numbers inside (mm, mrad, ms, ppm); metres, radians and percent exist on the wire only.
"""
