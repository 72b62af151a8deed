"""From signals to evidence: plates, container numbers, machine-readable zones, QR and bar codes."""
