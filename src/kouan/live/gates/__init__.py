"""Gates with devices and desks with people: what stands there, what was found, who decides."""
