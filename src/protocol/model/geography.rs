//! Geographies of inference profiles: what stands before the id of a profile (`us.`, `eu.`, `global.`), and which of
//! them serve a region.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html>

/// The profiles of all commercial regions. It may send a request anywhere, so nothing chooses it unasked.
pub const GLOBAL: &str = "global";

/// Those that are seen, beside words of two letters.
const KNOWN: [&str; 4] = ["apac", GLOBAL, "us-gov", "amer"];

/// The geographies that serve a region, the narrowest first, without [`GLOBAL`].
pub fn geographies_of(region: &str) -> Vec<&str> {
    if region.starts_with("us-gov-") {
        return vec!["us-gov"];
    }
    if !is_commercial(region) {
        return Vec::new();
    }
    let country = region.split('-').next().unwrap_or(region);
    match (country, region) {
        ("ca", _) => vec!["ca", "us"],
        (_, "ap-northeast-1" | "ap-northeast-3") => vec!["jp", "apac"],
        (_, "ap-southeast-2" | "ap-southeast-4") => vec!["au", "apac"],
        (_, "ap-south-1" | "ap-south-2") => vec!["in", "apac"],
        ("ap", _) => vec!["apac"],
        _ => vec![country],
    }
}

/// Whether a profile of a geography may be called from a region. One of all regions serves every commercial one: who
/// names it has asked for that.
pub fn serves(geography: &str, region: &str) -> bool {
    match geography {
        GLOBAL => is_commercial(region),
        "amer" => {
            is_commercial(region) && ["us-", "ca-", "sa-", "mx-"].iter().any(|part| region.starts_with(part))
        }
        _ => geographies_of(region).contains(&geography),
    }
}

/// Whether a region is one of AWS's commercial partition: only there are global profiles.
pub fn is_commercial(region: &str) -> bool {
    !["us-gov-", "us-iso", "eu-iso", "eusc-", "cn-"].iter().any(|other| region.starts_with(other))
}

/// `us.anthropic.claude-x` → (`us`, `anthropic.claude-x`). No provider's name has two letters, and a profile's id has
/// the provider after the geography.
pub fn split_geography(id: &str) -> (Option<&str>, &str) {
    match id.split_once('.') {
        Some((geography, rest)) if is_geography(geography) && rest.contains('.') => (Some(geography), rest),
        _ => (None, id),
    }
}

fn is_geography(word: &str) -> bool {
    KNOWN.contains(&word) || (word.len() == 2 && word.bytes().all(|b| b.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_served_by_its_own_geography_and_never_by_the_world() {
        for (region, expected) in [
            ("us-west-2", "us"),
            ("ca-central-1", "ca us"),
            ("eu-central-1", "eu"),
            ("ap-northeast-1", "jp apac"),
            ("ap-northeast-2", "apac"),
            ("ap-northeast-3", "jp apac"),
            ("ap-southeast-1", "apac"),
            ("ap-southeast-2", "au apac"),
            ("ap-southeast-4", "au apac"),
            ("ap-south-1", "in apac"),
            ("us-gov-west-1", "us-gov"),
            ("us-iso-east-1", ""),
            ("cn-north-1", ""),
            ("sa-east-1", "sa"),
        ] {
            assert_eq!(geographies_of(region).join(" "), expected, "{region}");
        }
    }

    #[test]
    fn a_profile_serves_its_own_geography() {
        for (geography, region, expected) in [
            ("us", "us-east-1", true),
            ("us", "ca-central-1", true),
            ("us", "eu-west-1", false),
            ("us", "us-gov-west-1", false),
            ("eu", "us-east-1", false),
            ("apac", "ap-southeast-2", true),
            ("jp", "ap-southeast-2", false),
            ("amer", "sa-east-1", true),
            ("amer", "eu-west-1", false),
            (GLOBAL, "eu-west-1", true),
            (GLOBAL, "us-gov-west-1", false),
        ] {
            assert_eq!(serves(geography, region), expected, "{geography} {region}");
        }
    }

    #[test]
    fn a_provider_is_no_geography() {
        assert_eq!(split_geography("us.anthropic.claude-x"), (Some("us"), "anthropic.claude-x"));
        assert_eq!(
            split_geography("us-gov.openai.gpt-oss-20b-1:0"),
            (Some("us-gov"), "openai.gpt-oss-20b-1:0")
        );
        for base in
            ["deepseek.v3.2", "zai.glm-4.7", "qwen.qwen3.5", "xai.grok-4.7", "claude-3-haiku", "us.x", ""]
        {
            assert_eq!(split_geography(base), (None, base));
        }
    }
}
