"""The API reference, `docs/api.md`, generated from the OpenAPI document and hand-written sections.

`page/` contains the hand-written part: prose, and a description and examples for each operation, under the
operation's id. `source` parses it, `enrichment` adds it to the OpenAPI document, and `markdown` renders the
page from the result.
"""
