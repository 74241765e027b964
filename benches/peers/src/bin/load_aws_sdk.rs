use bedwire_peers::aws_sdk::AwsSdk;

fn main() -> std::process::ExitCode {
    bedwire_peers::load::main::<AwsSdk>()
}
