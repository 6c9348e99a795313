"""JSON as it may be shown on a screen. Pure; it need not wait for what logs."""

import json
import re

_CONTROLS = re.compile("[\x7f-\x9f]")


def json_on_screen(value: object) -> str:
    """Compact JSON in which nothing can steer a terminal: json leaves U+0080 to U+009F as is."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
