"""One module a surface: each turns parameters into a query, and hits into the shape its callers know."""
