"""The OpenAPI document, made from the code's own types. Imported when it is first asked for."""
