//! Router, authenticating extractors, health, metrics.
