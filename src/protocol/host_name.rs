//! What the name of a host says: the service that answers there, and the region.
//! <https://docs.aws.amazon.com/general/latest/gr/bedrock.html>

use super::partition::{Partition, is_region};
use super::service::Service;

/// The region that a host name says: `bedrock-runtime-fips.us-west-2.amazonaws.com`, a bucket's or a VPC endpoint's
/// name, or a private name that begins the same way (`bedrock.us-west-2.corp.example`).
pub(crate) fn region_in_host(host: &str) -> Option<&str> {
    let Some(name) = inside_aws(host) else {
        let (_, behind) = service_and_what_follows(host)?;
        return behind.split('.').next().filter(|label| is_region(label));
    };
    // From the right, since a bucket's name may look like a region.
    let last = name.rsplit('.').find(|label| !matches!(*label, "vpce" | "dualstack"));
    last.filter(|label| is_region(label))
}

/// The service that a host name says, in AWS's names and in private ones. It is looked for from the right, since what
/// stands before it may be the name of a bucket, which may be called as a service is.
#[cfg(any(feature = "client-core", feature = "diagnosis"))]
pub(crate) fn service_in_host(host: &str) -> Option<Service> {
    let name = inside_aws(host).unwrap_or(host);
    service_and_what_follows(name).map(|(service, _)| service)
}

/// Whether it is one of AWS's names.
#[cfg(any(feature = "client-core", feature = "diagnosis"))]
pub(crate) fn is_aws_host(host: &str) -> bool {
    inside_aws(host).is_some()
}

/// The last labels of a name that are a service's, and what stands behind them.
fn service_and_what_follows(name: &str) -> Option<(Service, &str)> {
    let mut ends = vec![name.len()];
    ends.extend(name.rmatch_indices('.').map(|(at, _)| at));
    ends.into_iter().find_map(|end| {
        let before = name.get(..end)?;
        let behind = name.get(end + 1..).unwrap_or_default();
        // `portal.sso` has two labels.
        let starts = before.rmatch_indices('.').map(|(at, _)| at + 1).chain([0]).take(2);
        starts.into_iter().find_map(|start| Some((service(before.get(start..)?)?, behind)))
    })
}

fn service(labels: &str) -> Option<Service> {
    let labels = labels.strip_suffix("-fips").unwrap_or(labels);
    // The oldest names of S3 have the region in the same label: `s3-us-west-2`.
    let is_old_s3 = labels.strip_prefix("s3-").is_some_and(is_region);
    if is_old_s3 { Some(Service::S3) } else { Service::of_labels(labels) }
}

/// What stands before AWS's own part of a host name.
fn inside_aws(host: &str) -> Option<&str> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let suffixes = Partition::dns_suffixes();
    suffixes.filter_map(|suffix| host.strip_suffix(suffix)?.strip_suffix('.')).min_by_key(|name| name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_that_name_a_region() {
        for (host, region) in [
            ("bedrock-runtime.us-west-2.amazonaws.com", Some("us-west-2")),
            ("bedrock-fips.us-gov-west-1.api.aws", Some("us-gov-west-1")),
            ("bedrock-runtime.cn-north-1.amazonaws.com.cn", Some("cn-north-1")),
            ("vpce-0ab-1cd.bedrock-runtime.eu-west-1.vpce.amazonaws.com", Some("eu-west-1")),
            ("us-west-2.s3.dualstack.eu-west-1.amazonaws.com", Some("eu-west-1")),
            ("my-bucket-1.s3.amazonaws.com", None),
            ("sts.amazonaws.com", None),
            ("oidc.eusc-de-east-1.amazonaws.eu", Some("eusc-de-east-1")),
            ("bedrock-runtime.us-west-2.corp.example", Some("us-west-2")),
            ("bedrock.corp.example", None),
            ("us-west-2.example.com", None),
            ("127.0.0.1", None),
            ("", None),
        ] {
            assert_eq!(region_in_host(host), region, "{host}");
        }
    }

    #[cfg(any(feature = "client-core", feature = "diagnosis"))]
    #[test]
    fn hosts_that_name_a_service() {
        for (host, service) in [
            ("bedrock-runtime.us-west-2.amazonaws.com", Some("bedrock-runtime")),
            ("bedrock-fips.us-gov-west-1.api.aws", Some("bedrock")),
            ("bedrock-runtime.cn-north-1.amazonaws.com.cn", Some("bedrock-runtime")),
            ("vpce-0ab-1cd.bedrock-runtime.eu-west-1.vpce.amazonaws.com", Some("bedrock-runtime")),
            ("bedrock-mantle.us-east-1.api.aws", Some("bedrock-mantle")),
            ("bedrock.s3.us-west-2.amazonaws.com", Some("s3")),
            ("my.sts.bucket.s3.us-west-2.amazonaws.com", Some("s3")),
            ("sts.s3.dualstack.us-west-2.amazonaws.com", Some("s3")),
            ("s3-us-west-2.amazonaws.com", Some("s3")),
            ("ap-123456789012.s3-accesspoint.us-west-2.amazonaws.com", Some("s3")),
            ("portal.sso.us-east-1.amazonaws.com", Some("portal.sso")),
            ("sts.amazonaws.com", Some("sts")),
            ("bedrock-runtime.us-west-2.amazonaws.com.", Some("bedrock-runtime")),
            ("bedrock-runtime.us-west-2.corp.example", Some("bedrock-runtime")),
            ("lambda.us-west-2.amazonaws.com", None),
            ("example.com", None),
            ("", None),
        ] {
            let found = service_in_host(host);
            let expected = service.map(|name| if name == "s3" { Service::S3 } else { Service::named(name) });
            match service {
                Some("s3") => assert_eq!(found.unwrap().signing_name(), "s3", "{host}"),
                _ => assert_eq!(found, expected, "{host}"),
            }
        }
    }
}
