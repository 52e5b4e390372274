"""What the section ``moonify`` of a scenario may hold."""

_NAME = {"type": "string", "minLength": 1}
_AMOUNT = {"type": "number", "minimum": 0, "maximum": 10**12}
_FIGURES = {
    "score": _AMOUNT,
    "scoreRewarded": _AMOUNT,
    "scoreRewardedByMoonify": _AMOUNT,
    "totalTime": {"type": "integer", "minimum": 0, "maximum": 10**12},
    "updated": _NAME,
}
_STATS = {"type": "object", "additionalProperties": False, "properties": _FIGURES}
_USER = {
    "type": "object",
    "additionalProperties": False,
    "required": ["id"],
    "properties": {"id": _NAME, **_FIGURES, "listed": _STATS},
}
_GROUP = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "value"],
    "properties": {
        "name": _NAME,
        "value": _NAME,
        "stated": _STATS,
        "users": {"type": "array", "items": _USER},
    },
}
_SESSION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["tokenID"],
    "properties": {
        "tokenID": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "userID": _NAME,
        "group": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name", "value"],
            "properties": {"name": _NAME, "value": _NAME},
        },
    },
}
_GENERATE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["users"],
    "properties": {
        "users": {"type": "integer", "minimum": 0},
        "groups": {
            "type": "object",
            "propertyNames": {"minLength": 1},
            "additionalProperties": {"type": "array", "items": _NAME, "minItems": 1},
        },
        "sessions": {"type": "integer", "minimum": 0},
    },
}
SCENARIO = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "services": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["id"],
                "properties": {
                    "id": _NAME,
                    "users": {"type": "array", "items": _USER},
                    "groups": {"type": "array", "items": _GROUP},
                    "sessions": {"type": "array", "items": _SESSION},
                    "generate": _GENERATE,
                    "visitors": {
                        "type": "object",
                        "additionalProperties": False,
                        "required": ["ratePerMinute"],
                        "properties": {
                            "ratePerMinute": {"type": "number", "minimum": 0, "maximum": 10**6},
                            "interval": {"type": "integer", "minimum": 1, "maximum": 86_400},
                        },
                    },
                },
            },
        }
    },
}
"""The section ``moonify`` of a scenario."""
