use bedwire_peers::plain_hyper::PlainHyper;

fn main() -> std::process::ExitCode {
    bedwire_peers::load::main::<PlainHyper>()
}
