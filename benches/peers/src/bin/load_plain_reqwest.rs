use bedwire_peers::plain_reqwest::PlainReqwest;

fn main() -> std::process::ExitCode {
    bedwire_peers::load::main::<PlainReqwest>()
}
