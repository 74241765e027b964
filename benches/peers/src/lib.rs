//! The clients that bedwire is measured against, and what drives and measures them.

#[cfg(all(feature = "measure", feature = "aws-sdk"))]
pub mod aws_sdk;
#[cfg(all(feature = "measure", feature = "bedwire"))]
pub mod bedwire;
#[cfg(all(feature = "measure", feature = "plain-hyper"))]
pub mod plain_hyper;
#[cfg(all(feature = "measure", feature = "plain-reqwest"))]
pub mod plain_reqwest;

#[cfg(feature = "measure")]
pub mod allocations;
#[cfg(feature = "measure")]
pub mod load;
#[cfg(feature = "measure")]
pub mod peer;
