"""Values in, strings out. Renderers decide nothing and read nothing."""
