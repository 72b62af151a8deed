"""What a scale shows: a load that settles, noise, steps of its display, and its faults.

Pure: time comes with each call. Its noise is counted out, so that a run can be repeated.
"""

import math

STEP_KG = 10
DRIFT_KG_S = 40
SETTLED_KG = 30
NOISE = (0, 2, -1, 3, -3, 1, -2, 0, 1, -1)


class Weight:
    """One scale's load and display."""

    def __init__(self, settle_ms: int, noise_kg: int) -> None:
        self.fault = ""
        self._tau_ms = max(1, settle_ms / 5)
        self._noise_kg = noise_kg
        self._load_kg = 0
        self._from_kg = 0.0
        self._since_ms = 0
        self._began_ms: int | None = None
        self._stuck_kg: int | None = None
        self._frames = 0

    def load(self, mass_kg: int, now_ms: int) -> None:
        """Something drives onto the scale, or off it."""
        self._from_kg, self._since_ms = self._real(now_ms), now_ms
        self._load_kg = mass_kg

    def set_fault(self, fault: str, now_ms: int) -> None:
        """Something goes wrong from now on; "" mends it."""
        self.fault, self._began_ms, self._stuck_kg = fault, now_ms, None

    def frame(self, now_ms: int) -> bytes:
        """The frame at this moment."""
        self._frames += 1
        shown = self._shown(now_ms)
        settling = abs(self._real(now_ms) - self._load_kg) > SETTLED_KG
        status = "US" if settling and self.fault != "stuck" else "ST"
        if self.fault == "overload":
            return b"OL,GS,+ ------kg\r\n"
        mode = "NT" if self.fault == "net" else "GS"
        sign = "-" if shown < 0 else "+"
        return f"{status},{mode},{sign} {abs(shown):06d}kg\r\n".encode()

    def _shown(self, now_ms: int) -> int:
        if self.fault == "stuck" and self._stuck_kg is not None:
            return self._stuck_kg
        noise = NOISE[self._frames % len(NOISE)] * self._noise_kg / 3
        drift = 0.0
        if self.fault == "drift" and self._began_ms is not None:
            drift = 200 + DRIFT_KG_S * (now_ms - self._began_ms) / 1_000
        shown = round((self._real(now_ms) + noise + min(drift, 450)) / STEP_KG) * STEP_KG
        self._stuck_kg = shown
        return shown

    def _real(self, now_ms: int) -> float:
        """The mass as it bears down: it comes near the load as the truck comes to rest."""
        left = math.exp(-(now_ms - self._since_ms) / self._tau_ms)
        return self._load_kg + (self._from_kg - self._load_kg) * left
