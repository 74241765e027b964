//! What the service's model says of the texts of a job: its tags, the key of its output.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_StartAsyncInvoke.html>

use crate::protocol::invalid_input::InvalidInput;

/// A pattern of the service's model.
pub(crate) struct Pattern {
    /// As the model has it, and as a refusal quotes it.
    pub(crate) text: &'static str,
    matches: fn(&str) -> bool,
}

/// The key or the value of a tag.
pub(crate) const TAG: Pattern =
    Pattern { text: r"[a-zA-Z0-9\s._:/=+@-]*", matches: |text| text.chars().all(is_in_tags) };

/// The ARN of a KMS key, or of an alias of one.
pub(crate) const KMS_KEY: Pattern = Pattern {
    text: "arn:aws(-[^:]+)?:kms:[a-zA-Z0-9-]*:[0-9]{12}:((key/[a-zA-Z0-9-]{36})|(alias/[a-zA-Z0-9-_/]+))",
    matches: is_kms_key,
};

impl Pattern {
    /// Whether all of a text is such.
    pub(crate) fn matches(&self, text: &str) -> bool {
        (self.matches)(text)
    }
}

/// Whether a tag may have a character.
pub(crate) fn is_in_tags(character: char) -> bool {
    character.is_ascii_alphanumeric() || " \t\n\r\x0b\x0c._:/=+@-".contains(character)
}

/// Refuses a text of too few or too many characters.
pub(super) fn check_length(field: &str, text: &str, min: usize, max: usize) -> Result<(), InvalidInput> {
    let length = text.chars().count();
    if (min..=max).contains(&length) {
        return Ok(());
    }
    Err(InvalidInput::new(field, format!("has {length} characters; give {min} to {max}")))
}

fn is_kms_key(arn: &str) -> bool {
    let parts: Vec<&str> = arn.split(':').collect();
    let [begin, partition, "kms", region, account, key] = parts.as_slice() else { return false };
    let is_partition = partition
        .strip_prefix("aws")
        .is_some_and(|rest| rest.is_empty() || rest.strip_prefix('-').is_some_and(|name| !name.is_empty()));
    let all = |text: &str, more: &str| {
        text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || more.contains(c))
    };
    let is_key = match key.split_once('/') {
        Some(("key", id)) => id.len() == 36 && all(id, ""),
        Some(("alias", name)) => !name.is_empty() && all(name, "_/"),
        _ => false,
    };
    let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    *begin == "arn" && is_partition && all(region, "") && is_account && is_key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_by_their_arn() {
        let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
        for good in [
            format!("arn:aws:kms:us-west-2:123456789012:key/{id}"),
            "arn:aws:kms:us-west-2:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab".to_owned(),
            "arn:aws-us-gov:kms:us-gov-west-1:123456789012:alias/a/b_c".to_owned(),
        ] {
            assert!(KMS_KEY.matches(&good), "{good}");
        }
        for bad in [
            String::new(),
            "alias/x".to_owned(),
            "arn:aws:kms:us-west-2:12:key/zz".to_owned(),
            format!("arn:aws:kms:us-west-2:12345678901x:key/{id}"),
            format!("arn:aws:kms:us-west-2:123456789012:key/{id}x"),
            format!("arn:aws:s3:us-west-2:123456789012:key/{id}"),
            format!("arn:awsx:kms:us-west-2:123456789012:key/{id}"),
            format!("arn:aws:kms:us-west-2:123456789012:key/{id}:x"),
            "arn:aws:kms:us-west-2:123456789012:alias/".to_owned(),
        ] {
            assert!(!KMS_KEY.matches(&bad), "{bad}");
        }
    }

    #[test]
    fn tags_have_letters_and_a_few_signs() {
        assert!(TAG.matches("") && TAG.matches("cost center=a.b_c:d/e+f@g-1"));
        for bad in ["naïve", "a*", "a\u{a0}b", "a,b"] {
            assert!(!TAG.matches(bad), "{bad}");
        }
    }
}
