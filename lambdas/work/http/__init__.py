"""HTTP requests to checked addresses."""
