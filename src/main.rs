//! The `bedwire` command: parse, run, exit code.

fn main() -> std::process::ExitCode {
    bedwire::cli::main()
}
