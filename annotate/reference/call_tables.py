"""The page of API calls, from the OpenAPI schema."""

from collections.abc import Iterator
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from annotate.reference.markdown import code, page, table

PREFIX = "/api/v1/"
VERBS = ("get", "post", "put", "patch", "delete")
WHO = {
    "raterToken": "rater",
    "raterCookie": "rater",
    "staffToken": "staff",
    "scoreToken": "staff, rater",
}
KINDS = ("application/json", "multipart/form-data")  # of bodies, the first that a call takes
OPENING = """
Paths stand below `/api/v1/`. The OpenAPI document, with every field and answer, is at `/api/schema/` of an
installation, an explorer at `/api/docs/`. What the calls have in common is on the page [API](../api.md).
"""

Schema = dict[str, Any]


def calls_page() -> str:
    """Write the page of API calls: an overview, then the fields of each body."""
    schema = api_schema()
    rows = list(calls(schema))
    overview = table(
        ["call", "asked by", "does"], [(code(call), asked_by(one), one["description"]) for call, one in rows]
    )
    bodies = [f"### {call}\n\n{fields}" for call, one in rows if (fields := body_table(schema, one))]
    return page("API calls", OPENING, [overview, "## Fields of the bodies", *bodies])


def api_schema() -> Schema:
    """Give the OpenAPI schema."""
    schema: Schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return schema


def calls(schema: Schema) -> Iterator[tuple[str, Schema]]:
    """Give each call, as verb and path, with what the schema says of it."""
    for path, operations in sorted(schema["paths"].items()):
        for verb in VERBS:
            if path.startswith(PREFIX) and verb in operations:
                yield f"{verb.upper()} {path.removeprefix(PREFIX)}", operations[verb]


def asked_by(operation: Schema) -> str:
    """Say who may make a call."""
    names = {WHO[name] for one in operation.get("security", []) for name in one}
    return ", ".join(sorted(names)) or "anybody"


def body_table(schema: Schema, operation: Schema) -> str:
    """Write the table of a body's fields; nothing for a call without one."""
    bodies = operation.get("requestBody", {}).get("content", {})
    content = next((bodies[kind] for kind in KINDS if kind in bodies), None)
    if content is None:
        return ""
    shape = resolved(schema, content["schema"])
    if "additionalProperties" in shape and "properties" not in shape:
        return f"An object: {shape['description'][0].lower()}{shape['description'][1:]}"
    is_list = shape.get("type") == "array"
    shape = resolved(schema, shape["items"]) if is_list else shape
    required = shape.get("required", [])
    rows = [
        (code(name), kind(schema, field), "yes" if name in required else "no", field.get("description", ""))
        for name, field in shape.get("properties", {}).items()
    ]
    opening = "A list of:\n\n" if is_list else ""
    return opening + table(["field", "type", "required", "meaning"], rows)


def resolved(schema: Schema, shape: Schema) -> Schema:
    """Follow a reference to the part of the schema that it names."""
    if "allOf" in shape:
        shape = shape["allOf"][0]
    name = shape.get("$ref", "").rpartition("/")[2]
    part: Schema = schema["components"]["schemas"][name] if name else shape
    return part


def kind(schema: Schema, field: Schema) -> str:
    """Name a field's type, or the values it may have."""
    shape = resolved(schema, field)
    if "enum" in shape:
        return ", ".join(code(value) for value in shape["enum"])
    if shape.get("type") == "array":
        return f"list of {kind(schema, shape['items'])}"
    return " ".join(str(shape[key]) for key in ("type", "format") if key in shape) or "any"
