//! The partitions of AWS: which part a region belongs to, and the host names there.
//! <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>

/// A part of AWS with accounts, regions and host names of its own.
#[derive(Debug, PartialEq, Eq)]
pub struct Partition {
    id: &'static str,
    /// How its regions begin: `cn-`.
    region_prefixes: &'static [&'static str],
    dns_suffix: &'static str,
    dual_stack_dns_suffix: &'static str,
}

/// The commercial one, where every region belongs that no other claims.
const AWS: Partition = Partition {
    id: "aws",
    region_prefixes: &[],
    dns_suffix: "amazonaws.com",
    dual_stack_dns_suffix: "api.aws",
};

/// All others. Their prefixes do not overlap.
const OTHERS: [Partition; 7] = [
    Partition {
        id: "aws-cn",
        region_prefixes: &["cn-", "aws-cn-"],
        dns_suffix: "amazonaws.com.cn",
        dual_stack_dns_suffix: "api.amazonwebservices.com.cn",
    },
    Partition {
        id: "aws-us-gov",
        region_prefixes: &["us-gov-", "aws-us-gov-"],
        dns_suffix: "amazonaws.com",
        dual_stack_dns_suffix: "api.aws",
    },
    Partition {
        id: "aws-eusc",
        region_prefixes: &["eusc-"],
        dns_suffix: "amazonaws.eu",
        dual_stack_dns_suffix: "api.amazonwebservices.eu",
    },
    Partition {
        id: "aws-iso-b",
        region_prefixes: &["us-isob-", "aws-iso-b-"],
        dns_suffix: "sc2s.sgov.gov",
        dual_stack_dns_suffix: "api.aws.scloud",
    },
    Partition {
        id: "aws-iso-e",
        region_prefixes: &["eu-isoe-", "aws-iso-e-"],
        dns_suffix: "cloud.adc-e.uk",
        dual_stack_dns_suffix: "api.cloud-aws.adc-e.uk",
    },
    Partition {
        id: "aws-iso-f",
        region_prefixes: &["us-isof-", "aws-iso-f-"],
        dns_suffix: "csp.hci.ic.gov",
        dual_stack_dns_suffix: "api.aws.hci.ic.gov",
    },
    Partition {
        id: "aws-iso",
        region_prefixes: &["us-iso-", "aws-iso-global"],
        dns_suffix: "c2s.ic.gov",
        dual_stack_dns_suffix: "api.aws.ic.gov",
    },
];

impl Partition {
    /// The partition of a region. A region that nobody knows yet is a commercial one.
    pub fn of_region(region: &str) -> &'static Self {
        let claims =
            |partition: &&Self| partition.region_prefixes.iter().any(|prefix| region.starts_with(prefix));
        OTHERS.iter().find(claims).unwrap_or(&AWS)
    }

    /// The ends of the names of AWS's hosts, in all partitions.
    pub(crate) fn dns_suffixes() -> impl Iterator<Item = &'static str> {
        let all = std::iter::once(&AWS).chain(&OTHERS);
        all.flat_map(|partition| [partition.dns_suffix, partition.dual_stack_dns_suffix])
    }

    /// What stands after `arn:`: `aws`, `aws-cn`.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The end of a host name: `amazonaws.com`.
    pub fn dns_suffix(&self) -> &'static str {
        self.dns_suffix
    }

    /// The end of the name of a host that answers over IPv6 too: `api.aws`.
    pub fn dual_stack_dns_suffix(&self) -> &'static str {
        self.dual_stack_dns_suffix
    }
}

/// Whether this is the name of a region, there or to come: words of which the first is short, then a number (`us-west-2`,
/// `us-gov-east-1`, `eusc-de-east-1`).
pub(crate) fn is_region(label: &str) -> bool {
    let mut words = label.split('-').rev();
    let number = words.next().unwrap_or_default();
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let words: Vec<&str> = words.collect();
    is_number
        && words.len() >= 2
        && words.last().is_some_and(|first| matches!(first.len(), 2 | 4))
        && words.iter().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_in_one_partition() {
        for (region, id) in [
            ("us-west-2", "aws"),
            ("us-isob-east-1", "aws-iso-b"),
            ("us-iso-east-1", "aws-iso"),
            ("us-gov-west-1", "aws-us-gov"),
            ("eusc-de-east-1", "aws-eusc"),
            ("xx-nowhere-9", "aws"),
            ("", "aws"),
        ] {
            assert_eq!(Partition::of_region(region).id(), id, "{region}");
        }
    }

    #[test]
    fn a_region_is_told_from_other_words() {
        for region in ["us-west-2", "us-gov-east-1", "ap-southeast-4", "eusc-de-east-1", "xx-nowhere-9"] {
            assert!(is_region(region), "{region}");
        }
        for other in [
            "anthropic",
            "us-west",
            "us--2",
            "",
            "meta-llama",
            "US-west-2",
            "us-west-2a",
            "uswest2",
            "staging-team-2",
        ] {
            assert!(!is_region(other), "{other}");
        }
    }
}
