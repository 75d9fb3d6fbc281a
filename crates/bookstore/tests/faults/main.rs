//! The program on disks that fill up, fail and lose power, looked at through its WebSocket.
//!
//! What was acknowledged is taken from the replies of several clients at once; after each fault the store is opened again
//! and compared. `e2e/faults/run [ROUNDS]` runs these as root, where mounts are private to them.

#[expect(dead_code, reason = "shared with the other tests of the program, which use all of it")]
#[path = "../it/client.rs"]
mod client;
mod failed_snapshots;
mod failed_writes;
mod full_disk;
mod http;
mod keeping;
mod kills;
mod ledger;
mod mount;
mod patience;
mod power_cuts;
#[expect(dead_code, reason = "shared with the other tests of the program, which use all of it")]
#[path = "../it/server.rs"]
mod server;
mod strace;
mod writers;
