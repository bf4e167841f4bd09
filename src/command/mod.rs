//! Chat text to a command.
