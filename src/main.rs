//! The `bedwire` command: parse, run, exit code.

fn main() {}
