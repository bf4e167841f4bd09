//! The simulated outside systems, as real HTTP servers that refuse what the vendors refuse.
