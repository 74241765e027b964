//! The `bedwire` command.
