//! What journals promise, tried through their public doors.

mod contract;
mod crashes;
mod failures;
mod fixture;
mod format;
mod history;
