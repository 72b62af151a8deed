"""What was lodged for a visit, matched again with what was announced."""

from kouan.runtime.checkers.visits import VisitFacts


def manifest_problem(visit: VisitFacts, tolerance_kg: int) -> str:
    """Say in what the manifest differs from the visit; empty when it matches."""
    manifest = visit.manifest
    if manifest is None:
        return "without a manifest"
    declared = visit.declared
    wrong = {
        # An order has no plate of its own: its vehicle is chosen later.
        "plate": bool(declared.plate) and manifest.plate not in ("", declared.plate),
        "mass": abs(manifest.mass_kg - declared.mass_kg) > tolerance_kg,
        "containers": manifest.containers != declared.containers,
        "seal": manifest.seal != declared.seal,
        "boxes": bool(declared.boxes and manifest.boxes)
        and sorted(manifest.boxes) != sorted(declared.boxes),
    }
    names = [name for name, differs in wrong.items() if differs]
    listed = ", ".join(names)
    return f"with a manifest that does not match in {listed}" if names else ""


def lacks_eyes(visit: VisitFacts, names: list[str]) -> bool:
    """Whether a mismatch would be passed over by fewer than two different persons."""
    first, *_ = visit.passed_by.split("/")
    others = [name for name in names if name and name.split("/")[0] != first]
    return bool(visit.mismatched) and not (first and others)
