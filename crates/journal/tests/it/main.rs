//! What journals promise, tried through their public doors.

mod contract;
mod fixture;
mod format;
