//! The engine through its public doors, over a journal in memory and one that fails on demand.

mod failing_journal;
mod fixture;
mod followers;
mod inboxes;
mod panics;
mod receipts;
mod snapshots;
mod steps;
mod subscriptions;
mod two_engines;
mod writes;
