"""Settings, rule selection and the discovery of files. Receives the rulebook, never imports it."""
