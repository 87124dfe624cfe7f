"""The REST API: its OpenAPI documents, its errors, its authentication and its stage."""
