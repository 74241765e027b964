use bedwire_peers::aws_sdk::AwsSdk;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use std::alloc::System;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> Result<(), bedwire_peers::peer::Failure> {
    bedwire_peers::allocations::main::<AwsSdk>(ALLOCATOR)
}
