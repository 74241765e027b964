//! Counts the allocations of a call, the connection being there: `PROGRAM URL CALLS`.

use crate::peer::{Failure, Peer, body, runtime};
use stats_alloc::{Region, StatsAlloc};
use std::alloc::System;

/// Prints the mean of so many calls, one after the other. A block that is made larger counts as one more.
pub fn main<P: Peer>(allocator: &StatsAlloc<System>) -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(calls)) = (arguments.next(), arguments.next()) else {
        return Err("usage: PROGRAM URL CALLS".into());
    };
    let calls: usize = calls.parse()?;
    runtime()?.block_on(async {
        let (peer, body) = (P::of(&url).await?, body(1024));
        // The first calls connect, and find out what later ones know.
        for _ in 0..calls {
            peer.invoke(body.clone()).await?;
        }
        let region = Region::new(allocator);
        for _ in 0..calls {
            peer.invoke(body.clone()).await?;
        }
        let change = region.change();
        println!("{{\"allocations\":{}}}", (change.allocations + change.reallocations) / calls);
        Ok(())
    })
}
