//! Clients of systems that are not ours.
