"""The reference of the API, `docs/api.md`: its prose, its examples, and how the page is made of them.

`page/` has what people write: the prose, and under the id of each operation its description and its
examples. `source` reads it, `enrichment` adds it to the OpenAPI document, and `markdown` makes the page of
that document.
"""
